"""Which server answers: grpc.aio's, or ours on the completion queue.

SPEC: speed 6; decisions 0042 and 0091.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Protocol

import grpc
import grpc.aio

from daypass.rpc.cq.library import known
from daypass.rpc.cq.server import QueueServer

_Options = tuple[tuple[str, int], ...]


class Engine(StrEnum):
    """What drives the gRPC door."""

    AIO = "aio"
    CQ = "cq"


def choose(
    wanted: str, *, version: str = grpc.__version__
) -> tuple[Engine, str | None]:
    """Returns the engine to use, and what is to be said if it is not what is wanted.

    Args:
        wanted: an engine, or `auto`, which is the queue wherever it is known to work.
        version: the release of grpcio.
    """
    if wanted == Engine.AIO:
        return Engine.AIO, None
    if not known(version):
        return (
            Engine.AIO,
            f"the engine cq is not known to work with grpcio {version}: aio serves",
        )
    return Engine.CQ, None


class Transport(Protocol):
    """A server, as far as the door uses it; grpc.aio's is the model."""

    def add_generic_rpc_handlers(self, handlers: Any, /) -> None:  # noqa: ANN401 - as grpc.aio's.
        """Takes what finds the handlers of calls."""
        ...

    def add_insecure_port(self, address: str) -> int:
        """Listens at an address, and returns the port."""
        ...

    def add_secure_port(self, address: str, credentials: grpc.ServerCredentials) -> int:
        """Listens at an address with certificates, and returns the port."""
        ...

    async def start(self) -> None:
        """Begins to take calls."""
        ...

    async def stop(self, grace: float | None) -> None:
        """Takes no more calls, and ends those in work when the grace is over."""
        ...

    async def wait_for_termination(self) -> bool:
        """Returns when the server has stopped."""
        ...


def transport(engine: Engine, options: _Options) -> Transport:
    """Returns a server that is not listening yet."""
    if engine is Engine.CQ:
        return QueueServer(options=options)
    return grpc.aio.server(options=options, compression=grpc.Compression.NoCompression)
