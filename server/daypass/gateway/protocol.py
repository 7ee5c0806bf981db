"""One connection: its requests in their order, their answers, and its bounds.

A head and a body have a size and a time, a connection has an end, and what could be
framed in two ways ends it. A request is answered by one task, and its answer is one
write: there is no server framework in between, which would cost a call more than
all that is done here.

SPEC: RFC 9112; attacks V07, V20, V21, V30; reliability E14 and E15.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, Protocol

from daypass.core import http_limits
from daypass.gateway.answer_writer import AnswerWriter
from daypass.gateway.connection_timers import ConnectionTimers
from daypass.gateway.connections import ConnectionBounds, Connections
from daypass.gateway.exchange import Answer, Peer
from daypass.gateway.request_reader import FramingError, RequestReader
from daypass.gateway.turn import CONTINUE, Turn

_log: Final = logging.getLogger(__name__)

_BAD_REQUEST: Final = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)


class Answering(Protocol):
    """What answers the requests of connections."""

    @property
    def writer(self) -> AnswerWriter:
        """Makes the bytes of answers."""
        ...

    def respond(self, turn: Turn) -> Awaitable[tuple[Answer, str]]:
        """Returns the answer to a request, and the id of the request."""
        ...


# Takes note that a TLS handshake is over; tells whether the server drains.
EndHandshake = Callable[[], bool]


class BoundedProtocol(asyncio.Protocol):
    """One connection.

    Args:
        app: answers requests.
        state: what all connections share.
        bounds: what a connection may take.
        end_handshake: ends the handshake, whose place in the count this takes; None
            where there was none.
    """

    def __init__(
        self,
        app: Answering,
        state: Connections,
        bounds: ConnectionBounds,
        *,
        end_handshake: EndHandshake | None = None,
    ) -> None:
        self._app = app
        self._write = app.writer.write
        self._end_handshake = end_handshake
        self._state = state
        self._bounds = bounds
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._reader: RequestReader | None = None
        # The request in work, and those that came before it was answered.
        self._turn: Turn | None = None
        self._pipeline: deque[Turn] = deque()
        self._draining = False
        self._reading = True
        # There while the client takes nothing of what it was sent.
        self._stalled: asyncio.Event | None = None
        self._timers = ConnectionTimers(
            self._loop,
            head_time_max=bounds.head_time_max,
            idle_time_max=bounds.idle_time_max,
            on_end=self._close,
        )

    def connection_made(  # type: ignore[override]
        self, transport: asyncio.Transport
    ) -> None:
        """Takes a connection; where there are too many, another one ends for it.

        It is ended itself where all others have requests in work.
        """
        draining = self._end_handshake is not None and self._end_handshake()
        if not self._state.has_room(self._bounds.connections_max):
            # NOTE: no answer, which would cost what is short: room and time.
            transport.abort()
            return
        self._transport = transport
        _bound_sending(transport, self._bounds.send_stall_max)
        self._reader = RequestReader(
            _peer_of(transport),
            on_request=self._take,
            on_wanted=self._ask_for_body,
            on_crowded=self._pause_reading,
        )
        self._state.connections.add(self)
        self._state.note_waiting(self)
        self._timers.note_head(begun=True)
        if draining:
            self.shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets a connection; what is in work learns that nobody waits for it."""
        del exc
        self._state.note_taken(self)
        if self._transport is None:
            return
        self._timers.stop()
        if self._turn is not None:
            self._turn.leave()
        self._pipeline.clear()
        self.resume_writing()
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        self._state.connections.discard(self)
        self._state.note_end()

    def data_received(self, data: bytes) -> None:
        """Takes what has come."""
        reader, transport = self._reader, self._transport
        if reader is None or transport is None or transport.is_closing():
            return
        if reader.upgraded:
            return
        self._timers.note_heard()
        try:
            reader.feed(data)
        except FramingError:
            self._refuse(transport)
            return
        self._timers.note_head(begun=reader.in_head)

    def pause_writing(self) -> None:
        """Has answers wait until the client takes what it was sent."""
        self._stalled = asyncio.Event()

    def resume_writing(self) -> None:
        """Lets answers go on."""
        if self._stalled is not None:
            self._stalled.set()
            self._stalled = None

    def shutdown(self) -> None:
        """Ends the connection with the answer that is due.

        An idle one is left open for a moment: a request may be on its way.
        """
        self._draining = True
        if self._turn is None:
            self._timers.shorten_idle(http_limits.DRAIN_IDLE)

    def abort(self) -> None:
        """Ends the connection now, whatever is due."""
        if self._transport is not None:
            self._transport.abort()

    def _take(self, turn: Turn) -> None:
        """Begins a request, or lets it wait for the one before it."""
        if len(self._pipeline) >= http_limits.PIPELINED_MAX:
            raise FramingError("pipelined_too_many")
        self._state.note_taken(self)
        if self._turn is None:
            self._start(turn)
        else:
            self._pause_reading()
            self._pipeline.append(turn)

    def _start(self, turn: Turn) -> None:
        self._turn = turn
        # NOTE: it leaves when it has answered; a callback would be a turn of the loop.
        turn.task = task = self._loop.create_task(self._answer(turn))
        self._state.tasks.add(task)

    async def _answer(self, turn: Turn) -> None:
        """Answers a request; one that cannot be answered ends the connection."""
        transport = self._transport
        assert transport is not None, "a request has come over it"
        try:
            answer, request_id = await self._app.respond(turn)
            if self._stalled is not None:
                await self._stalled.wait()
            if not turn.left:
                self._send(turn, answer, request_id, transport)
        except Exception:  # noqa: BLE001 - whatever it is, it must not stay open.
            _log.exception("a request could not be answered")
            transport.abort()
        except BaseException:
            transport.abort()
            raise
        finally:
            assert turn.task is not None, "this runs in it"
            self._state.tasks.discard(turn.task)

    def _send(
        self, turn: Turn, answer: Answer, request_id: str, transport: asyncio.Transport
    ) -> None:
        """Sends an answer, and goes on with the next request or waits for it."""
        ends = answer.close or self._draining or not turn.keep_alive
        transport.write(
            self._write(
                answer,
                request_id,
                close=ends,
                with_body=turn.received.method != "HEAD",
            )
        )
        if ends:
            transport.close()
        self._turn = None
        if self._pipeline and not transport.is_closing():
            self._resume_reading()
            self._start(self._pipeline.popleft())
            return
        self._state.note_waiting(self)
        if not transport.is_closing():
            if not self._reading:
                self._resume_reading()
            self._timers.begin_idle()

    def _ask_for_body(self, turn: Turn) -> None:
        """Lets a body come that somebody wants."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if turn.awaits_continue:
            turn.awaits_continue = False
            transport.write(CONTINUE)
        # NOTE: behind one that is whole there may be others, which wait.
        if not turn.whole:
            self._resume_reading()

    def _pause_reading(self) -> None:
        if self._reading and self._transport is not None:
            self._reading = False
            self._transport.pause_reading()

    def _resume_reading(self) -> None:
        if not self._reading and self._transport is not None:
            self._reading = True
            self._transport.resume_reading()

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _refuse(self, transport: asyncio.Transport) -> None:
        """Ends the connection, and says so unless that would be out of turn."""
        self._timers.note_head(begun=False)
        if self._turn is None:
            transport.write(_BAD_REQUEST)
        transport.close()


def _peer_of(transport: asyncio.Transport) -> Peer:
    """Returns what is known of the other end, whose TLS handshake is over."""
    name: object = transport.get_extra_info("peername")
    address = str(name[0]) if isinstance(name, tuple) and name else None
    tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
    certificate = None
    if tls is not None and tls.context.verify_mode is ssl.CERT_REQUIRED:
        certificate = tls.getpeercert(binary_form=True)
    return Peer(address, secure=tls is not None, certificate=certificate)


def _bound_sending(transport: asyncio.Transport, longest: timedelta) -> None:
    """Ends the connection of a client that takes nothing of what it is sent."""
    connected: socket.socket = transport.get_extra_info("socket")
    milliseconds = int(longest.total_seconds() * 1000)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
