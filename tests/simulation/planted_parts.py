"""Bugs of what a replica is built of; `planted` says where each is found."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

from daypass.adapters.guard_record import GuardRecord, guard_name
from daypass.core import limits
from daypass.core.errors import AccessKeyTakenError, StoreUnavailableError
from daypass.core.ports import AuditRecord, GuardKey
from daypass.core.revocation import Epoch, LoggedRevocation, RevocationScope
from daypass.core.session import SessionRecord
from daypass.sts.key_set import GetKeySet, KeySet
from daypass.sts.revocation_follower import RevocationFollower
from daypass.sts.revocation_view import RevocationView
from daypass.sts.watch import RevocationNews
from simulation.clocks import SkewedClock
from simulation.keyring import WiredKeyring
from simulation.model_state import StoreState
from simulation.ports import WiredGuards, WiredLog, WiredSessions
from simulation.replica import Feed, SimulatedAudit
from simulation.wire import Wire

_READ_AGAIN_SECONDS: Final = 10.0


class TwoStepGuards(WiredGuards):
    """Compares in one step, and stores in another."""

    async def swap(
        self,
        key: GuardKey,
        expected: bytes | None,
        value: bytes,
        *,
        now: datetime,
        expire_time: datetime,
    ) -> bool:
        """Stores whatever has come in between."""
        if await self.get(key, now=now) != expected:
            return False
        new = GuardRecord(guard_name(key), value, expire_time)

        def step(state: StoreState, _: datetime) -> None:
            state.guards[new.name] = new

        await self._wire.call(step, writes=True)
        return True


class ForgetfulGuards(WiredGuards):
    """Takes things of one kind as often as they come.

    Attributes:
        purpose: of which kind.
    """

    purpose: ClassVar[str]

    async def swap(
        self,
        key: GuardKey,
        expected: bytes | None,
        value: bytes,
        *,
        now: datetime,
        expire_time: datetime,
    ) -> bool:
        """Says that a thing of that kind has not been used, and forgets it."""
        if key.purpose == self.purpose:
            return True
        return await super().swap(
            key, expected, value, now=now, expire_time=expire_time
        )


def forgets(kind: str) -> type[ForgetfulGuards]:
    """Returns guards that forget things of one kind."""
    return type("Forgets", (ForgetfulGuards,), {"purpose": kind})


class HastyLog(WiredLog):
    """Says that all have applied what nobody was asked for."""

    async def applied(self, entry: Epoch) -> Mapping[str, int]:
        """Knows of no other worker."""
        del entry
        return {}


class DeafView:
    """A view of revocations to which no token of an exchange is revoked."""

    def __init__(self, view: RevocationView) -> None:
        self._view = view

    def apply(self, entries: Iterable[LoggedRevocation]) -> None:
        """Takes in what is of another scope, and the number of all."""
        for each in entries:
            other = dataclasses.replace(each.revocation, subject="another")
            is_token = each.revocation.scope is RevocationScope.TOKEN
            self._view.apply(
                [dataclasses.replace(each, revocation=other) if is_token else each]
            )

    def __getattr__(self, name: str) -> Any:
        """Returns what the view has besides."""
        return getattr(self._view, name)


def deaf(**parts: Any) -> RevocationFollower:
    """Does not tell the view which tokens are revoked."""
    return RevocationFollower(**{**parts, "view": DeafView(parts["view"])})


class OneAlgorithm(GetKeySet):
    """Tells the keys of session tokens, and forgets all others."""

    def answer(self) -> KeySet:
        """Returns the keys of EdDSA."""
        told = super().answer()
        kept = tuple(key for key in told.keys if key["alg"] == "EdDSA")
        return dataclasses.replace(told, keys=kept)


class HastySessions(WiredSessions):
    """Acknowledges a record that is still under way."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire)
        self._under_way: set[asyncio.Task[None]] = set()

    async def add(self, record: SessionRecord) -> None:
        """Says that it is stored, and stores it."""
        task = asyncio.get_running_loop().create_task(self._add(record))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _add(self, record: SessionRecord) -> None:
        try:
            await super().add(record)
        except (AccessKeyTakenError, StoreUnavailableError):
            return


class KeepingSessions(WiredSessions):
    """Takes nothing back."""

    async def discard(self, record: SessionRecord) -> bool:
        """Says that it is gone."""
        del record
        return True


class HastyKeyring(WiredKeyring):
    """Stores a ring over whatever is there."""

    async def replace(self, sealed: bytes, *, expected: bytes | None) -> bool:
        """Compares nothing, and takes its time."""
        del expected
        await asyncio.sleep(2)

        def step(state: StoreState, _: datetime) -> None:
            state.ring = sealed

        await self._wire.call(step, writes=True)
        return True


class StandingClock(SkewedClock):
    """Is read once in ten seconds, to save the reading."""

    def __init__(self, true: SkewedClock) -> None:
        super().__init__(asyncio.get_running_loop())
        self._true = true
        self._read_at = float("-inf")

    def now(self) -> datetime:
        """Returns what it has read."""
        if self.monotonic() - self._read_at >= _READ_AGAIN_SECONDS:
            self._read_at, self._shown = self.monotonic(), self._true.now()
        return self._shown


class HastyAudit(SimulatedAudit):
    """Lets a grant leave before it is on record."""

    async def write(self, record: AuditRecord) -> None:
        """Writes it a moment later."""
        asyncio.get_running_loop().call_later(0.01, self.granted.add, record.request_id)


class ReadsFirst(RevocationFollower):
    """Announces how far it is when it has read, and not before."""

    async def catch_up(self) -> bool:
        """Misses what is appended in between."""
        started = self._clock.monotonic()
        incarnation = await self._log.incarnation()
        if incarnation != self._incarnation:
            self._view.begin(incarnation)
            self._incarnation, self._applied = incarnation, 0
        before = self._applied
        entries = await self._log.read_after(before, limit=limits.REVOCATIONS_READ_MAX)
        if entries:
            self._view.apply(entries)
            self._applied = entries[-1].sequence
        await self._log.report_applied(
            self._worker_id, self._applied, lease=self._lease
        )
        self._view.renew(started)
        return self._applied != before


class AppliesUnsure(RevocationFollower):
    """Applies what a failover may still take away."""

    async def catch_up(self) -> bool:
        """Reads to the end, and not to where it is sure."""
        more = await super().catch_up()
        for entry in await self._log.read_after(
            self._applied, limit=limits.REVOCATIONS_READ_MAX
        ):
            self._view.apply([entry])
            self._applied = entry.sequence
        return more


class KeepsLog(RevocationFollower):
    """Takes another log for the one that it knows."""

    async def catch_up(self) -> bool:
        """Reads it from its beginning, and goes by what it knew."""
        incarnation = await self._log.incarnation()
        if self._incarnation and incarnation != self._incarnation:
            self._incarnation, self._applied = incarnation, 0
        return await super().catch_up()


def key_lives_on(**parts: Any) -> RevocationFollower:
    """Reads that a key was revoked, and waits for the ring to say so, too."""
    parts["view"]._on_key_revoked = None
    return RevocationFollower(**parts)


def hiding() -> Callable[[Feed], Feed]:
    """Does not say that the log is another one, after the first time."""
    logs: set[str] = set()

    async def feed(messages: Feed) -> Feed:
        async for each in messages:
            if not isinstance(each, RevocationNews):
                yield each
                continue
            logs.add(each.position.incarnation)
            told = each.restart and len(logs) == 1
            yield dataclasses.replace(each, restart=told)

    return feed


def forgetful() -> Callable[[Feed], Feed]:
    """Loses the last revocation of a message that has several."""

    async def feed(messages: Feed) -> Feed:
        async for each in messages:
            lost = isinstance(each, RevocationNews) and len(each.entries) > 1
            entries = each.entries[:-1] if lost else ()
            yield dataclasses.replace(each, entries=entries) if lost else each

    return feed


def stuck() -> Callable[[Feed], Feed]:
    """Sends the key set of its beginning for ever."""
    kept: list[KeySet] = []

    async def feed(messages: Feed) -> Feed:
        async for each in messages:
            if not isinstance(each, KeySet):
                yield each
                continue
            kept.append(each)
            yield kept[0]

    return feed
