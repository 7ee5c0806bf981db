"""All connections of the HTTP server: how many there may be, and which one ends.

SPEC: attacks V21; reliability E14 and E15.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from uvicorn.server import ServerState

from daypass.core import http_limits


@dataclass(frozen=True, slots=True)
class ConnectionBounds:
    """What one connection, and all of them together, may take.

    Attributes:
        head_time_max: how long a head may take to arrive.
        idle_time_max: how long a connection may wait for its next request.
        send_stall_max: how long a client may take nothing of what was sent.
        connections_max: how many connections there may be.
    """

    head_time_max: timedelta = http_limits.HEAD_TIME_MAX
    idle_time_max: timedelta = http_limits.IDLE_TIME_MAX
    send_stall_max: timedelta = http_limits.SEND_STALL_MAX
    connections_max: int = http_limits.CONNECTIONS_MAX


class Waiting(Protocol):
    """A connection that has no request."""

    def abort(self) -> None:
        """Ends it now."""
        ...


class Connections(ServerState):
    """What all connections of a server share."""

    def __init__(self) -> None:
        super().__init__()
        self._ended = asyncio.Event()
        # Those without a request, the one that has waited longest first.
        self._waiting: dict[Waiting, None] = {}

    def has_room(self, connections_max: int) -> bool:
        """Tells whether one more may be taken, for which another one may end."""
        return len(self.connections) < connections_max or self._make_room()

    def note_waiting(self, connection: Waiting) -> None:
        """Takes note that a connection has no request, from now on."""
        self._waiting[connection] = None

    def note_taken(self, connection: Waiting) -> None:
        """Takes note that a connection has a request, or is over."""
        self._waiting.pop(connection, None)

    def note_end(self) -> None:
        """Takes note that a connection has ended."""
        if not self.connections:
            self._ended.set()

    async def wait_all_ended(self) -> None:
        """Returns when there is no connection."""
        while self.connections:
            self._ended.clear()
            await self._ended.wait()

    def _make_room(self) -> bool:
        """Ends the connection that has waited longest; tells whether there was one.

        Otherwise one client that opens connections and asks for nothing would keep
        all others out.
        """
        longest = next(iter(self._waiting), None)
        if longest is None:
            return False
        self.note_taken(longest)
        longest.abort()
        return True
