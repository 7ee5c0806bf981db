"""Whatever a handler raises, the caller learns nothing from it (attacks G16)."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from daypass.core.errors import RejectedError, StoreUnavailableError
from daypass.rpc.methods import STS, RpcInvocation
from support.door import Door

METHOD = f"{STS}GetCallerIdentity"
CANARY = "canary-5be1"


class OddError(BaseException):
    """An exception that is not an `Exception`."""


FAULTS: tuple[BaseException, ...] = (
    ValueError(CANARY),
    KeyError(CANARY),
    AssertionError(CANARY),
    OSError(CANARY),
    MemoryError(CANARY),
    RecursionError(CANARY),
    StopIteration(CANARY),
    TimeoutError(CANARY),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, CANARY),
    ExceptionGroup(CANARY, [ValueError(CANARY)]),
    BaseExceptionGroup(CANARY, [OddError(CANARY)]),
    OddError(CANARY),
    GeneratorExit(CANARY),
    asyncio.CancelledError(CANARY),
    grpc.RpcError(CANARY),
    grpc.aio.AbortError(CANARY),
)


async def _refused(door: Door, fault: BaseException) -> grpc.aio.AioRpcError:
    async def fail(_: RpcInvocation, __: Any) -> Message:
        raise fault

    door.behaviours[METHOD] = fail
    error: grpc.aio.AioRpcError = await door.refusal(METHOD)
    return error


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
async def test_fault_is_opaque(door: Door, fault: BaseException) -> None:
    """An exception of any type becomes INTERNAL with a fixed text."""
    error = await _refused(door, fault)

    assert grpc.StatusCode.INTERNAL is error.code()
    assert (
        "The request processing has failed because of an internal error"
        == error.details()
    )
    assert CANARY not in repr(error) + repr(error.trailing_metadata())


async def test_fault_names_call(door: Door) -> None:
    """The details of a fault hold the request id and nothing of the cause."""
    error = await _refused(door, ValueError(CANARY))

    status = rpc_status.from_call(error)
    assert status is not None
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert 1 == len(status.details)
    assert ("InternalFailure", "sts.daypass.dev") == (info.reason, info.domain)
    request_id = dict(error.trailing_metadata() or ())["x-amzn-requestid"]
    assert {"request_id": request_id, "http_status": "500"} == dict(info.metadata)


async def test_fault_reaches_operator(door: Door) -> None:
    """The observer is given the exception that the caller was not shown."""
    fault = ValueError(CANARY)

    await _refused(door, fault)

    method, outcome = door.calls.finished[-1]
    assert (METHOD, "INTERNAL") == (method, outcome.code)
    assert fault is outcome.fault


@pytest.mark.parametrize("broken", ["authenticator", "observer", "entropy"])
async def test_broken_part_is_opaque(door: Door, broken: str) -> None:
    """A fault in a part of the door itself is as opaque as one in a handler."""

    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise ValueError(CANARY)

    setattr(door.dispatcher, f"_{broken}", Broken())
    error = await door.refusal(METHOD)

    assert grpc.StatusCode.INTERNAL is error.code()
    assert CANARY not in repr(error) + repr(error.trailing_metadata())


async def test_error_without_row_is_opaque(door: Door) -> None:
    """An error that somebody forgot to give a row is a fault like any other."""

    class ForgottenError(RejectedError):
        """An error without a row."""

        def __init__(self) -> None:
            Exception.__init__(self, CANARY)

    error = await _refused(door, ForgottenError())

    assert grpc.StatusCode.INTERNAL is error.code()
    assert CANARY not in repr(error) + repr(error.trailing_metadata())


async def test_detail_stays_inside(door: Door) -> None:
    """The inner reason of an error is for logs and does not reach the caller."""
    error = await _refused(door, StoreUnavailableError(CANARY))

    assert grpc.StatusCode.UNAVAILABLE is error.code()
    assert CANARY not in repr(error) + repr(error.trailing_metadata())


async def test_failure_without_headers(door: Door) -> None:
    """A failed call sends trailers only, or clients would not retry it."""
    async with door.channel() as channel:
        ask: Any = channel.unary_unary(METHOD)
        call = ask(b"", timeout=15)
        code = await call.code()
        headers = await call.initial_metadata()

    assert grpc.StatusCode.UNAUTHENTICATED is code
    assert () == tuple(headers)
