"""A call that a server has begun to read and waits for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, Self

from grpc_health.v1 import health_pb2, health_pb2_grpc

from daypass.api.sts.v1 import sts_service_pb2 as api
from daypass.rpc.methods import STS
from support.daypassd import Daypassd, Organisation, signature

METHOD = f"{STS}GetCallerIdentity"


class HeldCall:
    """A call that is in work until it is let go, because its message is not sent."""

    def __init__(self, server: Daypassd, organisation: Organisation) -> None:
        self._let_go = threading.Event()
        self._channel = server.channel()
        ask: Any = self._channel.stream_unary(
            METHOD, response_deserializer=api.GetCallerIdentityResponse.FromString
        )
        metadata = signature(METHOD, b"", organisation.keys("dev"))
        self._answer = ask.future(self._message(), metadata=metadata, timeout=10)

    def __enter__(self) -> Self:
        """Returns when a later call on the same connection has gone through."""
        stub = health_pb2_grpc.HealthStub(self._channel)
        stub.Check(health_pb2.HealthCheckRequest(), timeout=10)
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the call, whatever became of it."""
        self._let_go.set()
        self._channel.close()

    def finish(self) -> str:
        """Sends the message, and returns whom the server takes the caller for."""
        self._let_go.set()
        return str(self._answer.result(timeout=10).arn)

    def error(self) -> Any:
        """Returns the error that the call ends with, without having been let go."""
        return self._answer.exception(timeout=10)

    def _message(self) -> Iterator[bytes]:
        self._let_go.wait(10)
        yield b""
