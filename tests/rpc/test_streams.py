"""Calls that stay open: their proof, how many there are, and how they end.

SPEC: design 4 and 5; attacks G09, G15, G23; decision 0030.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.message import Message
from google.protobuf.wrappers_pb2 import BytesValue

from daypass.api.keyring.v1 import keyring_service_pb2 as keyring_pb
from daypass.api.session.v1 import session_service_pb2 as session_pb
from daypass.core.errors import RevocationViewStaleError
from daypass.rpc.methods import (
    KEYRING,
    SESSION,
    RpcInvocation,
    StreamHandler,
    own_streams,
)
from daypass.sts.caller import CallerKind
from support.door import AS_USER, Door

WATCH = f"{KEYRING}WatchKeySet"
REVOCATIONS = f"{SESSION}WatchRevocations"
SET = keyring_pb.WatchKeySetResponse(version=1)
MILLISECOND = timedelta(milliseconds=1)
Feed = AsyncGenerator[Message, None]


class Feeds:
    """Streams that send one message and wait, until they are told to go on."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.open = 0
        self.closed = 0
        self.first: Message = SET
        self.then: Callable[[], Feed] | None = None

    def handlers(self) -> dict[str, StreamHandler[Any]]:
        """Returns the handlers."""
        return {
            WATCH: StreamHandler(keyring_pb.WatchKeySetRequest, self._opened),
            REVOCATIONS: StreamHandler(
                session_pb.WatchRevocationsRequest, self._opened
            ),
        }

    async def _opened(self, invocation: RpcInvocation, message: Message) -> Feed:
        del message
        assert invocation.caller is not None
        return self._feed()

    async def _feed(self) -> Feed:
        self.open += 1
        try:
            yield self.first
            await self.go_on.wait()
            if self.then is not None:
                async for each in self.then():
                    yield each
        finally:
            self.closed += 1


@pytest.fixture
def feeds() -> Feeds:
    """Returns the streams."""
    return Feeds()


def watch(
    channel: grpc.aio.Channel, method: str = WATCH, body: bytes = b"", **more: Any
) -> Any:
    """Opens a stream."""
    call: Any = channel.unary_stream(method)
    return call(body, **{"metadata": AS_USER, "timeout": 15, **more})


async def ends_with(call: Any) -> grpc.StatusCode:
    """Reads a stream to its end, and returns how it ended."""
    try:
        while await call.read() is not grpc.aio.EOF:
            pass
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def test_streams_are_those_two() -> None:
    """Two methods stream."""
    assert {WATCH, REVOCATIONS} == set(own_streams())


@pytest.mark.parametrize("method", [WATCH, REVOCATIONS])
async def test_without_proof_refused(feeds: Feeds, method: str) -> None:
    """A stream without proof is not opened."""
    async with Door(streams=feeds.handlers()) as door, door.channel() as channel:
        code = await ends_with(watch(channel, method, metadata=()))

    assert grpc.StatusCode.UNAUTHENTICATED is code
    assert 0 == feeds.open


@pytest.mark.parametrize("kind", list(CallerKind))
async def test_g15_kinds_of_caller(feeds: Feeds, kind: CallerKind) -> None:
    """G15: the access table decides about streams too, and a refusal is on record."""
    strangers = {
        CallerKind.FEDERATED_USER_SESSION,
        CallerKind.ROOT_TASK_SESSION,
        CallerKind.DELEGATED_SESSION,
    }
    feeds.go_on.set()
    async with Door(streams=feeds.handlers()) as door, door.channel() as channel:
        call = watch(channel, metadata=(("authorization", kind.name),))
        code = await ends_with(call)

    refused = kind in strangers
    assert (code is grpc.StatusCode.PERMISSION_DENIED) == refused
    assert int(refused) == len(door.audit.records)


async def test_proof_is_over_empty_string(feeds: Feeds) -> None:
    """The proof of a stream covers the empty string, whatever the request says."""
    feeds.go_on.set()
    body = session_pb.WatchRevocationsRequest(sequence=7).SerializeToString()
    async with Door(streams=feeds.handlers()) as door, door.channel() as channel:
        await ends_with(watch(channel, REVOCATIONS, body))

    assert [b""] == door.authenticator.bodies


async def test_garbage_refused(feeds: Feeds) -> None:
    """A request that is no message of the method's is refused."""
    async with Door(streams=feeds.handlers()) as door, door.channel() as channel:
        code = await ends_with(watch(channel, REVOCATIONS, b"\xff"))

    assert grpc.StatusCode.INVALID_ARGUMENT is code


@pytest.mark.parametrize(
    ("bound", "detail"),
    [("streams_max", "streams_full"), ("per_caller_max", "streams_of_caller")],
)
async def test_too_many_refused(feeds: Feeds, bound: str, detail: str) -> None:
    """One stream more than there may be is refused, and one that ends makes room."""
    async with (
        Door(streams=feeds.handlers(), bounds={bound: 2}) as door,
        door.channel() as channel,
    ):
        held = [watch(channel) for _ in range(2)]
        for call in held:
            await call.read()

        assert grpc.StatusCode.RESOURCE_EXHAUSTED is await ends_with(watch(channel))
        (refused,) = [outcome.error for _, outcome in door.calls.finished]
        assert refused is not None
        assert detail == refused.detail

        held[0].cancel()
        while door.streams.streams > 1:
            await asyncio.sleep(0)
        assert SET.SerializeToString() == await watch(channel).read()


async def test_stream_ends_when_it_is_old(feeds: Feeds) -> None:
    """A stream ends well after its time, and what it was made of is let go."""
    async with (
        Door(streams=feeds.handlers(), bounds={"age_max": 50 * MILLISECOND}) as door,
        door.channel() as channel,
    ):
        code = await ends_with(watch(channel))

    assert grpc.StatusCode.OK is code
    assert (1, 1, 0) == (feeds.open, feeds.closed, door.streams.streams)


async def test_drain_ends_streams(feeds: Feeds) -> None:
    """G23: a server that drains ends its streams at once, and opens no more."""
    async with Door(streams=feeds.handlers()) as door, door.channel() as channel:
        held = watch(channel)
        await held.read()

        door.dispatcher.drain()

        assert grpc.StatusCode.OK is await ends_with(held)
        assert grpc.StatusCode.UNAVAILABLE is await ends_with(watch(channel))


async def test_drain_cuts_the_first_message_short(feeds: Feeds) -> None:
    """G23: a stream ends whose first message is on its way when the server drains."""
    # More than a client that does not read makes room for.
    feeds.first = BytesValue(value=bytes(1 << 20))
    async with Door(streams=feeds.handlers()) as door, door.channel() as channel:
        held = watch(channel)
        while not feeds.open:
            await asyncio.sleep(0)

        door.dispatcher.drain()

        while door.streams.streams:
            await asyncio.sleep(0)
        assert grpc.StatusCode.OK is await ends_with(held)


async def test_cancelled_by_client(feeds: Feeds) -> None:
    """A client that goes away leaves nothing behind."""
    async with Door(streams=feeds.handlers()) as door, door.channel() as channel:
        held = watch(channel)
        await held.read()
        held.cancel()

        while door.streams.streams:
            await asyncio.sleep(0)

    assert 1 == feeds.closed


async def test_error_on_the_way(feeds: Feeds) -> None:
    """What ends a stream on the way is its status, with what a client may know."""

    async def fail() -> Feed:
        raise RevocationViewStaleError("revocation_view_stale", retry_after=MILLISECOND)
        yield SET

    feeds.then = fail
    feeds.go_on.set()
    async with Door(streams=feeds.handlers()) as door, door.channel() as channel:
        call = watch(channel)
        assert SET.SerializeToString() == await call.read()

        assert grpc.StatusCode.UNAVAILABLE is await ends_with(call)
    assert ["UNAVAILABLE"] == [outcome.code for _, outcome in door.calls.finished]


async def test_g09_client_that_does_not_read(feeds: Feeds) -> None:
    """G09: a client that takes nothing is let go, and holds one message till then."""
    large = keyring_pb.WatchKeySetResponse(keys=[keyring_pb.Jwk(n="n" * 1_000_000)])
    sent = 0

    async def flood() -> Feed:
        nonlocal sent
        while True:
            sent += 1
            yield large

    feeds.then = flood
    feeds.go_on.set()
    bounds = {"send_time_max": 200 * MILLISECOND}
    async with (
        Door(streams=feeds.handlers(), bounds=bounds) as door,
        door.channel() as channel,
    ):
        call = watch(channel)
        await call.read()
        while door.streams.streams:
            await asyncio.sleep(0.01)

        assert sent < 64
        assert ["RESOURCE_EXHAUSTED"] == [
            outcome.code for _, outcome in door.calls.finished
        ]
        call.cancel()
