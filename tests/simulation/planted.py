"""Bugs that are planted, to see that the simulation finds them.

Each is one that somebody could make, built into a world by way of its plan. The
server itself stays as it is.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from daypass.adapters.guard_record import GuardRecord, guard_name
from daypass.core import limits
from daypass.core.errors import StoreUnavailableError
from daypass.core.ports import AuditRecord, GuardKey, GuardStore, SessionStore
from daypass.core.session import SessionRecord
from daypass.sts.caller import Caller
from daypass.sts.chain_rules import ChainRules
from daypass.sts.key_set import KeySet
from daypass.sts.revocation_follower import RevocationFollower
from daypass.sts.revocation_view import RevocationView
from daypass.sts.watch import RevocationNews
from simulation.clients import Doorway
from simulation.keyring import RULES
from simulation.model_state import StoreState
from simulation.ports import WiredGuards, WiredSessions
from simulation.replica import Build, Feed, SimulatedAudit
from simulation.wire import Wire
from simulation.world import Plan

_AGES: Final = timedelta(days=1)
_NO_LEAD: Final = dataclasses.replace(RULES, lead=timedelta(seconds=1))


class _TwoStepGuards(WiredGuards):
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


class _HastySessions(WiredSessions):
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
        except StoreUnavailableError:
            return


class _KeepingSessions(WiredSessions):
    """Takes nothing back."""

    async def discard(self, record: SessionRecord) -> bool:
        """Says that it is gone."""
        del record
        return True


class _HastyAudit(SimulatedAudit):
    """Lets a grant leave before it is on record."""

    async def write(self, record: AuditRecord) -> None:
        """Writes it a moment later."""
        asyncio.get_running_loop().call_later(0.01, self.granted.add, record.request_id)


class _ReadsFirst(RevocationFollower):
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


class _AppliesUnsure(RevocationFollower):
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


def _forgetful() -> Callable[[Feed], Feed]:
    """Loses the last revocation of a message that has several."""

    async def feed(messages: Feed) -> Feed:
        async for each in messages:
            lost = isinstance(each, RevocationNews) and len(each.entries) > 1
            entries = each.entries[:-1] if lost else ()
            yield dataclasses.replace(each, entries=entries) if lost else each

    return feed


def _stuck() -> Callable[[Feed], Feed]:
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


class _LateEpoch(Doorway):
    """Takes the epoch of a caller when it is used, and not when it is proven."""

    def let_in(self, caller: Caller, view: RevocationView) -> Caller:
        """Returns a caller that no earlier revocation touches."""
        return dataclasses.replace(caller, epoch=view.epoch)


class _MintsAnew(Doorway):
    """Does not tell a call from the same call sent again."""

    def let_in(self, caller: Caller, view: RevocationView) -> Caller:
        """Returns a caller that may be issued another session."""
        del view
        return dataclasses.replace(caller, signed_call=None)


@dataclass(kw_only=True)
class _Other(Build):
    """A build with another part."""

    make_sessions: Callable[[Wire], SessionStore] = WiredSessions
    make_guards: Callable[[Wire], GuardStore] = WiredGuards
    make_audit: Callable[..., SimulatedAudit] = SimulatedAudit
    make_follower: Callable[..., RevocationFollower] = RevocationFollower
    make_feeds: Callable[[], Callable[[Feed], Feed]] | None = None

    def sessions(self, wire: Wire) -> SessionStore:
        """Returns the port of sessions."""
        return self.make_sessions(wire)

    def guards(self, wire: Wire) -> GuardStore:
        """Returns the port of what is used once."""
        return self.make_guards(wire)

    def audit(self, wire: Wire, chance: Any) -> SimulatedAudit:
        """Returns the port of the audit log."""
        return self.make_audit(wire, chance)

    def feeds(self) -> Callable[[Feed], Feed]:
        """Returns what makes a stream what the client gets of it."""
        return self.make_feeds() if self.make_feeds else super().feeds()

    def follower(self, **parts: Any) -> RevocationFollower:
        """Returns what keeps the view of revocations fresh."""
        return self.make_follower(**parts)


@dataclass(frozen=True, kw_only=True)
class Bug:
    """A bug, by which invariant it is found, and the seed to begin with.

    Some need a rare meeting of events; to begin near it saves a minute.
    """

    plan: Plan
    breaks: frozenset[str] = field(default_factory=frozenset)
    seed: int = 1


def _bug(*breaks: str, plan: Plan | None = None, seed: int = 1, **parts: Any) -> Bug:
    plan = plan or Plan(build=_Other(**parts))
    return Bug(plan=plan, breaks=frozenset(breaks), seed=seed)


BUGS: Final[Mapping[str, Bug]] = MappingProxyType(
    {
        # Without those who follow, who would find these before a verdict does.
        "a replica vouches after its lease": _bug(
            "I1", seed=4, plan=Plan(build=_Other(view_lease=_AGES), followers=0)
        ),
        "a swap is two steps": _bug("I4", make_guards=_TwoStepGuards),
        "acknowledged before it is stored": _bug(
            "stored", make_sessions=_HastySessions
        ),
        "acknowledged before it is replicated": _bug(
            "stored", "I2", "I4", plan=Plan(answers_early=True)
        ),
        "not taken back": _bug("undo", seed=2, make_sessions=_KeepingSessions),
        "the epoch is taken after the check": _bug(
            "I1", seed=21, plan=Plan(doorway=_LateEpoch())
        ),
        "expiry is left to the store": _bug(
            "I4", plan=Plan(guards_kept_after=timedelta(0))
        ),
        "a call sent again mints anew": _bug("V01", plan=Plan(doorway=_MintsAnew())),
        "read before the lease is announced": _bug(
            "I1",
            "lives",
            plan=Plan(build=_Other(make_follower=_ReadsFirst), followers=0),
        ),
        "granted before it is on record": _bug("I9", make_audit=_HastyAudit),
        "a key signs without a lead": _bug("lead", rules=_NO_LEAD),
        "a worker applies what is not sure": _bug(
            "feed", seed=2, make_follower=_AppliesUnsure
        ),
        "a feed loses a revocation": _bug("feed", make_feeds=_forgetful),
        "a feed of keys is stuck": _bug("published", make_feeds=_stuck),
        "a chain goes on for ever": _bug("I6", chains=ChainRules()),
    }
)
