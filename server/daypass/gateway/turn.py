"""One request of a connection, from when its head is whole until its answer leaves.

Its body is read whole and within a time, or not at all.

SPEC: sts-operations 3.1; attacks V30, L30.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from daypass.gateway.exchange import CLIENT_LEFT, TIMED_OUT, Answer, Received
from daypass.sts.deadline import Deadline

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


class Turn:
    """One request, in its turn.

    Args:
        received: its head.
        keep_alive: whether the client goes on with the connection after it.
        awaits_continue: whether the client waits to be asked for the body.
        on_wanted: called when somebody begins to read a body that has to be asked for,
            or that is not whole.

    Attributes:
        left: whether the client has left.
        size: how many bytes of the body have come.
        task: what answers it, once that has begun.
        wanted: whether somebody reads the body.
        whole: whether all of the body has come.
    """

    __slots__ = (
        "_on_wanted",
        "_parts",
        "_waiting",
        "awaits_continue",
        "keep_alive",
        "left",
        "received",
        "size",
        "task",
        "wanted",
        "whole",
    )

    def __init__(
        self,
        received: Received,
        *,
        keep_alive: bool,
        awaits_continue: bool,
        on_wanted: Callable[[Turn], None],
    ) -> None:
        self.received = received
        self.keep_alive = keep_alive
        self.awaits_continue = awaits_continue
        self.left = False
        self.wanted = False
        self.size = 0
        self._on_wanted = on_wanted
        self._parts: list[bytes] = []
        self.whole = False
        self._waiting: asyncio.Future[None] | None = None
        self.task: asyncio.Task[None] | None = None

    def add(self, part: bytes) -> None:
        """Takes a part of the body, of which no more comes than was announced."""
        self._parts.append(part)
        self.size += len(part)

    def end(self) -> None:
        """Takes note that the body is whole."""
        self.whole = True
        if self._waiting is not None:
            self._wake()

    def leave(self) -> None:
        """Takes note that the client has left."""
        self.left = True
        self._wake()

    async def body(self, seconds_max: float) -> bytes | Answer:
        """Returns the body in whole, or the answer to one that does not come.

        Args:
            seconds_max: how long it may take to arrive.
        """
        self.wanted = True
        if self.awaits_continue or not self.whole:
            self._on_wanted(self)
        # Nearly always it came with its head, and to read it takes no time.
        if not (self.whole or self.left):
            self._waiting = asyncio.get_running_loop().create_future()
            try:
                with Deadline(seconds_max):
                    await self._waiting
            except TimeoutError:
                return TIMED_OUT
        return CLIENT_LEFT if self.left else b"".join(self._parts)

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
