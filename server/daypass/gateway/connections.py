"""All connections of the HTTP server: how many there may be, and which one ends.

One whose TLS handshake has not ended is one of them, which waits.

SPEC: attacks V21; reliability E14 and E15.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from daypass.core import http_limits, limits


@dataclass(frozen=True, slots=True)
class ConnectionBounds:
    """What one connection, and all of them together, may take.

    Attributes:
        handshake_time_max: how long a TLS handshake may take.
        head_time_max: how long a head may take to arrive.
        idle_time_max: how long a connection may wait for its next request.
        send_stall_max: how long a client may take nothing of what was sent.
        connections_max: how many connections there may be.
    """

    handshake_time_max: timedelta = limits.HANDSHAKE_TIME_MAX
    head_time_max: timedelta = http_limits.HEAD_TIME_MAX
    idle_time_max: timedelta = http_limits.IDLE_TIME_MAX
    send_stall_max: timedelta = http_limits.SEND_STALL_MAX
    connections_max: int = http_limits.CONNECTIONS_MAX


class Waiting(Protocol):
    """A connection that has no request."""

    def abort(self) -> None:
        """Ends it now."""
        ...

    def shutdown(self) -> None:
        """Ends it in a moment, unless a request comes or is in work."""
        ...


class Connections:
    """What all connections of a server share."""

    def __init__(self) -> None:
        self.connections: set[Waiting] = set()
        self.handshakes: set[Waiting] = set()
        # What answers requests, also for those who have left.
        self.tasks: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()
        # Those without a request, the one that has waited longest first.
        self._waiting: dict[Waiting, None] = {}

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.connections) + len(self.handshakes)

    def has_room(self, connections_max: int) -> bool:
        """Tells whether one more may be taken, for which another one may end."""
        return self.count < connections_max or self._make_room()

    def note_handshake(self, connection: Waiting) -> None:
        """Takes note of a connection whose handshake begins."""
        self.handshakes.add(connection)
        self.note_waiting(connection)

    def note_handshake_end(self, connection: Waiting) -> None:
        """Takes note that a handshake has ended, well or not."""
        self.handshakes.discard(connection)
        self.note_taken(connection)
        self.note_end()

    def note_waiting(self, connection: Waiting) -> None:
        """Takes note that a connection has no request, from now on."""
        self._waiting[connection] = None

    def note_taken(self, connection: Waiting) -> None:
        """Takes note that a connection has a request, or is over."""
        self._waiting.pop(connection, None)

    def note_end(self) -> None:
        """Takes note that a connection has ended."""
        if not self.count:
            self._ended.set()

    async def wait_all_ended(self) -> None:
        """Returns when there is no connection."""
        while self.count:
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
