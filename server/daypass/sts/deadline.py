"""Ends what takes too long.

As `asyncio.timeout` does it, which takes twice as long to begin and to end because a
time-out of that kind can be moved. Every call has one.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self


class Deadline:
    """Cancels the task within it after a time, and raises `TimeoutError` then.

    A cancellation that came from somebody else is let through.

    Args:
        seconds: the time; none that is left ends the block at its first wait.
    """

    __slots__ = ("_cancelling", "_expired", "_seconds", "_task", "_timer")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._expired = False

    @property
    def expired(self) -> bool:
        """Whether the time has run out."""
        return self._expired

    def __enter__(self) -> Self:
        """Begins the time."""
        task = asyncio.current_task()
        assert task is not None, "a deadline is of a task"
        self._task = task
        self._cancelling = task.cancelling()
        loop = task.get_loop()
        self._timer = loop.call_later(max(0.0, self._seconds), self._expire)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends the time."""
        self._timer.cancel()
        if (
            self._expired
            and self._task.uncancel() <= self._cancelling
            and kind is not None
            and issubclass(kind, asyncio.CancelledError)
        ):
            raise TimeoutError from error

    def _expire(self) -> None:
        self._expired = True
        self._task.cancel()
