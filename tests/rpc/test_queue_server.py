"""The life of calls on the completion queue, and what is left of them (G17, G22)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from typing import Any

import grpc
import grpc.aio
import pytest

from daypass.core import engine_limits
from daypass.rpc.cq.call import QueueCall
from daypass.rpc.cq.server import QueueServer
from daypass.rpc.engine import Engine
from daypass.rpc.server_options import server_options
from support.http2_frames import (
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    RST_STREAM,
    RawConnection,
    frame,
    grpc_headers,
)

ENGINES = (Engine.CQ,)
METHOD = "/some.Service/Method"
EMPTY_MESSAGE = b"\x00" * 5
Answer = Callable[[QueueCall], Awaitable[bytes]]


class Router(grpc.GenericRpcHandler):
    """Answers every method in one way, except for one that is not there."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def service(self, handler_call_details: Any) -> Any:
        """Returns the handler."""
        if handler_call_details.method != METHOD:
            return None

        async def behave(_: object, context: Any) -> bytes:
            return await self.answer(context)

        return grpc.stream_unary_rpc_method_handler(behave)


async def echo(call: QueueCall) -> bytes:
    """Answers with what was sent."""
    message: bytes = await call.read()
    return message


class Server:
    """A server on the queue, on a free port."""

    def __init__(self) -> None:
        self.router = Router(echo)
        self.server = QueueServer(options=server_options(reuse_port=False))
        self.server.add_generic_rpc_handlers((self.router,))
        self.port = self.server.add_insecure_port("127.0.0.1:0")

    @property
    def idle(self) -> bool:
        """Whether nothing is left of any call: no task, and no operation but asking."""
        pump = self.server._pump
        assert pump is not None
        return (
            not self.server._tasks and pump.outstanding == engine_limits.CALLS_ASKED_FOR
        )

    async def wait_idle(self) -> None:
        """Returns when nothing is left of any call."""
        async with asyncio.timeout(15):
            while not self.idle:
                await asyncio.sleep(0.005)

    def channel(self) -> grpc.aio.Channel:
        """Returns a connection of its own."""
        return grpc.aio.insecure_channel(
            f"127.0.0.1:{self.port}", options=(("grpc.use_local_subchannel_pool", 1),)
        )


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Yields a server that listens, and stops it."""
    made = Server()
    await made.server.start()
    yield made
    await made.server.stop(0)


async def call(channel: grpc.aio.Channel, body: bytes = b"", **more: Any) -> Any:
    """Calls the method."""
    ask: Any = channel.unary_unary(more.pop("method", METHOD))
    return await ask(body, timeout=15, **more)


async def refusal(server: Server, **more: Any) -> grpc.aio.AioRpcError:
    """Calls the method, and returns the error that it must fail with."""
    async with server.channel() as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(channel, **more)
    return caught.value


async def test_method_without_handler(server: Server) -> None:
    """A method that no handler knows is not implemented."""
    error = await refusal(server, method="/some.Service/Other")

    assert (grpc.StatusCode.UNIMPLEMENTED, "") == (error.code(), error.details())


async def test_handler_that_fails(server: Server) -> None:
    """What a handler raises is not told to the caller, who is answered."""

    async def fail(_: QueueCall) -> bytes:
        raise ValueError("canary-1f70")

    server.router.answer = fail
    error = await refusal(server)

    assert grpc.StatusCode.INTERNAL is error.code()
    assert "canary-1f70" not in repr(error)


@pytest.mark.parametrize("answer", [None, "text", 7])
async def test_answer_that_cannot_be_sent(server: Server, answer: Any) -> None:
    """An answer that is no bytes ends the call with a status."""

    async def odd(_: QueueCall) -> bytes:
        return answer  # type: ignore[no-any-return]

    server.router.answer = odd
    error = await refusal(server)

    assert grpc.StatusCode.INTERNAL is error.code()
    await server.wait_idle()


async def test_trailers_that_cannot_be_sent(server: Server) -> None:
    """Trailers that gRPC refuses end the call with a status, and no other call."""

    async def odd(call: QueueCall) -> bytes:
        call.set_trailing_metadata((("Not A Key", "value"),))
        return b""

    server.router.answer = odd
    error = await refusal(server)
    server.router.answer = echo
    async with server.channel() as channel:
        reply = await call(channel, b"next")

    assert grpc.StatusCode.INTERNAL is error.code()
    assert b"next" == reply


async def test_answers_many_at_once(server: Server) -> None:
    """More calls than are asked for at once are all answered, each its own way."""
    bodies = [str(number).encode() for number in range(480)]
    async with contextlib.AsyncExitStack() as opened:
        channels = [
            await opened.enter_async_context(server.channel()) for _ in range(6)
        ]
        replies = await asyncio.gather(
            *(call(channels[number % 6], body) for number, body in enumerate(bodies))
        )

    assert bodies == replies
    await server.wait_idle()


async def test_calls_are_begun_in_turns(server: Server) -> None:
    """Whoever else is ready has a turn after a few calls, however many came in."""
    begun, seen = 0, list[int]()

    async def count(call: QueueCall) -> bytes:
        nonlocal begun
        begun += 1
        return await echo(call)

    async def rival() -> None:
        while True:
            seen.append(begun)
            await asyncio.sleep(0)

    server.router.answer = count
    async with server.channel() as channel:
        other = asyncio.create_task(rival())
        await asyncio.gather(*(call(channel) for _ in range(60)))
        other.cancel()

    assert 60 == begun
    assert engine_limits.CALLS_BEGUN_PER_TURN_MAX >= max(
        after - before for before, after in pairwise(seen)
    )


async def test_cancelled_calls_leave_nothing(server: Server) -> None:
    """G17: calls that are cancelled at any point leave no task and no operation."""
    entered = 0

    async def hold(call: QueueCall) -> bytes:
        nonlocal entered
        await call.read()
        entered += 1
        await asyncio.get_running_loop().create_future()
        return b""

    server.router.answer = hold
    async with server.channel() as channel:
        for lateness in range(200):
            ask: Any = channel.unary_unary(METHOD)
            held = ask(b"", timeout=15)
            for _ in range(lateness % 8):
                await asyncio.sleep(0)
            held.cancel()
        await server.wait_idle()
        ask = channel.unary_unary(METHOD)
        last = ask(b"", timeout=15)
        before = entered
        while entered == before:
            await asyncio.sleep(0.005)
        last.cancel()
        await server.wait_idle()


async def test_reset_before_message(server: Server) -> None:
    """A stream that is reset before its message comes leaves nothing."""
    async with RawConnection(server.port) as raw:
        for stream in range(1, 200, 2):
            block = grpc_headers(METHOD)
            raw.writer.write(frame(HEADERS, END_HEADERS, stream, block))
            raw.writer.write(frame(RST_STREAM, 0, stream, (8).to_bytes(4, "big")))
        await raw.writer.drain()
        async with server.channel() as channel:
            assert b"x" == await call(channel, b"x")
        await server.wait_idle()


async def test_no_message_at_all(server: Server) -> None:
    """A call that ends its side without a message is told to its handler as that."""
    read: list[Any] = []

    async def note(call: QueueCall) -> bytes:
        read.extend([await call.read(), await call.read()])
        return b""

    server.router.answer = note
    async with RawConnection(server.port) as raw, asyncio.timeout(10):
        block = grpc_headers(METHOD)
        raw.writer.write(frame(HEADERS, END_HEADERS | END_STREAM, 1, block))
        await raw.stream_end(1)

    assert [grpc.aio.EOF, grpc.aio.EOF] == read
    await server.wait_idle()


async def test_connection_lost_in_work(server: Server) -> None:
    """Calls of a connection that breaks are cancelled, and leave nothing."""
    ended: list[str] = []

    async def hold(call: QueueCall) -> bytes:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.append(call.method)
        return b""

    server.router.answer = hold
    async with RawConnection(server.port) as raw:
        for stream in (1, 3, 5):
            block = grpc_headers(METHOD)
            raw.writer.write(frame(HEADERS, END_HEADERS, stream, block))
            raw.writer.write(frame(DATA, END_STREAM, stream, EMPTY_MESSAGE))
        await raw.writer.drain()
        while len(server.server._tasks) < 3:
            await asyncio.sleep(0.005)
    await server.wait_idle()

    assert [METHOD] * 3 == ended


async def test_expired_call_not_answered(server: Server) -> None:
    """A call whose deadline is over is ended where it waits."""
    ended = asyncio.Event()

    async def hold(call: QueueCall) -> bytes:
        left = call.time_remaining()
        assert left is not None
        assert left <= 0.1
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            ended.set()
        return b""

    server.router.answer = hold
    async with server.channel() as channel:
        ask: Any = channel.unary_unary(METHOD)
        codes = set()
        async with asyncio.timeout(10):
            # A busy machine may not even begin a call in its time.
            while not ended.is_set():
                codes.add(await ask(b"", timeout=0.1).code())
                await asyncio.sleep(0.05)

    assert {grpc.StatusCode.DEADLINE_EXCEEDED} == codes
    await server.wait_idle()


async def test_no_deadline(server: Server) -> None:
    """A call without a deadline has no time that remains."""
    left: list[float | None] = []

    async def note(call: QueueCall) -> bytes:
        left.append(call.time_remaining())
        return b""

    server.router.answer = note
    async with server.channel() as channel:
        ask: Any = channel.unary_unary(METHOD)
        await ask(b"")

    assert [None] == left


async def test_drain_loses_no_call(server: Server) -> None:
    """G22: what was taken before the server drains is answered, and it stops then."""
    go_on = asyncio.Event()

    async def hold(call: QueueCall) -> bytes:
        await go_on.wait()
        return await echo(call)

    server.router.answer = hold
    async with server.channel() as channel:
        calls = [
            asyncio.ensure_future(call(channel, str(number).encode()))
            for number in range(50)
        ]
        while len(server.server._tasks) < 50:
            await asyncio.sleep(0.005)
        stopping = asyncio.ensure_future(server.server.stop(15))
        assert not await server.server.wait_for_termination(timeout=0.05)
        go_on.set()
        replies = await asyncio.gather(*calls)
        await stopping

    assert [str(number).encode() for number in range(50)] == replies
    assert await server.server.wait_for_termination()


async def test_stop_before_start() -> None:
    """A server that never listened stops."""
    server = QueueServer(options=server_options(reuse_port=False))

    await server.stop(1)

    assert await server.wait_for_termination()


async def test_many_servers_in_turn() -> None:
    """A server that has stopped leaves its address to the next one."""
    port = 0
    for _ in range(5):
        server = QueueServer(options=server_options(reuse_port=False))
        server.add_generic_rpc_handlers((Router(echo),))
        port = server.add_insecure_port(f"127.0.0.1:{port}")
        await server.start()
        async with grpc.aio.insecure_channel(
            f"127.0.0.1:{port}", options=(("grpc.use_local_subchannel_pool", 1),)
        ) as channel:
            assert b"x" == await call(channel, b"x")
        await server.stop(0)
