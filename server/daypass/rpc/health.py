"""The standard health service: which of our services answer, and that one drains.

It is not the servicer that comes with gRPC, which writes to a watcher while it
holds the lock that changes of state need: a watcher that stops reading would keep
a draining server from saying so. Here watchers are woken and none is waited for,
and draining ends their calls.

SPEC: the gRPC health checking protocol, grpc.health.v1; reliability E02.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

import grpc
from google.protobuf.message import DecodeError
from grpc_health.v1 import health_pb2

from daypass.core import limits
from daypass.core.errors import NotFoundError
from daypass.rpc.call_facts import ServicerContext
from daypass.rpc.methods import HEALTH, Handlers, MethodHandler, RpcInvocation

# The name under which the protocol asks for the server as a whole.
WHOLE_SERVER: Final = ""
_SERVING: Final = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING: Final = health_pb2.HealthCheckResponse.NOT_SERVING
_SERVICE_UNKNOWN: Final = health_pb2.HealthCheckResponse.SERVICE_UNKNOWN


class HealthService:
    """Answers health checks.

    Args:
        services: the full names of the services, which do not serve yet.
    """

    def __init__(self, *, services: Iterable[str]) -> None:
        self._serving = dict.fromkeys((WHOLE_SERVER, *services), False)
        self._changed = asyncio.Event()
        self._draining = False

    @property
    def services(self) -> tuple[str, ...]:
        """The names that can be asked for."""
        return tuple(self._serving)

    def set_serving(self, service: str, *, serving: bool) -> None:
        """Says whether a service answers; once draining has begun, none does.

        Raises:
            KeyError: there is no such service.
        """
        serving = serving and not self._draining
        if self._serving[service] != serving:
            self._serving[service] = serving
            self._wake_watchers()

    def drain(self) -> None:
        """Says for good that no service answers, and ends the calls that watch."""
        self._draining = True
        self._serving = dict.fromkeys(self._serving, False)
        self._wake_watchers()

    def handlers(self) -> Handlers:
        """Returns the handlers of the unary methods; a full worker answers them."""
        return {
            f"{HEALTH}Check": MethodHandler(
                health_pb2.HealthCheckRequest, self._check, sheds=False
            ),
            f"{HEALTH}List": MethodHandler(
                health_pb2.HealthListRequest, self._list, sheds=False
            ),
        }

    def streams(self) -> dict[str, grpc.RpcMethodHandler[Any, Any]]:
        """Returns the handlers of the methods that stream."""
        return {
            # As if its request streamed, so that it is read within a deadline.
            f"{HEALTH}Watch": grpc.stream_stream_rpc_method_handler(
                self._watch,
                response_serializer=health_pb2.HealthCheckResponse.SerializeToString,
            )
        }

    async def _check(
        self, _: RpcInvocation, request: health_pb2.HealthCheckRequest
    ) -> health_pb2.HealthCheckResponse:
        if request.service not in self._serving:
            raise NotFoundError("service_unknown", message="There is no such service")
        return self._response(request.service)

    async def _list(
        self, _: RpcInvocation, __: health_pb2.HealthListRequest
    ) -> health_pb2.HealthListResponse:
        return health_pb2.HealthListResponse(
            statuses={service: self._response(service) for service in self._serving}
        )

    async def _watch(
        self, _: object, context: ServicerContext
    ) -> AsyncIterator[health_pb2.HealthCheckResponse]:
        service = await _watched_service(context)
        last = None
        while True:
            # NOTE: read together. What changes while a response is being sent has
            # set this event by then, and is told in the next round.
            changed, draining = self._changed, self._draining
            response = self._response(service)
            if response != last:
                yield response
            last = response
            if draining:
                return
            await changed.wait()

    def _response(self, service: str) -> health_pb2.HealthCheckResponse:
        serving = self._serving.get(service)
        if serving is None:
            return health_pb2.HealthCheckResponse(status=_SERVICE_UNKNOWN)
        status = _SERVING if serving else _NOT_SERVING
        return health_pb2.HealthCheckResponse(status=status)

    def _wake_watchers(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


async def _watched_service(context: ServicerContext) -> str:
    """Reads the one message of a watcher, within the default deadline."""
    try:
        async with asyncio.timeout(limits.CALL_DEADLINE_DEFAULT.total_seconds()):
            body = await context.read()
    except TimeoutError:
        await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED)
    try:
        return str(health_pb2.HealthCheckRequest.FromString(body).service)
    except (DecodeError, TypeError):
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT)
