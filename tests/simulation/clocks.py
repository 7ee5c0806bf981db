"""Clocks that differ and jump, and chance that a seed repeats."""

from __future__ import annotations

import asyncio
import random
from datetime import datetime, timedelta

from support.world import START

_MONOTONIC_START = 1000.0
_FAR = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)


class SkewedClock:
    """The clock of one machine: true time, and by how much it is wrong.

    Args:
        loop: has the true time.
        offset: by how much it is ahead.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, offset: timedelta = timedelta(0)
    ) -> None:
        self._loop = loop
        self._offset = offset
        # When it was last set forward, and when it was last far ahead, by true time.
        self.set_forward_at = float("-inf")
        self._far_ahead_at = float("-inf")
        self._far_off_at = float("-inf")
        self._off_at = float("-inf")

    def now(self) -> datetime:
        """Returns the time of day that it shows."""
        return START + timedelta(seconds=self._loop.time()) + self._offset

    def monotonic(self) -> float:
        """Returns seconds that never go back; no jump changes them."""
        return _MONOTONIC_START + self._loop.time()

    def set_to(self, offset: timedelta) -> None:
        """Sets it ahead or back, to be wrong by so much."""
        if offset > self._offset:
            self.set_forward_at = self._loop.time()
        self._far_ahead_at, self._far_off_at = self.far_ahead_at, self.far_off_at
        self._off_at = self.off_at
        self._offset = offset

    @property
    def off_at(self) -> float:
        """When it was last wrong by more than a second."""
        return self._loop.time() if abs(self._offset) > _SECOND else self._off_at

    @property
    def far_off_at(self) -> float:
        """When it was last wrong by more than a minute."""
        return self._loop.time() if abs(self._offset) > _FAR else self._far_off_at

    @property
    def far_ahead_at(self) -> float:
        """When it was last ahead by more than a minute."""
        return self._loop.time() if self._offset > _FAR else self._far_ahead_at


def chance_of(seed: int, name: str) -> random.Random:
    """Returns the chance of one part of the world; others draw from others."""
    return random.Random(f"{seed}:{name}")  # noqa: S311 - repeatable on purpose.
