"""Whether a process is as busy as one core lets it be.

What saves work by waiting is worth its wait only there: a process that has time to
spare would answer later and gain nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final, final

# So long a time is looked at in one: a burst of a few calls is no such thing.
_LOOKED_AT: Final = timedelta(milliseconds=50)
# Of a core. With three quarters a queue is short, and above it grows without bound.
_SHARE_MIN: Final = 0.85


@final
class ProcessEffort:
    """Tells whether this process has taken nearly all of a core of late.

    Args:
        monotonic: tells the time, in seconds.
        cpu_seconds: tells the CPU time of all threads of the process, in seconds.
    """

    __slots__ = ("_cpu_seconds", "_is_whole", "_monotonic", "_since", "_spent")

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        cpu_seconds: Callable[[], float] = time.process_time,
    ) -> None:
        self._monotonic = monotonic
        self._cpu_seconds = cpu_seconds
        self._since = monotonic()
        self._spent = cpu_seconds()
        self._is_whole = False

    def is_whole(self) -> bool:
        """Tells it of the last time that was looked at; of none, it is not."""
        elapsed = self._monotonic() - self._since
        if elapsed >= _LOOKED_AT.total_seconds():
            spent = self._cpu_seconds()
            self._is_whole = spent - self._spent >= _SHARE_MIN * elapsed
            self._since += elapsed
            self._spent = spent
        return self._is_whole
