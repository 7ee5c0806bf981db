"""A connection until its TLS handshake has ended: counted, bounded, and nobody's yet.

A loop that accepts TLS connections tells nobody of one before its handshake is over,
so that those that stay silent would be in no count, and none could be ended for
others. So the loop accepts plain ones, and the handshake begins from here.

SPEC: attacks V21, V30; reliability E14 and E15.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from functools import partial

from daypass.core import http_limits
from daypass.gateway.connections import ConnectionBounds, Connections
from daypass.gateway.protocol import BoundedProtocol, EndHandshake

# Returns the certificates in force.
CurrentTls = Callable[[], ssl.SSLContext]


class Handshake(asyncio.Protocol):
    """One connection, from when it was taken until it may ask for something.

    Args:
        follower: makes what goes on with the connection, which ends the handshake.
        state: what all connections share.
        bounds: what a connection may take.
        tls: the certificates in force.
    """

    def __init__(
        self,
        follower: Callable[[EndHandshake], BoundedProtocol],
        state: Connections,
        bounds: ConnectionBounds,
        *,
        tls: CurrentTls,
    ) -> None:
        self._follower = follower
        self._state = state
        self._bounds = bounds
        self._tls = tls
        self._plain: socket.socket | None = None
        self._task: asyncio.Task[None] | None = None
        self._draining = False

    def connection_made(  # type: ignore[override]
        self, transport: asyncio.Transport
    ) -> None:
        """Takes a connection where there may be one more, and begins its handshake."""
        if self._state.has_room(self._bounds.connections_max):
            plain: socket.socket = transport.get_extra_info("socket")
            # NOTE: two loops differ in what they have read by now if the transport
            # were to become one of TLS; of a second descriptor nothing is read.
            with contextlib.suppress(OSError):
                self._begin(plain.dup())
        transport.abort()

    def shutdown(self) -> None:
        """Ends the connection unless its handshake ends in a moment."""
        self._draining = True
        asyncio.get_running_loop().call_later(
            http_limits.DRAIN_IDLE.total_seconds(), self.abort
        )

    def abort(self) -> None:
        """Ends the connection now, unless its handshake is over."""
        if self._plain is not None:
            # NOTE: the handshake finds the end of what it reads, however far it is.
            with contextlib.suppress(OSError):
                self._plain.shutdown(socket.SHUT_RDWR)

    def end(self) -> bool:
        """Takes note that the handshake is over; tells whether the server drains."""
        self._plain = None
        self._state.note_handshake_end(self)
        return self._draining

    def _begin(self, plain: socket.socket) -> None:
        self._plain = plain
        self._state.note_handshake(self)
        self._task = asyncio.get_running_loop().create_task(self._run(plain))

    async def _run(self, plain: socket.socket) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                partial(self._follower, self.end),
                plain,
                ssl=self._tls(),
                ssl_handshake_timeout=self._bounds.handshake_time_max.total_seconds(),
                ssl_shutdown_timeout=http_limits.TLS_END_TIME_MAX.total_seconds(),
            )
        except OSError:
            # NOTE: what is no TLS, or of a version or a certificate that is not taken,
            # and what took too long; the log is not for strangers to fill.
            return
        finally:
            self.end()
