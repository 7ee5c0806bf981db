"""Bounds how long futures are waited for, with one timer for all of them.

A timer for each would cost more than most of what is waited for here. All have the
same span, so that the one that was asked for first is the first to run out.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from typing import Any


class BoundedWaits:
    """Lets futures fail that are not done within a span.

    Args:
        longest: the span.
        error: makes what each of them fails with.
    """

    def __init__(
        self, longest: timedelta, error: Callable[[], Exception] = TimeoutError
    ) -> None:
        self._seconds_max = longest.total_seconds()
        self._error = error
        self._waiting: deque[tuple[float, asyncio.Future[Any]]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """Returns how many futures are remembered."""
        return len(self._waiting)

    def bound(self, future: asyncio.Future[Any]) -> None:
        """Bounds the wait for a future that has just begun."""
        loop = future.get_loop()
        while self._waiting and self._waiting[0][1].done():
            self._waiting.popleft()
        self._waiting.append((loop.time() + self._seconds_max, future))
        if self._timer is None:
            self._timer = loop.call_later(self._seconds_max, self._run_out, loop)

    def _run_out(self, loop: asyncio.AbstractEventLoop) -> None:
        """Fails what has waited too long, and looks again when the next is due."""
        self._timer = None
        while self._waiting:
            due, future = self._waiting[0]
            if not future.done():
                if due > loop.time():
                    self._timer = loop.call_at(due, self._run_out, loop)
                    return
                future.set_exception(self._error())
                future.exception()
            self._waiting.popleft()
