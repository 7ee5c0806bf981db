"""One connection: what uvicorn does with it, within bounds that uvicorn does not have.

A head and a body have a size and a time, a connection has an end, and what could be
framed in two ways ends it. Bodies in chunks are refused whole: no SDK sends them,
and they are half of what request smuggling is made of.

SPEC: RFC 9112; attacks V06, V07, V11, V20, V21, V30; reliability E14 and E15.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import timedelta
from typing import Any, Final, cast

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from daypass.core import http_limits
from daypass.gateway.connections import ConnectionBounds, Connections
from daypass.gateway.exchange import BODY_WHOLE, CLIENT_CERTIFICATE

_BAD_REQUEST: Final = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)
# NOTE: a target of another form than `/path` names another server, or none.
_TARGET_START: Final = b"/"
_FRAGMENT: Final = b"#"
_VERSIONS: Final = frozenset({"1.0", "1.1"})


class FramingError(Exception):
    """What came is no request that has one reading."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection.

    Args:
        config: the settings of uvicorn.
        state: what all connections share.
        bounds: what a connection may take.
    """

    def __init__(
        self, config: Config, state: Connections, bounds: ConnectionBounds
    ) -> None:
        super().__init__(config=config, server_state=state, app_state={})
        self._state = state
        self._bounds = bounds
        self._head_timer: asyncio.TimerHandle | None = None
        self._in_head = True
        # Of a head that has not ended: as it comes, and as far as it was read.
        self._head_bytes = 0
        self._head_bytes_read = 0
        self._taken = False
        self._began = False
        self._upgraded = False
        self._draining = False

    def connection_made(  # type: ignore[override]
        self, transport: asyncio.Transport
    ) -> None:
        """Takes a connection; where there are too many, another one ends for it.

        It is ended itself where all others have requests in work.
        """
        if not self._state.has_room(self._bounds.connections_max):
            # NOTE: no answer, which would cost what is short: room and time.
            transport.abort()
            return
        self._taken = True
        _bound_sending(transport, self._bounds.send_stall_max)
        super().connection_made(transport)
        self._state.note_waiting(self)
        self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets a connection."""
        self._stop_head_timer()
        self._state.note_taken(self)
        if self._taken:
            self._unset_keepalive_if_required()
            super().connection_lost(exc)
            self._state.note_end()

    def data_received(self, data: bytes) -> None:
        """Takes what has come."""
        if not self._taken or self._upgraded or self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        if self._in_head:
            self._head_bytes += len(data)
            self._start_head_timer()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # The request is answered as if it asked for nothing else; what
            # follows it is in no language that is spoken here.
            self._upgraded = True
        except httptools.HttpParserError:
            self._refuse()
            return
        if self._in_head and self._head_bytes > http_limits.HEAD_BYTES_MAX:
            self._refuse()

    def on_message_begin(self) -> None:
        """Begins a request."""
        super().on_message_begin()
        self._head_bytes_read = 0
        scope = cast("dict[str, Any]", self.scope)
        scope[CLIENT_CERTIFICATE] = _client_certificate(self.transport)

    def on_url(self, url: bytes) -> None:
        """Takes a part of the target."""
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Takes a header."""
        super().on_header(name, value)
        self._count(len(name) + len(value))
        if name.lower() == b"transfer-encoding":
            raise FramingError("body_in_chunks")
        if len(self.headers) > http_limits.HEADERS_MAX:
            raise FramingError("headers_too_many")

    def on_headers_complete(self) -> None:
        """Hands on a request whose head is whole."""
        if not self.url.startswith(_TARGET_START) or _FRAGMENT in self.url:
            raise FramingError("target_form")
        if self.parser.get_http_version() not in _VERSIONS:
            raise FramingError("version")
        if self.parser.should_upgrade() and self._announces_body():
            # The parser takes the body for the other protocol.
            raise FramingError("upgrade_with_body")
        if len(self.pipeline) >= http_limits.PIPELINED_MAX:
            raise FramingError("pipelined_too_many")
        self._in_head = False
        self._head_bytes = 0
        self._stop_head_timer()
        self._state.note_taken(self)
        super().on_headers_complete()
        self._began = True
        if self._draining or self.parser.should_upgrade():
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """Ends a request; another may follow."""
        super().on_message_complete()
        scope = cast("dict[str, Any]", self.scope)
        scope[BODY_WHOLE] = True
        self._in_head = True

    def on_response_complete(self) -> None:
        """Begins the next request, or waits for it."""
        super().on_response_complete()
        if not self._is_answering():
            self._state.note_waiting(self)

    def shutdown(self) -> None:
        """Ends the connection with the answers that are due.

        An idle one is left open for a moment: a request may be on its way.
        """
        self._draining = True
        if self._is_answering():
            self.cycle.keep_alive = False
            return
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(
            http_limits.DRAIN_IDLE.total_seconds(), self.timeout_keep_alive_handler
        )

    def abort(self) -> None:
        """Ends the connection now, whatever is due."""
        self.transport.abort()

    def _announces_body(self) -> bool:
        return any(name == b"content-length" for name, _ in self.headers)

    def _is_answering(self) -> bool:
        return self._began and not self.cycle.response_complete

    def _start_head_timer(self) -> None:
        """Gives a head its time, once."""
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(
                self._bounds.head_time_max.total_seconds(),
                self.timeout_keep_alive_handler,
            )

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _count(self, size: int) -> None:
        self._head_bytes_read += size
        if self._head_bytes_read > http_limits.HEAD_BYTES_MAX:
            raise FramingError("head_too_long")

    def _refuse(self) -> None:
        """Ends the connection, and says so unless that would be out of turn."""
        self._stop_head_timer()
        if not self._is_answering():
            self.transport.write(_BAD_REQUEST)
        self.transport.close()


def _client_certificate(transport: asyncio.BaseTransport) -> bytes | None:
    """Returns the certificate of the other end in DER, if TLS has verified one."""
    tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
    if tls is None or tls.context.verify_mode is not ssl.CERT_REQUIRED:
        return None
    return tls.getpeercert(binary_form=True)


def _bound_sending(transport: asyncio.Transport, longest: timedelta) -> None:
    """Ends the connection of a client that takes nothing of what it is sent."""
    connected: socket.socket = transport.get_extra_info("socket")
    milliseconds = int(longest.total_seconds() * 1000)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
