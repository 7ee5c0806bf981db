"""The real clock and the real source of randomness."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final, final

# When garbage is searched for: by so many objects that were made and are still there,
# and so many searches of the younger ones. A search of so many takes a millisecond.
_YOUNG_OBJECTS: Final = 10_000
_YOUNG_SEARCHES: Final = 20
_MIDDLE_SEARCHES: Final = 20
_MIDDLE_GENERATION: Final = 1


@final
class SystemClock:
    """The clocks of this machine."""

    __slots__ = ()

    def now(self) -> datetime:
        """Returns the time of day, aware and in UTC."""
        return datetime.now(tz=UTC)

    def monotonic(self) -> float:
        """Returns seconds that never go back, from an arbitrary start.

        The clock goes on while the machine is suspended, so that a lease does not
        outlast a sleep.
        """
        return time.clock_gettime(time.CLOCK_BOOTTIME)


def settle_memory() -> None:
    """Takes what there is after the start out of the search for garbage.

    Modules, policies and tables stay until the end. To look at them again and again
    was a twentieth of a mint, and what a mint leaves behind is free without a search.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_OBJECTS, _YOUNG_SEARCHES, _MIDDLE_SEARCHES)


@contextmanager
def keeping_all() -> Iterator[None]:
    """Searches for no garbage while much is made that stays, such as a directory.

    Each search would look at all that was made so far, over and over: with a hundred
    thousand roles that was a third of the time. Afterwards it is taken out of the
    search, for the first one would look at all of it at once and hold every thread up
    for as long; what is replaced later is free without a search. The few cycles that
    other threads drop meanwhile stay with it.
    """
    if not gc.isenabled():
        yield
        return
    # What is garbage by now goes first, so that it does not stay.
    gc.collect(_MIDDLE_GENERATION)
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@final
class SystemEntropy:
    """The operating system's secure randomness.

    NOTE: nothing is drawn ahead. A pool would be copied by a fork, and two
    workers would then hand out the same ids (attacks C09, L15).
    """

    __slots__ = ()

    def token_bytes(self, count: int) -> bytes:
        """Returns that many bytes from a cryptographically secure source."""
        return os.urandom(count)
