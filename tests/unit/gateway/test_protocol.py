"""A connection whose transport and application do what a test says."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import Any

import pytest

from daypass.core import http_limits
from daypass.gateway.answer_writer import AnswerWriter
from daypass.gateway.connections import ConnectionBounds, Connections
from daypass.gateway.exchange import Answer
from daypass.gateway.protocol import BoundedProtocol
from daypass.gateway.turn import Turn
from support.world import ManualClock

ASKED = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
BODY = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n"


class ScriptedTransport(asyncio.Transport):
    """A transport that keeps what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False
        self.aborted = False
        self.reading = True
        self._socket = socket.socket()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Returns the socket or the address of a client."""
        known = {"socket": self._socket, "peername": ("192.0.2.1", 9)}
        return known.get(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keeps what is sent."""
        self.written.append(bytes(data))

    def close(self) -> None:
        """Takes note of the end."""
        self.closed = True
        self._socket.close()

    def abort(self) -> None:
        """Takes note of the end."""
        self.aborted = True
        self.close()

    def is_closing(self) -> bool:
        """Tells whether it was ended."""
        return self.closed

    def pause_reading(self) -> None:
        """Takes note."""
        assert self.reading
        self.reading = False

    def resume_reading(self) -> None:
        """Takes note."""
        assert not self.reading
        self.reading = True


class ScriptedApp:
    """An application that answers when it is let."""

    def __init__(self) -> None:
        self.writer = AnswerWriter(ManualClock())
        self.turns: list[Turn] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.fault: BaseException | None = None
        self.answer = Answer(200)

    async def respond(self, turn: Turn) -> tuple[Answer, str]:
        """Answers, or fails."""
        self.turns.append(turn)
        await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        return self.answer, "id-1"


class Connected:
    """A connection of a scripted client with a scripted application."""

    def __init__(self) -> None:
        self.app = ScriptedApp()
        self.state = Connections()
        self.transport = ScriptedTransport()
        self.protocol = BoundedProtocol(self.app, self.state, ConnectionBounds())
        self.protocol.connection_made(self.transport)

    async def send(self, data: bytes) -> None:
        """Lets the client send, and the application work."""
        self.protocol.data_received(data)
        await self.turn()

    async def turn(self) -> None:
        """Lets the loop go on until all that can be done is done."""
        for _ in range(10):
            await asyncio.sleep(0)

    def lose(self) -> None:
        """Ends the connection, as a loop does it."""
        self.transport.close()
        self.protocol.connection_lost(None)


@pytest.fixture
async def link() -> Any:
    """Yields a connection."""
    found = Connected()
    yield found
    found.lose()
    assert 0 == found.state.count


async def test_answer_is_one_write(link: Connected) -> None:
    """Head and body of an answer leave together."""
    link.app.answer = Answer(200, b"<a/>", "text/xml")

    await link.send(ASKED)

    (written,) = link.transport.written
    assert written.startswith(b"HTTP/1.1 200 OK\r\n")
    assert written.endswith(b"\r\n\r\n<a/>")


async def test_pipelined_requests_wait(link: Connected) -> None:
    """A request is begun when the one before it is answered, and nothing is read."""
    link.app.gate.clear()

    await link.send(ASKED * 2)

    assert 1 == len(link.app.turns)
    assert not link.transport.reading
    link.app.gate.set()
    await link.turn()
    assert 2 == len(link.transport.written)
    assert link.transport.reading


async def test_whole_body_lets_none_come(link: Connected) -> None:
    """While others wait for their turn, to read a body that is whole reads no more."""
    link.app.gate.clear()
    await link.send(ASKED * 2)

    assert b"" == await link.app.turns[0].body(1.0)

    assert not link.transport.reading
    link.app.gate.set()
    await link.turn()


async def test_long_names_are_not_kept(link: Connected) -> None:
    """What is remembered of names of headers is short, however long they were."""
    long = b"X" * (http_limits.HEAD_BYTES_MAX // 2)

    await link.send(ASKED.replace(b"Host", long))
    await link.send(ASKED.replace(b"Host", long))

    found = [turn.received.headers[0][0] for turn in link.app.turns]
    assert [long.decode().lower()] * 2 == found
    assert found[0] is not found[1]


async def test_stalled_client(link: Connected) -> None:
    """What a client that takes nothing is owed waits until it takes something."""
    link.protocol.pause_writing()

    await link.send(ASKED)
    assert [] == link.transport.written

    link.protocol.resume_writing()
    await link.turn()
    assert 1 == len(link.transport.written)


async def test_stalled_client_leaves(link: Connected) -> None:
    """Nothing is written to a client that is gone."""
    link.protocol.pause_writing()
    await link.send(ASKED)

    link.lose()
    await link.turn()

    assert [] == link.transport.written
    assert link.app.turns[0].left
    assert set() == link.state.tasks


@pytest.mark.parametrize("lose", [True, False])
async def test_request_that_cannot_be_answered(
    link: Connected, caplog: pytest.LogCaptureFixture, *, lose: bool
) -> None:
    """A fault of the application itself is logged, and leaves no connection open."""
    # The linter of imports, which a test runs, turns all loggers off that there are.
    logging.getLogger("daypass.gateway.protocol").disabled = False
    link.app.fault = RuntimeError("broken")
    link.app.gate.clear()
    await link.send(ASKED)

    if lose:
        link.lose()
    link.app.gate.set()
    with caplog.at_level(logging.ERROR):
        await link.turn()

    assert link.transport.aborted
    assert [] == link.transport.written
    assert ["a request could not be answered"] == caplog.messages


async def test_cancelled_request(link: Connected) -> None:
    """A request that is cancelled ends its connection."""
    link.app.gate.clear()
    await link.send(ASKED)

    for task in link.state.tasks:
        task.cancel()
    await link.turn()

    assert link.transport.aborted
    assert set() == link.state.tasks


async def test_unread_body_is_bounded(link: Connected) -> None:
    """Of a body that nobody reads no more comes than there may be."""
    most = http_limits.UNREAD_BODY_BYTES_MAX
    await link.send(BODY)

    await link.send(b"a" * most)
    assert link.transport.reading

    await link.send(b"a")
    assert not link.transport.reading


async def test_body_that_is_read_comes(link: Connected) -> None:
    """A body that somebody reads comes in whole."""
    link.app.gate.clear()
    await link.send(BODY + b"a" * 100_000)
    assert not link.transport.reading

    reading = asyncio.ensure_future(link.app.turns[0].body(1.0))
    await link.turn()
    assert link.transport.reading
    await link.send(b"a" * 100_000)

    assert b"a" * 200_000 == await reading
    link.app.gate.set()
    await link.turn()
