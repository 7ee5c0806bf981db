"""Verifiers of a simulated world: they follow revocations and keys, at any replica.

SPEC: reliability, promises 1 and 3; decisions 0030 and 0033.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Any, Final, Protocol

from daypass.core.errors import DaypassError
from daypass.core.revocation import Epoch, LoggedRevocation, RevocationScope
from daypass.rpc.keyring_handlers import KeyringUseCases
from daypass.sts.caller import CallContext, Caller
from daypass.sts.key_set import KeySet
from daypass.sts.watch import RevocationNews
from simulation import organisation
from simulation.history import ViolationError
from simulation.parties import METHOD, Party
from simulation.replica import Feed, Replica

_STREAM_SECONDS_MAX: Final = 60.0
# A key set is sent every ten seconds, by a replica that heard of its ring at most ten
# seconds ago; no key signs within 54 seconds of being known.
_KEYS_FRESH_SECONDS: Final = 30.0


class Follower(Protocol):
    """One verifier, which holds what it is told to the invariants."""

    async def open(
        self, cases: KeyringUseCases, caller: Caller, call: CallContext
    ) -> Feed:
        """Opens a stream, and goes on where it was."""
        ...

    def take(self, message: Any) -> None:
        """Takes a message."""
        ...


class RevocationFollower:
    """Follows the log of revocations, and knows what it was told.

    Args:
        log: the entries of a log that no failover takes away.
        acknowledged: the greatest number of a log that was effective everywhere at a
            time.
    """

    def __init__(
        self,
        *,
        log: Callable[[str], Sequence[LoggedRevocation]],
        acknowledged: Callable[[str, float], int],
    ) -> None:
        self._log = log
        self._acknowledged = acknowledged
        self.position = Epoch("", 0)
        self._known: dict[tuple[RevocationScope, str], int] = {}
        # What it has to know up to the place that was looked at last.
        self._wanted: dict[tuple[RevocationScope, str], int] = {}
        self._checked = 0

    async def open(
        self, cases: KeyringUseCases, caller: Caller, call: CallContext
    ) -> Feed:
        """Goes on behind the number that it knows."""
        return await cases.watch_revocations.run(self.position, caller, call)

    def take(self, message: RevocationNews) -> None:
        """Holds a message to the log, and to what was acknowledged before it."""
        log = message.position.incarnation
        _require(
            message.restart == (log != self.position.incarnation),
            f"{log} after {self.position}, and {message.restart=}",
        )
        if message.restart:
            self._forget()
        sure, last = self._log(log), self.position.sequence
        for entry in message.entries:
            number, name = entry.sequence, (entry.scope, entry.subject)
            _require(last < number <= len(sure), f"{number} after {last}")
            last = number
            other = sure[number - 1].revocation
            _require(name == (other.scope, other.subject), f"{number} is {name}")
            self._known[name] = number
        end = message.position.sequence
        _require(last <= end <= len(sure), f"{last} is not up to {end}")
        self.position = message.position
        if message.complete:
            self._check_complete(sure, end)
            now = asyncio.get_running_loop().time()
            read_at = now - message.staleness.total_seconds()
            wanted = self._acknowledged(log, read_at)
            _require(wanted <= end, f"up to {end}, and {wanted} was in force")

    def _forget(self) -> None:
        """Forgets what was known of another log."""
        self.position = Epoch("", 0)
        self._known.clear()
        self._wanted.clear()
        self._checked = 0

    def _check_complete(self, sure: Sequence[LoggedRevocation], end: int) -> None:
        if end == self._checked:
            return
        for each in sure[self._checked : end]:
            revocation = each.revocation
            self._wanted[revocation.scope, revocation.subject] = each.sequence
        self._checked = end
        missing = self._wanted.items() - self._known.items()
        _require(not missing, f"not told of {sorted(map(str, missing))}")


class KeyFollower:
    """Follows the key set, as a verifier that works offline."""

    def __init__(self) -> None:
        self._told_at = float("-inf")
        self._keys: frozenset[str] = frozenset()

    async def open(
        self, cases: KeyringUseCases, caller: Caller, call: CallContext
    ) -> Feed:
        """Begins anew: a key set is whole."""
        return await cases.watch_key_set.run(None, caller, call)

    def take(self, message: KeySet) -> None:
        """Takes a key set for the one before."""
        self._told_at = asyncio.get_running_loop().time()
        self._keys = frozenset(key["kid"] for key in message.keys)

    @property
    def is_fresh(self) -> bool:
        """Whether it was told so short a while ago that it must know each key."""
        now = asyncio.get_running_loop().time()
        return now - self._told_at < _KEYS_FRESH_SECONDS

    def shown(self, key_id: str) -> None:
        """Is shown what a key has just signed."""
        if self.is_fresh and key_id not in self._keys:
            raise ViolationError(f"published: a verifier does not know {key_id}")


class Verifiers(Party):
    """Those who verify by themselves; see `Party`.

    Args:
        log: the entries of a log that no failover takes away.
        acknowledged: the greatest number of a log that was effective everywhere at a
            time.
        log_name: the log that there is.
        each: how many follow keys, and how many revocations.
        common: what every party has.
    """

    prefix = "stream"

    def __init__(
        self,
        *,
        log: Callable[[str], Sequence[LoggedRevocation]],
        acknowledged: Callable[[str, float], int],
        log_name: Callable[[], str],
        each: int,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self._log = log
        self._log_name = log_name
        self.of_keys = [KeyFollower() for _ in range(each)]
        self._of_revocations = [
            RevocationFollower(log=log, acknowledged=acknowledged) for _ in range(each)
        ]
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self, replicas: Sequence[Replica]) -> None:
        """Begins to follow, at one replica after another."""
        followers: list[Follower] = [*self.of_keys, *self._of_revocations]
        self._tasks = [
            asyncio.get_running_loop().create_task(self._follow(each, replicas))
            for each in followers
        ]

    def ended(self) -> None:
        """Holds those who follow to what there is to know, when all is calm."""
        name = self._log_name()
        end = Epoch(name, len(self._log(name)))
        for follower in self._of_revocations:
            known = follower.position
            _require(known == end, f"a verifier knows {known} of {end}")
        for keys in self.of_keys:
            _require(keys.is_fresh, "a verifier hears nothing of keys")
        for task in self._tasks:
            task.cancel()

    async def _follow(self, follower: Follower, replicas: Sequence[Replica]) -> None:
        while True:
            replica, over = self._chance.choice(replicas), asyncio.Event()
            lasts = self._chance.uniform(1, _STREAM_SECONDS_MAX)
            replica.spawn(self._stream(follower, replica, lasts, over))
            try:
                # A replica that crashes at once does not even begin.
                async with asyncio.timeout(lasts + _STREAM_SECONDS_MAX):
                    await over.wait()
            except TimeoutError:
                self._trace(f"stream at {replica.name} was cut off")
            await asyncio.sleep(self._chance.uniform(0.01, 1))

    async def _stream(
        self, follower: Follower, replica: Replica, lasts: float, over: asyncio.Event
    ) -> None:
        context, loop = self._context(), asyncio.get_running_loop()
        until = loop.time() + lasts
        metadata = self._signature(organisation.ADMINS[organisation.SHOP], b"")
        try:
            caller = replica.authenticator.authenticate(
                METHOD, metadata, b"", call=context
            )
            feed = await follower.open(replica.use_cases.keyring, caller, context)
            async with aclosing(replica.feed(feed)) as messages:
                async for message in messages:
                    follower.take(message)
                    if loop.time() >= until:
                        return
                    await asyncio.sleep(self._chance.choice((0, 0, 0, 0.01, 3)))
        except DaypassError as error:
            self._refused(context, replica, error)
        finally:
            over.set()


def _require(holds: bool, text: str) -> None:  # noqa: FBT001
    if not holds:
        raise ViolationError(f"feed: {text}")
