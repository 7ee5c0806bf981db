"""The times of a connection: for its heads, and between its requests.

SPEC: attacks V21, V30; reliability E14 and E15.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta


class ConnectionTimers:
    """The times that a connection has.

    NOTE: there is one timer for idleness, which looks when it fires whether the time
    has come. To make and cancel one for each request would cost more than to read its
    head.

    Args:
        loop: the loop of the connection.
        head_time_max: how long a head may take to arrive.
        idle_time_max: how long the connection may wait for its next request.
        on_end: called when one of them is over.
    """

    __slots__ = (
        "_head",
        "_head_seconds",
        "_idle",
        "_idle_seconds",
        "_idle_since",
        "_loop",
        "_on_end",
    )

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        head_time_max: timedelta,
        idle_time_max: timedelta,
        on_end: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._head_seconds = head_time_max.total_seconds()
        self._idle_seconds = idle_time_max.total_seconds()
        self._on_end = on_end
        self._head: asyncio.TimerHandle | None = None
        self._idle: asyncio.TimerHandle | None = None
        # Since when nothing is asked; None while something is.
        self._idle_since: float | None = None

    def note_heard(self) -> None:
        """Takes note that something was asked, or begins to be."""
        self._idle_since = None

    def note_head(self, *, begun: bool) -> None:
        """Gives a head that has begun its time, once; ends that of one that is read."""
        if not begun:
            if self._head is not None:
                self._head.cancel()
                self._head = None
        elif self._head is None:
            self._head = self._loop.call_later(self._head_seconds, self._on_end)

    def begin_idle(self) -> None:
        """Gives the client its time to ask for more."""
        self._idle_since = self._loop.time()
        if self._idle is None:
            self._idle = self._loop.call_later(self._idle_seconds, self._look)

    def shorten_idle(self, idle_time_max: timedelta) -> None:
        """Gives the client less time, from now on, also where it is waited for."""
        self._idle_seconds = idle_time_max.total_seconds()
        self._stop_idle()
        self.begin_idle()

    def stop(self) -> None:
        """Ends all of them."""
        self.note_head(begun=False)
        self._stop_idle()

    def _look(self) -> None:
        self._idle = None
        if self._idle_since is None:
            return
        left = self._idle_since + self._idle_seconds - self._loop.time()
        if left > 0:
            self._idle = self._loop.call_later(left, self._look)
        else:
            self._on_end()

    def _stop_idle(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
