"""Every call ends: by its deadline, by ours, or by its caller (attacks G09, G10)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import grpc
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

from daypass.api.sts.v1.sts_service_pb2 import GetCallerIdentityResponse
from daypass.rpc.methods import STS
from support.door import AS_USER, Door, HeldCalls

METHOD = f"{STS}GetCallerIdentity"
SHORT = timedelta(milliseconds=50)
LONG = timedelta(hours=1)


def _hold(door: Door) -> HeldCalls:
    held = HeldCalls(GetCallerIdentityResponse())
    door.behaviours[METHOD] = held
    return held


async def test_missing_deadline_given() -> None:
    """A call that names no deadline gets the default one."""
    async with Door(deadline_default=SHORT, deadline_max=LONG) as door:
        held = _hold(door)

        error = await door.refusal(METHOD, timeout=None)

    assert grpc.StatusCode.DEADLINE_EXCEEDED is error.code()
    assert 0 == held.held


async def test_long_deadline_lowered() -> None:
    """A call that asks for more time than we allow gets what we allow."""
    async with Door(deadline_default=LONG, deadline_max=SHORT) as door:
        _hold(door)

        error = await door.refusal(METHOD, timeout=99_999_999)

    assert grpc.StatusCode.DEADLINE_EXCEEDED is error.code()


async def test_deadline_named_in_details() -> None:
    """A call that we end says so like any other refusal."""
    async with Door(deadline_default=SHORT) as door:
        _hold(door)

        error = await door.refusal(METHOD, timeout=None)

    status = rpc_status.from_call(error)
    assert status is not None
    info = ErrorInfo()
    assert status.details[0].Unpack(info)
    assert "RequestTimeout" == info.reason


async def test_message_awaited_in_deadline() -> None:
    """A call that is opened and never sends its message is ended as well."""
    async with Door(deadline_default=SHORT) as door, door.channel() as channel:
        call: Any = channel.stream_unary(METHOD)(metadata=AS_USER)

        code = await call.code()

    assert grpc.StatusCode.DEADLINE_EXCEEDED is code
    assert [] == door.authenticator.bodies


async def test_cancellation_let_through(door: Door) -> None:
    """A call that its caller gives up is cancelled where it waits, and counted."""
    held = _hold(door)
    finished = _tell_finished(door)
    async with door.channel() as channel:
        ask: Any = channel.unary_unary(METHOD)
        call = ask(b"", metadata=AS_USER, timeout=15)
        await held.wait_held(1)

        call.cancel()
        outcome = await finished

    assert ("CANCELLED", None) == (outcome.code, outcome.fault)
    assert (0, 0) == (held.held, door.dispatcher.calls_in_work)


def _tell_finished(door: Door) -> asyncio.Future[Any]:
    finished: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    observe = door.calls.call_finished

    def tell(method: str, call: Any, outcome: Any) -> None:
        observe(method, call, outcome)
        # The call is counted out before its end is told.
        finished.set_result(outcome)

    door.calls.call_finished = tell  # type: ignore[method-assign]
    return finished
