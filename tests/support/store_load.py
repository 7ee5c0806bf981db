"""Writers that go on while servers fail, and what became of what they wrote."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Final, TypeVar

from daypass.adapters.redis.stores import RedisStores
from daypass.core import limits
from daypass.core.errors import StoreUnavailableError
from daypass.core.ports import GuardKey
from support.records import revocation, session_record, temporary_id
from support.world import ManualClock

T = TypeVar("T")
_HOUR: Final = timedelta(hours=1)
# Writers of each kind; each writes one thing at a time.
_WRITERS: Final = 4
# Whoever is refused asks again after this, far sooner than it is told to.
_REFUSED_SECONDS: Final = 0.005
_POLL_SECONDS: Final = 0.02
_PHASE_SECONDS_MAX: Final = 60.0


# Writes the thing of a number, and tells whether it is the writer's.
Write = Callable[[RedisStores, int], Awaitable[bool]]


@dataclass
class Written:
    """What was written of one kind."""

    acknowledged: list[int] = field(default_factory=list)
    of_worker: Counter[int] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    at: list[float] = field(default_factory=list)

    @property
    def longest_gap(self) -> float:
        """The most seconds between two acknowledgements."""
        return max((later - sooner for sooner, later in pairwise(self.at)), default=0.0)

    @property
    def gap_end(self) -> float:
        """When the longest gap ended."""
        return max(pairwise(self.at), key=lambda pair: pair[1] - pair[0])[1]


class StoreLoad:
    """Adds sessions, revokes and claims, over one worker's stores or several.

    Args:
        stores: each has writers of its own.
        clock: the time of what is written.
    """

    def __init__(self, stores: Sequence[RedisStores], clock: ManualClock) -> None:
        self._stores = stores
        self._clock = clock
        self._number = 0
        self.sessions = Written()
        self.revocations = Written()
        self.claims = Written()

    @property
    def kinds(self) -> dict[str, Written]:
        """What was written, by kind."""
        return {
            "sessions": self.sessions,
            "revocations": self.revocations,
            "claims": self.claims,
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Writes for as long as the block lasts."""
        writing = asyncio.gather(
            *(
                self._writer(kind, write, worker)
                for worker in range(len(self._stores))
                for kind, write in (
                    (self.sessions, self._add),
                    (self.revocations, self._revoke),
                    (self.claims, self._claim),
                )
                for _ in range(_WRITERS)
            )
        )
        try:
            yield
        finally:
            writing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writing

    async def acknowledge(self, count: int) -> None:
        """Returns when each worker had so many more of each kind acknowledged."""
        wanted = [(kind, dict(kind.of_worker)) for kind in self.kinds.values()]
        await until(
            lambda: all(
                kind.of_worker[worker] >= before.get(worker, 0) + count
                for kind, before in wanted
                for worker in range(len(self._stores))
            )
        )

    async def lost(self, stores: RedisStores) -> dict[str, int]:
        """Counts what was acknowledged and is not there."""
        now = self._clock.now()
        log = stores.revocations
        await sure(log.incarnation)
        logged: set[str] = set()
        sequence = 0
        while entries := await sure(
            partial(log.read_after, sequence, limit=limits.REVOCATIONS_READ_MAX)
        ):
            logged |= {each.revocation.subject for each in entries}
            sequence = entries[-1].sequence
        found = [
            await sure(partial(stores.sessions.get, temporary_id(number), now=now))
            for number in self.sessions.acknowledged
        ]
        claimed = [
            await sure(partial(stores.guards.get, _claim_of(number), now=now))
            for number in self.claims.acknowledged
        ]
        return {
            "sessions": found.count(None),
            "revocations": len(
                {str(each) for each in self.revocations.acknowledged} - logged
            ),
            "claims": claimed.count(None),
        }

    def report(self, title: str, lost: dict[str, int]) -> str:
        """Returns a line for each kind."""
        lines = [title]
        for name, kind in self.kinds.items():
            refused = kind.refused.total()
            acknowledged = len(kind.acknowledged)
            lines.append(
                f"  {name}: sent {acknowledged + refused}, acknowledged {acknowledged},"
                f" refused {refused}, lost {lost[name]},"
                f" longest gap {kind.longest_gap:.2f} s"
            )
        return "\n".join(lines)

    async def _writer(self, kind: Written, write: Write, worker: int) -> None:
        stores = self._stores[worker]
        while True:
            self._number += 1
            number = self._number
            try:
                written = await write(stores, number)
            except StoreUnavailableError as error:
                kind.refused[error.detail] += 1
                await asyncio.sleep(_REFUSED_SECONDS)
                continue
            assert written
            kind.acknowledged.append(number)
            kind.of_worker[worker] += 1
            kind.at.append(time.monotonic())

    async def _add(self, stores: RedisStores, number: int) -> bool:
        await stores.sessions.add(session_record(number, now=self._clock.now()))
        return True

    async def _revoke(self, stores: RedisStores, number: int) -> bool:
        now = self._clock.now()
        await stores.revocations.append(revocation(str(number), now=now))
        return True

    async def _claim(self, stores: RedisStores, number: int) -> bool:
        now = self._clock.now()
        return await stores.guards.swap(
            _claim_of(number), None, b"x", now=now, expire_time=now + _HOUR
        )


async def sure(ask: Callable[[], Awaitable[T]]) -> T:
    """Asks until there is a sure answer: a busy sentinel may be too late for one."""
    async with asyncio.timeout(_PHASE_SECONDS_MAX):
        while True:
            try:
                return await ask()
            except StoreUnavailableError:
                await asyncio.sleep(_POLL_SECONDS)


def _claim_of(number: int) -> GuardKey:
    return GuardKey("load", (str(number),))


async def until(is_so: Callable[[], bool]) -> None:
    """Lets others go on until something is so."""
    async with asyncio.timeout(_PHASE_SECONDS_MAX):
        while not is_so():
            await asyncio.sleep(_POLL_SECONDS)
