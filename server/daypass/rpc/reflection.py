"""Server reflection, for those who explore with tools; off unless it is asked for.

SPEC: grpc.reflection.v1alpha; attacks G09, G13.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from grpc_reflection.v1alpha import reflection, reflection_pb2

from daypass.core import limits
from daypass.rpc.call_facts import ServicerContext
from daypass.rpc.methods import REFLECTION


def reflection_streams(
    services: Iterable[str],
) -> dict[str, grpc.RpcMethodHandler[Any, Any]]:
    """Returns the handler of the reflection method, which names these services."""
    servicer = reflection.aio.ReflectionServicer(service_names=list(services))

    async def inform(
        requests: AsyncIterator[Any], context: ServicerContext
    ) -> AsyncIterator[Any]:
        deadline = asyncio.timeout(limits.CALL_DEADLINE_MAX.total_seconds())
        try:
            async with deadline:
                async for answer in servicer.ServerReflectionInfo(requests, context):
                    yield answer
        except TimeoutError:
            await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED)

    return {
        f"{REFLECTION}ServerReflectionInfo": grpc.stream_stream_rpc_method_handler(
            inform,
            request_deserializer=_question,
            response_serializer=(
                reflection_pb2.ServerReflectionResponse.SerializeToString
            ),
        )
    }


def _question(body: bytes) -> Any:  # noqa: ANN401 - the stubs have no types.
    """Parses a question; one that is garbage is answered like an empty one.

    What a deserializer raises would be shown to the client.
    """
    try:
        return reflection_pb2.ServerReflectionRequest.FromString(body)
    except DecodeError:
        return reflection_pb2.ServerReflectionRequest()
