"""When what was gathered is handed over (decision 0071).

When a few turns of the loop bring no more, or after a moment: a commit takes as long as
a call does, and each waking of the thread takes the interpreter from the loop. Where the
process has no time to spare, those who have waited at once of late are waited for first,
or half of them while others wait for what was handed over before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Final, Generic

from daypass.adapters.parcel import ItemT, Parcel, ResultT

# After so many turns that bring no more, no more is expected soon.
_QUIET_TURNS: Final = 3
# Two callers are no crowd: neither waits for the other.
_NO_CROWD: Final = 2
# So often it is waited for as long as may be, whoever has waited at once: a disk that
# is quicker than the next call leaves nobody waiting beside another, however many
# there are.
_LOOKED_EVERY: Final = 64


class HandOverTime(Generic[ItemT, ResultT]):
    """Tells when a parcel goes, by who waits for it.

    Args:
        hand_over: called on the loop when it is time.
        gather_time_max: how long others are waited for at the most.
        most: with so many items nobody is waited for.
        is_pressed: tells whether the process has no time to spare; nobody is waited
            for where it has, because fewer commits would gain nothing.
    """

    def __init__(
        self,
        *,
        hand_over: Callable[[], None],
        gather_time_max: timedelta,
        most: int,
        is_pressed: Callable[[], bool],
    ) -> None:
        self._hand_over = hand_over
        self._gather_seconds_max = gather_time_max.total_seconds()
        self._most = most
        self._is_pressed = is_pressed
        self._handle: asyncio.Handle | None = None
        # Whether somebody waits, so that it is as soon as no more comes.
        self._is_due = False
        # How many items there were at the turn before, how many turns have brought no
        # more, and until when more are waited for.
        self._seen = self._quiet = 0
        self._due_by = 0.0
        # Whether a crowd is waited for, and whether this time nothing cuts it short.
        self._waits_for_crowd = self._looks = False
        self._times = 0
        # How many wait in all, and how many have at once of late.
        self._all = self._crowd = 0

    def expect(self, parcel: Parcel[ItemT, ResultT]) -> None:
        """Counts one more who waits for a parcel, which then goes soon."""
        parcel.waiting += 1
        self._all += 1
        self._crowd = max(self._crowd, self._all)
        if not self._is_due:
            self._begin(parcel)
        elif self._waits_for_crowd and not self._looks and self._is_crowd_here(parcel):
            self._look_from_now(parcel)

    def postpone(self, parcel: Parcel[ItemT, ResultT], seconds: float) -> None:
        """Lets what nobody waits for go after a while, or before with anything else."""
        self._handle = parcel.loop.call_later(seconds, self._hand_over)

    def begin_anew(self) -> None:
        """Forgets what was gathered: it was handed over."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        self._is_due = self._waits_for_crowd = False

    def left(self, count: int) -> None:
        """Counts those who have what they waited for."""
        self._all -= count

    def _begin(self, parcel: Parcel[ItemT, ResultT]) -> None:
        self._is_due = True
        self._due_by = parcel.loop.time() + self._gather_seconds_max
        self._times += 1
        pressed = self._is_pressed()
        self._looks = pressed and self._times % _LOOKED_EVERY == 0
        if not pressed or (self._is_crowd_here(parcel) and not self._looks):
            self._look_from_now(parcel)
            return
        if self._handle is not None:
            self._handle.cancel()
        self._waits_for_crowd = True
        self._handle = parcel.loop.call_later(
            self._gather_seconds_max, self._stop_waiting
        )

    def _is_crowd_here(self, parcel: Parcel[ItemT, ResultT]) -> bool:
        """Tells whether as many wait for a parcel as may be expected.

        While one half of those who call again and again wait for the disk, the other
        half comes together. A disk that is quicker than that has nothing to do
        meanwhile.
        """
        here = parcel.waiting
        crowd = min(self._crowd, self._most)
        if self._all == here and crowd > _NO_CROWD:
            return here >= crowd
        return 2 * here >= crowd

    def _stop_waiting(self) -> None:
        """Hands over what came of a crowd that is no longer there."""
        self._crowd = max(self._all, self._crowd // 2)
        self._hand_over()

    def _look_from_now(self, parcel: Parcel[ItemT, ResultT]) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._waits_for_crowd = False
        self._seen = self._quiet = 0
        self._handle = parcel.loop.call_soon(self._look_again, parcel)

    def _look_again(self, parcel: Parcel[ItemT, ResultT]) -> None:
        """Hands over, unless more may come and there is time for it."""
        gathered = len(parcel.entries)
        self._quiet = 0 if gathered > self._seen else self._quiet + 1
        waits = self._quiet < _QUIET_TURNS and gathered < self._most
        if waits and parcel.loop.time() < self._due_by:
            self._seen = gathered
            self._handle = parcel.loop.call_soon(self._look_again, parcel)
            return
        self._hand_over()
