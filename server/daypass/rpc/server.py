"""The gRPC server: it listens, hands calls on, and drains.

SPEC: design 10; attacks G13, G22, G23; reliability E02.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import grpc

from daypass.core.listening import is_local
from daypass.rpc.access import ACCESS
from daypass.rpc.dispatch import Dispatcher
from daypass.rpc.engine import Engine, transport
from daypass.rpc.health import HealthService
from daypass.rpc.methods import HEALTH, REFLECTION, SERVICES, own_methods, own_streams
from daypass.rpc.reflection import reflection_streams
from daypass.rpc.server_options import server_options
from daypass.sts.access_rules import Unproven

OWN_SERVICES: Final = tuple(service.full_name for service in SERVICES)


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How the server listens.

    Attributes:
        address: `host:port` or `unix:path`; port 0 takes a free one.
        credentials: the certificate; None means plaintext.
        unsafe_plaintext: allows plaintext beyond loopback.
        reuse_port: lets several worker processes share the address.
        reflection: whether reflection is on.
        engine: what drives the server.

    Raises:
        ValueError: plaintext beyond loopback that is not allowed.
    """

    address: str
    credentials: grpc.ServerCredentials | None = None
    unsafe_plaintext: bool = False
    reuse_port: bool = False
    reflection: bool = False
    engine: Engine = Engine.AIO

    def __post_init__(self) -> None:
        """Refuses plaintext on the network unless somebody has said so."""
        plaintext = self.credentials is None and not self.unsafe_plaintext
        if plaintext and not is_local(self.address):
            raise ValueError(f"plaintext on {self.address} is not allowed")


class RpcServer:
    """The server.

    Args:
        settings: how it listens.
        dispatcher: answers the calls of our services.
        health: says which services answer; it has to know `OWN_SERVICES`.
    """

    def __init__(
        self,
        *,
        settings: ServerSettings,
        dispatcher: Dispatcher,
        health: HealthService,
    ) -> None:
        self._settings = settings
        self._dispatcher = dispatcher
        self._health = health
        streams = health.streams()
        if settings.reflection:
            streams |= reflection_streams((*OWN_SERVICES, _HEALTH, _REFLECTION))
        self._server = transport(
            settings.engine, server_options(reuse_port=settings.reuse_port)
        )
        self._server.add_generic_rpc_handlers((_Router(dispatcher, streams),))

    async def start(self) -> int:
        """Begins to listen and to serve, and returns the port.

        Raises:
            OSError: the address cannot be bound.
        """
        address, credentials = self._settings.address, self._settings.credentials
        try:
            if credentials is None:
                port = self._server.add_insecure_port(address)
            else:
                port = self._server.add_secure_port(address, credentials)
        except RuntimeError as error:
            raise OSError(f"cannot listen on {address}") from error
        await self._server.start()
        for service in self._health.services:
            self._health.set_serving(service, serving=True)
        return port

    async def stop(self, grace: timedelta) -> None:
        """Drains: says so to health checks, takes no more calls, ends those in work.

        Calls in work have the grace to finish and are cancelled then. Stopping
        again with a shorter grace shortens it.
        """
        self._health.drain()
        self._dispatcher.drain()
        await self._server.stop(grace.total_seconds())

    async def wait_stopped(self) -> None:
        """Returns when the server has stopped."""
        await self._server.wait_for_termination()


class _Router(grpc.GenericRpcHandler):
    """Finds the handler of each call, also of methods that there are not.

    Unary methods are registered as if their requests streamed. On the wire that is
    the same, and the message is then read by the dispatcher, within its deadline,
    and not by gRPC without one (attacks G09).
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        streams: Mapping[str, grpc.RpcMethodHandler[Any, Any]],
    ) -> None:
        self._dispatcher = dispatcher
        self._known = {method: self._unary(method) for method in own_methods()}
        self._known |= {
            method: grpc.stream_stream_rpc_method_handler(
                dispatcher.serving_stream(method)
            )
            for method in own_streams()
        }
        self._known |= {
            method: handler
            for method, handler in streams.items()
            if ACCESS.get(method) is Unproven.OPEN and method not in self._known
        }

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[Any, Any]:
        """Returns the handler of a method; there is one for every name."""
        method = handler_call_details.method
        return self._known.get(method) or self._unary(method)

    def _unary(self, method: str) -> grpc.RpcMethodHandler[Any, Any]:
        return grpc.stream_unary_rpc_method_handler(self._dispatcher.serving(method))


_HEALTH: Final = HEALTH.strip("/")
_REFLECTION: Final = REFLECTION.strip("/")
