"""Long work in turns, between which the other calls of the worker have theirs."""

from __future__ import annotations

import asyncio

from daypass.core import work_limits
from daypass.core.ports import Clock


class Turns:
    """The turns of one call, the first of which begins now.

    Args:
        clock: tells how long a turn has lasted.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._since = clock.monotonic()

    async def rest(self) -> None:
        """Lets the other calls work, if this turn has lasted long enough."""
        lasted = self._clock.monotonic() - self._since
        if lasted >= work_limits.TURN_TIME_MAX.total_seconds():
            await asyncio.sleep(0)
            self._since = self._clock.monotonic()
