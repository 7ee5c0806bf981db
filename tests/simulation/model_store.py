"""The store of a simulated world: a primary, a replica behind it, and failovers.

A write is done at the primary when it arrives, and may be seen there at once; the
replica does it a moment later, in the same order, and only then the write is
acknowledged. A failover makes the replica the primary: what it had not done yet is
lost, and whoever waits for an answer to it gets none.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from daypass.core.errors import AccessKeyTakenError, StoreUnavailableError
from daypass.core.revocation import LoggedRevocation
from simulation.clocks import SkewedClock
from simulation.model_state import StoreState

# One step of a server: what it does to its state at a time of its clock.
Step = Callable[[StoreState, datetime], Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a step: a value, or an error that the caller is to be told."""

    value: Any = None
    error: Exception | None = None

    def unwrap(self) -> Any:
        """Returns the value, or raises the error."""
        if self.error is not None:
            raise self.error
        return self.value


Answer = Callable[[Outcome], None]


@dataclass(frozen=True, slots=True)
class _Write:
    step: Step
    done_at: datetime
    outcome: Outcome
    answer: Answer


@dataclass(eq=False, slots=True)
class _Waiter:
    sequence: int
    answer: Answer


class ModelStore:
    """One store for all replicas of the server.

    Args:
        loop: whose time it is in.
        clock: the clock of its servers, which jumps as any other.
        chance: draws how long replication takes.
        state: what it holds at the beginning.
        answers_early: a planted bug: writes are acknowledged before the replica has
            done them.

    Attributes:
        primary: what the server holds that answers.
        replica: what is not lost in a failover.
        failovers: how many there were.
        lost: how many writes were lost in them, none of them acknowledged.
        again: the ids of sessions that were added after they had been discarded.
        emptied_at: when it last lost all but the key ring.
        earlier: what earlier logs of revocations ended with, by their names.
    """

    def __init__(
        self,
        *,
        loop: asyncio.AbstractEventLoop,
        clock: SkewedClock,
        chance: random.Random,
        state: StoreState,
        answers_early: bool = False,
    ) -> None:
        self._loop = loop
        self._clock = clock
        self._chance = chance
        self._answers_early = answers_early
        self.primary = state
        self.replica = state.copy()
        self.failovers = 0
        self.lost = 0
        self.again: set[str] = set()
        self.emptied_at = float("-inf")
        self.earlier: dict[str, Sequence[LoggedRevocation]] = {}
        self._discarded: set[str] = set()
        self._pending: deque[_Write] = deque()
        self._waiters: list[_Waiter] = []
        self._replicated_at = 0.0
        self._down_until = 0.0
        self._stalled_until = 0.0
        self._ambush: Callable[[], None] | None = None

    @property
    def is_down(self) -> bool:
        """Whether nobody answers at the moment."""
        return self._loop.time() < self._down_until

    def submit(self, step: Step, answer: Answer, *, writes: bool) -> None:
        """Takes a request that has arrived; it may never be answered."""
        if self.is_down:
            return
        if writes:
            self._write(step, answer)
        else:
            answer(_done(step, self.primary, self._clock.now()))

    def _write(self, step: Step, answer: Answer) -> None:
        """Takes a step at the primary, and later at the replica."""
        now = self._clock.now()
        outcome = _done(step, self.primary, now)
        if self._answers_early:
            answer(outcome)
        self._pending.append(_Write(step, now, outcome, answer))
        if self._waiters and self._wake_waiters() and self._ambush:
            ambush, self._ambush = self._ambush, None
            ambush()
        least = max(self._loop.time() + self._lag(), self._stalled_until)
        self._replicated_at = max(self._replicated_at, least)
        self._loop.call_at(self._replicated_at, self._replicate, self.failovers)

    def wait(self, sequence: int, at_most: timedelta, answer: Answer) -> None:
        """Answers when the log goes on behind a number, or time is up."""
        if self.is_down:
            return
        if self.primary.sequence > sequence:
            answer(Outcome())
            return
        waiter = _Waiter(sequence, answer)
        self._waiters.append(waiter)
        self._loop.call_later(at_most.total_seconds(), self._give_up, waiter)

    def note_added(self, access_key_id: str) -> None:
        """Takes note that a session of this id was added at a server."""
        if access_key_id in self._discarded:
            self.again.add(access_key_id)

    def note_discarded(self, access_key_id: str, *, is_other: bool) -> None:
        """Takes note that a session of this id was discarded at a server.

        Where another one of the same call was there by then, that one stays.
        """
        if is_other:
            self.again.add(access_key_id)
        self._discarded.add(access_key_id)

    def set_clock(self, offset: timedelta) -> None:
        """Sets the clock of the servers; what has expired by it is dropped at once.

        The replica drops what the primary tells it to, in its turn.
        """
        self._clock.set_to(offset)
        self._write(StoreState.expire, lambda _: None)

    def stall(self, span: timedelta) -> None:
        """Holds up replication; a failover in that time loses what came in it."""
        self._stalled_until = self._loop.time() + span.total_seconds()

    def ambush(self, strike: Callable[[], None]) -> None:
        """Strikes when the next revocation has come, before it is replicated."""
        self._ambush = strike

    def fail_over(self, span: timedelta) -> None:
        """Makes the replica the primary, which nobody reaches for a while."""
        self.failovers += 1
        self.lost += len(self._pending)
        self._pending.clear()
        self._waiters.clear()
        self.primary = self.replica
        self.replica = self.primary.copy()
        self._down_until = self._loop.time() + span.total_seconds()
        self._stalled_until = 0.0

    def empty(self, span: timedelta, *, lease: timedelta) -> None:
        """Loses all but the key ring, and begins another log of revocations.

        The log is settled when every lease is over that counted before.
        """
        before, self.earlier[self.primary.incarnation] = (
            self.primary,
            self.replica.entries,
        )
        self.replica = StoreState(
            f"log-{len(self.earlier) + 1}",
            ring=before.ring,
            guards_kept_after=before.guards_kept_after,
            settled_at=self._clock.now() + lease,
        )
        self.fail_over(span)
        self.emptied_at = self._loop.time()

    @property
    def was_emptied(self) -> bool:
        """Whether it has lost what it knew, even once."""
        return bool(self.earlier)

    def entries_of(self, log: str) -> Sequence[LoggedRevocation]:
        """Returns the entries of a log that no failover takes away."""
        return self.earlier.get(log, self.replica.entries)

    def _lag(self) -> float:
        return self._chance.uniform(0.0001, 0.003)

    def _replicate(self, failovers: int) -> None:
        if failovers != self.failovers:
            return
        write = self._pending.popleft()
        done = _done(write.step, self.replica, write.done_at)
        assert type(done.error) is type(write.outcome.error), "the replica differs"
        if not self._answers_early:
            write.answer(write.outcome)

    def _wake_waiters(self) -> bool:
        awake = [
            each for each in self._waiters if each.sequence < self.primary.sequence
        ]
        self._waiters = [each for each in self._waiters if each not in awake]
        for waiter in awake:
            waiter.answer(Outcome())
        return bool(awake)

    def _give_up(self, waiter: _Waiter) -> None:
        if waiter in self._waiters:
            self._waiters.remove(waiter)
            waiter.answer(Outcome())


def _done(step: Step, state: StoreState, now: datetime) -> Outcome:
    try:
        return Outcome(step(state, now))
    except (AccessKeyTakenError, StoreUnavailableError) as error:
        return Outcome(error=error)
