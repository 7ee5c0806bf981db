"""Without a proof nothing is answered but what the table opens (attacks G14, G15)."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from daypass.rpc.access import ACCESS
from daypass.rpc.methods import HEALTH, REFLECTION, STS, own_methods
from daypass.rpc.unimplemented import UNIMPLEMENTED
from daypass.sts.access_rules import Unproven
from support.door import Door

PROVEN = sorted(
    method for method in own_methods() if not isinstance(ACCESS[method], Unproven)
)
STRANGE_PATHS = (
    f"{STS}AssumeRole/",
    f"{STS}assumerole",
    f"/{STS}AssumeRole",
    f"{STS}NoSuchMethod",
    "/no.such.Service/Method",
    "/grpc.channelz.v1.Channelz/GetServers",
)


@pytest.mark.parametrize("method", PROVEN)
async def test_unproven_call_refused(door: Door, method: str) -> None:
    """A method that needs a proof refuses a call without, before its handler."""
    error = await door.refusal(method, metadata=())

    assert grpc.StatusCode.UNAUTHENTICATED is error.code()
    assert [] == door.handled


@pytest.mark.parametrize("method", STRANGE_PATHS)
async def test_unknown_method_unproven(door: Door, method: str) -> None:
    """Whoever has no proof does not learn which methods there are."""
    error = await door.refusal(method, metadata=())

    assert grpc.StatusCode.UNAUTHENTICATED is error.code()


@pytest.mark.parametrize("method", STRANGE_PATHS)
async def test_unknown_method_proven(door: Door, method: str) -> None:
    """A proven caller is told that there is no such method, and no more."""
    error = await door.refusal(method)

    assert grpc.StatusCode.UNIMPLEMENTED is error.code()
    assert "The operation is not available" == error.details()
    assert [] == door.handled


async def test_streamed_call_refused(door: Door) -> None:
    """A call that streams its request needs a proof like any other."""
    async with door.channel() as channel:
        call: Any = channel.stream_stream("/no.such.Service/Stream")(
            iter(()), timeout=15
        )
        code = await call.code()

    assert grpc.StatusCode.UNAUTHENTICATED is code


async def test_reflection_off(door: Door) -> None:
    """Reflection is off unless it is asked for."""
    error = await door.refusal(f"{REFLECTION}ServerReflectionInfo")

    assert grpc.StatusCode.UNIMPLEMENTED is error.code()


@pytest.mark.parametrize(
    "method",
    sorted(
        method
        for method, rule in ACCESS.items()
        if isinstance(rule, Unproven)
        and method not in UNIMPLEMENTED
        and not method.startswith(REFLECTION)
        and method != f"{HEALTH}Watch"
    ),
)
async def test_open_method_answers(door: Door, method: str) -> None:
    """An open method answers without a proof and asks for none."""
    await door.call(method, metadata=())

    assert [] == door.authenticator.bodies
