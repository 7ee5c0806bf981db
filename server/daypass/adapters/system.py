"""The real clock and the real source of randomness."""

from __future__ import annotations

import gc
import os
import sys
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Final, final

# When garbage is searched for: by so many objects that were made and are still there,
# and so many searches of the younger ones. A search of so many takes a millisecond.
_YOUNG_OBJECTS: Final = 10_000
_YOUNG_SEARCHES: Final = 20
_MIDDLE_SEARCHES: Final = 20
_MIDDLE_GENERATION: Final = 1
# How long a thread that works through keeps another waiting; usual are five.
_TURN_SECONDS: Final = 0.001

# The longest id that is drawn ahead, and how many at once: to ask the system takes as
# long as two ids do, and gives the interpreter to whichever thread waits for it.
_ID_BYTES: Final = 16
_IDS_AHEAD: Final = 64


@final
class SystemClock:
    """The clocks of this machine; a call looks some ten times, so both are C's own.

    Attributes:
        now: returns the time of day, aware and in UTC.
        monotonic: returns seconds that never go back, from an arbitrary start. They
            go on while the machine is suspended, so that a lease does not outlast a
            sleep.
    """

    __slots__ = ()

    now = staticmethod(partial(datetime.now, UTC))
    monotonic = staticmethod(partial(time.clock_gettime, time.CLOCK_BOOTTIME))


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


@contextmanager
def giving_way() -> Iterator[None]:
    """Lets other threads in each millisecond while something long is done in one.

    A thread that wants the interpreter waits for a turn of the one that has it, and the
    loop wants it again after each wait of its own.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


@final
class SystemEntropy:
    """The operating system's secure randomness.

    NOTE: what may be secret, or must not come twice, is never drawn ahead: a fork
    copies what was, and two workers would then have the same (attacks C09, L15).
    Ids are drawn some at once, and a process that was forked forgets those of the
    one before, ahead of anything else that it does in Python (decision 0067).
    """

    __slots__ = ("__weakref__", "_ids", "_is_forgetful")

    def __init__(self) -> None:
        self._ids: list[bytes] = []
        self._is_forgetful = False

    def token_bytes(self, count: int) -> bytes:
        """Returns that many bytes from a cryptographically secure source."""
        return os.urandom(count)

    def id_bytes(self, count: int) -> bytes:
        """Returns that many bytes for an id; see the port."""
        if count > _ID_BYTES:
            return os.urandom(count)
        try:
            # Whoever takes one takes it off, whichever thread it is.
            drawn = self._ids.pop()
        except IndexError:
            drawn = self._draw_ids()
        return drawn[:count]

    def _draw_ids(self) -> bytes:
        """Draws ids, and returns one that is not among those that are kept."""
        if not self._is_forgetful:
            _forget_in_forks(self)
            self._is_forgetful = True
        drawn = os.urandom(_ID_BYTES * _IDS_AHEAD)
        first, *others = [
            drawn[start : start + _ID_BYTES]
            for start in range(0, len(drawn), _ID_BYTES)
        ]
        self._ids.extend(others)
        return first

    def _forget_ids(self) -> None:
        self._ids.clear()


def _forget_in_forks(entropy: SystemEntropy) -> None:
    # NOTE: what is registered stays until the end, and must not hold the other.
    found = weakref.ref(entropy)

    def forget() -> None:
        here = found()
        if here is not None:
            here._forget_ids()  # noqa: SLF001 - of the same module.

    os.register_at_fork(after_in_child=forget)
