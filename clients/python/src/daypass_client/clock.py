"""Time, injected: signatures carry it, and credentials end by it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, Protocol

# Linux alone has a clock that goes on while the machine sleeps.
_BOOT_CLOCK: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


# Tells seconds from an arbitrary start, those in which the machine slept too. A verifier
# asks once or twice for each token, so it is C's own function.
boot_seconds: Final[Callable[[], float]] = partial(time.clock_gettime, _BOOT_CLOCK)


class Clock(Protocol):
    """Tells the time of day."""

    def now(self) -> datetime:
        """Returns the time of day, aware and in UTC."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Returns the time of day, aware and in UTC."""
        return datetime.now(UTC)


class SteadyClock:
    """A clock that does not go back behind a time that was noted.

    What was obtained for a quarter of an hour ends after a quarter of an hour, though
    somebody sets the clock of the machine back meanwhile. A clock that is set forward
    is believed: to ask once too often harms nobody.

    Args:
        clock: tells the time of day.
        monotonic: tells seconds from an arbitrary start, which nobody sets.
    """

    def __init__(
        self, clock: Clock, monotonic: Callable[[], float] = boot_seconds
    ) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._noted: tuple[datetime, float] | None = None

    def note(self) -> datetime:
        """Returns the time of day, and begins to count from it."""
        now = self._clock.now()
        self._noted = now, self._monotonic()
        return now

    def now(self) -> datetime:
        """Returns the time of day, or what it must be by now, whichever is later."""
        now = self._clock.now()
        if self._noted is None:
            return now
        time_of_note, monotonic = self._noted
        passed = timedelta(seconds=self._monotonic() - monotonic)
        return max(now, time_of_note + passed)
