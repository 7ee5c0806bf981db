"""Server reflection, through its standard stub, when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from daypass.rpc.methods import REFLECTION
from daypass.rpc.server import OWN_SERVICES, ServerSettings
from support.door import LOOPBACK, Door

REFLECTING = ServerSettings(LOOPBACK, reflection=True)


def _questions(**question: Any) -> Iterator[Any]:
    yield reflection_pb2.ServerReflectionRequest(**question)


async def test_services_listed() -> None:
    """Reflection lists our services and the standard ones."""
    async with Door(settings=REFLECTING) as door, door.channel() as channel:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        call = stub.ServerReflectionInfo(_questions(list_services=""), timeout=15)
        answer = await call.read()

    found = {service.name for service in answer.list_services_response.service}
    assert {
        *OWN_SERVICES,
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    } == found


async def test_symbol_described() -> None:
    """Reflection returns the file in which a service is declared."""
    async with Door(settings=REFLECTING) as door, door.channel() as channel:
        stub = reflection_pb2_grpc.ServerReflectionStub(channel)
        call = stub.ServerReflectionInfo(
            _questions(file_containing_symbol=OWN_SERVICES[0]), timeout=15
        )
        answer = await call.read()

    files = answer.file_descriptor_response.file_descriptor_proto
    assert any(b"daypass/api/sts/v1/sts_service.proto" in file for file in files)


async def test_garbage_answered() -> None:
    """Garbage is answered like an empty question, without a parser's words."""
    async with Door(settings=REFLECTING) as door, door.channel() as channel:
        method = f"{REFLECTION}ServerReflectionInfo"
        ask: Any = channel.stream_stream(method)
        call = ask(iter([b"\x0a\x05ab"]), timeout=15)
        answer = reflection_pb2.ServerReflectionResponse.FromString(await call.read())
        code = await call.code()

    assert grpc.StatusCode.INVALID_ARGUMENT.value[0] == (
        answer.error_response.error_code
    )
    assert grpc.StatusCode.OK is code
