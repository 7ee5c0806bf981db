"""Faults that a test queues and a memory adapter then meets."""

from __future__ import annotations

from collections import deque


class Faults:
    """A queue of errors; each is raised once, by the next call that it fits."""

    def __init__(self) -> None:
        # Whoever is called often asks whether there is any before `meet`.
        self.queued: deque[tuple[Exception, str | None]] = deque()

    def add(self, error: Exception, *, method: str | None, times: int) -> None:
        """Queues an error for the next calls of a method, or of any method."""
        self.queued.extend([(error, method)] * times)

    def meet(self, method: str) -> None:
        """Raises the first queued error that fits a call of this method."""
        if not self.queued:
            return
        for index, (error, wanted) in enumerate(self.queued):
            if wanted is None or wanted == method:
                del self.queued[index]
                raise error
