"""The HTTP server: it listens, hands requests on, and drains.

It runs in the loop of the worker and leaves signals to it.

SPEC: design 10; attacks G22, G23, V21; reliability E02, E14, E15.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from daypass.core import http_limits
from daypass.core.listening import is_local
from daypass.gateway.app import HttpApp
from daypass.gateway.connections import ConnectionBounds, Connections
from daypass.gateway.handshake import CurrentTls, Handshake
from daypass.gateway.protocol import BoundedProtocol, EndHandshake


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """How the server listens.

    Attributes:
        host: a name or an IP address.
        port: 0 takes a free one.
        tls: the certificates in force, asked for each connection; None means
            plaintext.
        unsafe_plaintext: allows plaintext beyond loopback.
        reuse_port: lets several worker processes share the address.
        bounds: what connections may take.

    Raises:
        ValueError: plaintext beyond loopback that is not allowed.
    """

    host: str
    port: int
    tls: CurrentTls | None = None
    unsafe_plaintext: bool = False
    reuse_port: bool = False
    bounds: ConnectionBounds = field(default_factory=ConnectionBounds)

    def __post_init__(self) -> None:
        """Refuses plaintext on the network unless somebody has said so."""
        plaintext = self.tls is None and not self.unsafe_plaintext
        if plaintext and not is_local(f"{self.host}:{self.port}"):
            raise ValueError(f"plaintext on {self.host}:{self.port} is not allowed")


class HttpServer:
    """The server.

    Args:
        settings: how it listens.
        app: what answers.
    """

    def __init__(self, *, settings: HttpSettings, app: HttpApp) -> None:
        self._settings = settings
        self._app = app
        self._state = Connections()
        self._server: asyncio.Server | None = None

    @property
    def connections(self) -> int:
        """How many connections there are."""
        return self._state.count

    async def start(self) -> int:
        """Begins to listen and to serve, and returns the port.

        Raises:
            OSError: the address cannot be bound.
        """
        settings = self._settings
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._connection if settings.tls is None else self._handshake,
            settings.host,
            settings.port,
            backlog=http_limits.ACCEPT_BACKLOG,
            reuse_address=True,
            reuse_port=settings.reuse_port,
        )
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self, grace: timedelta) -> None:
        """Drains: takes no more connections, and ends those that there are.

        Requests in work have the grace to finish and are cancelled then. Stopping
        again with a shorter grace shortens it.
        """
        if self._server is not None:
            self._server.close()
        for connection in (*self._state.connections, *self._state.handshakes):
            connection.shutdown()
        try:
            async with asyncio.timeout(grace.total_seconds()):
                await self._state.wait_all_ended()
        except TimeoutError:
            self._abort()
            await self._state.wait_all_ended()

    def _abort(self) -> None:
        for connection in (*self._state.connections, *self._state.handshakes):
            connection.abort()
        for task in list(self._state.tasks):
            task.cancel()

    def _connection(self, end_handshake: EndHandshake | None = None) -> BoundedProtocol:
        return BoundedProtocol(
            self._app,
            self._state,
            self._settings.bounds,
            end_handshake=end_handshake,
        )

    def _handshake(self) -> Handshake:
        tls = self._settings.tls
        assert tls is not None, "only a door with certificates shakes hands"
        return Handshake(self._connection, self._state, self._settings.bounds, tls=tls)
