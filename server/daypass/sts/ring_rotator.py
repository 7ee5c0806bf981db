"""The loop that keeps the ring of one worker fresh, and takes the steps that are due.

Every worker runs it. No lease is needed: a step is stored in the place of the ring
that it was made of, so that of several workers who take it one wins, and the others
find it taken.

Steps are due by the clock of whoever takes them, and are taken for all: a worker whose
clock is a day ahead would throw keys away that others still verify with. So the clock
is compared before a step is taken, and where it is wrong the keys stay as they are.

SPEC: design 7; attacks L22; reliability E10 and E13; decision 0029.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Protocol

from daypass.core import key_limits
from daypass.core.errors import UnavailableError
from daypass.core.ports import Clock, Entropy
from daypass.keyring.errors import RingCorruptError, RingRollbackError
from daypass.keyring.ring import Ring
from daypass.keyring.schedule import RotationRules, next_step, perform
from daypass.sts.ring_holder import RingHolder
from daypass.sts.ring_reporter import RingReporter


class RotatorWatcher(Protocol):
    """Whoever wants to know whether the ring can be followed."""

    def ring_confirmed(self) -> None:
        """Is told of each time that all went well."""
        ...

    def ring_unreadable(self, error: UnavailableError) -> None:
        """Is told of each time that the store could not be asked or changed."""
        ...

    def ring_refused(self, error: RingCorruptError | RingRollbackError) -> None:
        """Is told of each time that the store had what must not be used."""
        ...


class RingRotator:
    """Keeps the ring fresh, and rotates its keys.

    Args:
        holder: the ring.
        rules: how long a key spends in each state.
        settle: how long a key is active before it is used.
        clock: tells what is due.
        entropy: draws keys, and varies the pauses.
        watcher: is told of failures.
        clock_agrees: tells whether the clock is right, as far as can be known; it is
            asked before each step and may raise what the store raises. None where
            there is no other clock to compare with.
        reporter: says which ring is held; None where nobody shares the store.
    """

    def __init__(
        self,
        *,
        holder: RingHolder,
        rules: RotationRules,
        settle: timedelta,
        clock: Clock,
        entropy: Entropy,
        watcher: RotatorWatcher,
        clock_agrees: Callable[[], Awaitable[bool]] | None = None,
        reporter: RingReporter | None = None,
    ) -> None:
        self._holder = holder
        self._rules = rules
        self._poll = min(
            key_limits.RING_POLL_MAX, settle / key_limits.RING_POLLS_PER_SETTLE
        )
        self._clock = clock
        self._entropy = entropy
        self._watcher = watcher
        self._clock_agrees = clock_agrees
        self._reporter = reporter

    async def turn(self) -> None:
        """Takes up what the store has, and takes the steps that are due."""
        try:
            ring = await self._holder.change(_as_it_is)
            if await self._may_step(ring):
                await self._holder.change(self._after_steps)
            if self._reporter is not None:
                await self._reporter.report(self._holder.version)
            self._watcher.ring_confirmed()
        except UnavailableError as error:
            self._watcher.ring_unreadable(error)
        except (RingCorruptError, RingRollbackError) as error:
            self._watcher.ring_refused(error)

    async def run(self) -> None:
        """Takes turns until it is cancelled, the first one at once.

        So a drill knows of a worker from its start on.
        """
        while True:
            await self.turn()
            await self._holder.wait(self._pause())

    async def _may_step(self, ring: Ring) -> bool:
        """Tells whether something is due, and by a clock that is right."""
        if next_step(ring, self._clock.now(), self._rules) is None:
            return False
        return self._clock_agrees is None or await self._clock_agrees()

    def _after_steps(self, ring: Ring) -> Ring:
        now = self._clock.now()
        for _ in range(key_limits.RING_STEPS_MAX):
            step = next_step(ring, now, self._rules)
            if step is None:
                break
            ring = perform(ring, step, now=now, entropy=self._entropy)
        return ring

    def _pause(self) -> timedelta:
        """Varies the poll by a quarter, so that workers do not ask all at once."""
        (drawn,) = self._entropy.token_bytes(1)
        return self._poll * (0.75 + drawn / 512)


def _as_it_is(ring: Ring) -> Ring:
    return ring
