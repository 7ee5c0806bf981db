"""Writes log lines so that nobody waits for a slow reader: by a thread, or none."""

from __future__ import annotations

import contextlib
import select
import threading
from collections import deque
from collections.abc import Callable
from typing import TextIO

from daypass.core import limits


class LineWriter:
    """Writes lines to a stream from a thread; drops and counts what is too much.

    Args:
        stream: where lines go.
        dropped_line: makes the line that reports dropped ones.
        queue_max: how many lines may wait.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        dropped_line: Callable[[int], str],
        queue_max: int = limits.LOG_QUEUE_LINES_MAX,
    ) -> None:
        self._stream = stream
        self._dropped_line = dropped_line
        self._queue_max = queue_max
        self._lines: deque[str] = deque()
        self._dropped = 0
        self._closing = False
        # NOTE: reentrant, because the collector may log while a line is queued.
        self._changed = threading.Condition(threading.RLock())
        self._thread: threading.Thread | None = None

    def write(self, line: str) -> None:
        """Queues a line without its end, or drops it where too many wait."""
        with self._changed:
            if self._closing or len(self._lines) >= self._queue_max:
                self._dropped += 1
                return
            self._lines.append(line)
            # NOTE: begun with the first line, so that a fork before it is harmless.
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="daypass-log", daemon=True
                )
                self._thread.start()
            self._changed.notify()

    def close(self) -> None:
        """Writes what is waiting and ends the thread; waits a bounded time."""
        with self._changed:
            self._closing = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join(limits.TELEMETRY_SHUTDOWN_TIME_MAX.total_seconds())

    def _run(self) -> None:
        while lines := self._next_lines():
            # Whoever reads the log may be gone; the server goes on.
            with contextlib.suppress(OSError, ValueError):
                self._stream.write("".join(f"{line}\n" for line in lines))
                self._stream.flush()

    def _next_lines(self) -> list[str]:
        """Waits for lines; returns none when closed and empty."""
        with self._changed:
            while not self._lines and not self._closing:
                self._changed.wait()
            lines = list(self._lines)
            self._lines.clear()
            dropped, self._dropped = self._dropped, 0
        if dropped:
            lines.append(self._dropped_line(dropped))
        return lines


class DirectWriter:
    """Writes each line at once, without a thread; drops and counts what must wait.

    Args:
        stream: where lines go.
        dropped_line: makes the line that reports dropped ones.
    """

    def __init__(self, stream: TextIO, *, dropped_line: Callable[[int], str]) -> None:
        self._stream = stream
        self._dropped_line = dropped_line
        self._dropped = 0

    def write(self, line: str) -> None:
        """Writes a line without its end, or drops it where the reader is too slow."""
        lines = [self._dropped_line(self._dropped), line] if self._dropped else [line]
        text = "".join(f"{each}\n" for each in lines)
        # A pipe that takes anything takes a page, and no line of ours is longer.
        if not self._takes_more() or len(text) > select.PIPE_BUF:
            self._dropped += 1
            return
        self._dropped = 0
        # Whoever reads the log may be gone; the server goes on.
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()

    def close(self) -> None:
        """Ends; nothing is waiting."""

    def _takes_more(self) -> bool:
        poll = select.poll()
        poll.register(self._stream.fileno(), select.POLLOUT)
        return bool(poll.poll(0))
