"""What one connection, and all of them, may ask for at once (attacks G12, G21)."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
from google.protobuf.message import Message

from daypass.api.sts.v1.sts_service_pb2 import (
    GetAccessKeyInfoRequest,
    GetAccessKeyInfoResponse,
    GetCallerIdentityResponse,
)
from daypass.core import limits
from daypass.core.log_context import call_fields
from daypass.rpc.methods import HEALTH, STS, RpcInvocation
from support.door import AS_USER, Door, HeldCalls

METHOD = f"{STS}GetCallerIdentity"


async def test_stream_past_limit_waits(door: Door) -> None:
    """The 101st call of a connection waits until another is done, and is answered."""
    held = HeldCalls(GetCallerIdentityResponse())
    door.behaviours[METHOD] = held
    async with door.channel() as channel:
        ask: Any = channel.unary_unary(METHOD)
        calls = [
            ask(b"", metadata=AS_USER, timeout=15)
            for _ in range(limits.STREAMS_PER_CONNECTION_MAX + 1)
        ]
        await held.wait_held(limits.STREAMS_PER_CONNECTION_MAX)
        # Another connection is not held up, and by its answer the 101st call would
        # have come in.
        await door.call(f"{HEALTH}Check", metadata=())
        held_before = held.held_most
        held.let_go()
        replies = await asyncio.gather(*calls)

    assert limits.STREAMS_PER_CONNECTION_MAX == held_before
    assert limits.STREAMS_PER_CONNECTION_MAX + 1 == len(replies)


async def test_full_worker_sheds() -> None:
    """A call that finds the worker full is told when to come back."""
    async with Door(concurrent_calls_max=2) as door:
        held = HeldCalls(GetCallerIdentityResponse())
        door.behaviours[METHOD] = held
        async with asyncio.TaskGroup() as group:
            for _ in range(2):
                group.create_task(door.call(METHOD))
            await held.wait_held(2)
            error = await door.refusal(METHOD)
            held.let_go()

    assert grpc.StatusCode.RESOURCE_EXHAUSTED is error.code()
    trailers = dict(error.trailing_metadata() or ())
    assert "100" == trailers["grpc-retry-pushback-ms"]


async def test_worker_not_full_answers() -> None:
    """A worker with room for one more call takes it."""
    async with Door(concurrent_calls_max=2) as door:
        held = HeldCalls(GetCallerIdentityResponse())
        door.behaviours[METHOD] = held
        async with asyncio.TaskGroup() as group:
            group.create_task(door.call(METHOD))
            await held.wait_held(1)
            group.create_task(door.call(METHOD))
            await held.wait_held(2)
            held.let_go()

    assert 2 == held.held_most


async def test_full_worker_is_healthy() -> None:
    """A health check is answered by a full worker, so that nobody restarts it."""
    async with Door(concurrent_calls_max=0) as door:
        reply = await door.call(f"{HEALTH}Check", metadata=())

    assert b"\x08\x01" == reply


async def test_failed_calls_leave_room(door: Door) -> None:
    """Calls that fail are counted out like those that succeed."""
    for _ in range(3):
        await door.refusal(METHOD, metadata=())

    assert 0 == door.dispatcher.calls_in_work


async def test_calls_keep_apart(door: Door) -> None:
    """What is bound to one call is not seen by another that runs beside it."""
    method = f"{STS}GetAccessKeyInfo"
    everyone = asyncio.Barrier(20)

    async def echo(
        invocation: RpcInvocation, message: GetAccessKeyInfoRequest
    ) -> Message:
        await everyone.wait()
        assert invocation.call.request_id == call_fields()["request_id"]
        return GetAccessKeyInfoResponse(account=message.access_key_id)

    door.behaviours[method] = echo
    names = [f"key-{number}" for number in range(20)]
    replies = await asyncio.gather(
        *(
            door.call(
                method, GetAccessKeyInfoRequest(access_key_id=name).SerializeToString()
            )
            for name in names
        )
    )

    assert names == [
        GetAccessKeyInfoResponse.FromString(reply).account for reply in replies
    ]


async def test_answer_names_call(door: Door) -> None:
    """A good answer carries the request id that the handler saw."""
    async with door.channel() as channel:
        ask: Any = channel.unary_unary(METHOD)
        call = ask(b"", metadata=AS_USER, timeout=15)
        await call
        trailers = dict(await call.trailing_metadata())

    _, invocation, _ = door.handled[0]
    assert invocation.call.request_id == trailers["x-amzn-requestid"]


async def test_facts_from_connection(door: Door) -> None:
    """The address is the peer's, whatever a header claims (attacks G28)."""
    metadata = (*AS_USER, ("x-forwarded-for", "203.0.113.9"), ("x-real-ip", "::9"))

    await door.call(METHOD, metadata=metadata)

    _, invocation, _ = door.handled[0]
    assert "127.0.0.1" == invocation.call.source_address
    assert not invocation.call.secure_transport
    assert "grpc-python" in str(invocation.call.user_agent)


async def test_observer_told_once(door: Door) -> None:
    """The observer learns of each call once, and of unknown methods by one name."""
    await door.call(METHOD)
    await door.refusal("/made.up.Service/Label")

    assert [METHOD, "unknown"] == door.calls.started
    assert [(METHOD, "OK"), ("unknown", "UNIMPLEMENTED")] == [
        (method, outcome.code) for method, outcome in door.calls.finished
    ]


async def test_full_audit_keeps_refusal(door: Door) -> None:
    """A refusal stays a refusal when it cannot be recorded."""
    door.audit.full = True

    error = await door.refusal(
        f"{STS}AssumeRole", metadata=(("authorization", "ROOT"),)
    )

    assert grpc.StatusCode.PERMISSION_DENIED is error.code()


async def test_starts_are_told_to_who_sees_them(door: Door) -> None:
    """An observer that is to see no starts is told of ends alone."""
    door.calls.sees_starts = False

    await door.call(METHOD)

    assert ([], ["OK"]) == (
        door.calls.started,
        [outcome.code for _, outcome in door.calls.finished],
    )
