"""A relay before a server, which loses answers as a proxy does that loses its server.

It passes calls on as they come, proofs and all, and what the server makes of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import grpc

_SECONDS_MAX = 60.0
# What the two hops say of themselves, and not of the call.
_OF_THE_HOP = ("user-agent", "grpc-")


@dataclass(frozen=True)
class Relayed:
    """A call that was passed on.

    Attributes:
        proof: its signature.
        answer: what the server answered; empty where it refused.
        code: what the server made of it.
    """

    proof: str
    answer: bytes
    code: grpc.StatusCode


class LossyRelay:
    """A relay on a free port of this machine.

    Args:
        address: the server.
    """

    def __init__(self, address: str) -> None:
        self.calls: list[Relayed] = []
        self._losses: deque[Callable[[bytes], None]] = deque()
        self._channel = grpc.insecure_channel(address)
        self._executor = ThreadPoolExecutor(max_workers=4)
        self._server = grpc.server(self._executor, options=(("grpc.so_reuseport", 0),))
        self._server.add_generic_rpc_handlers((_AnyMethod(self),))
        self.endpoint = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def lose(self, meanwhile: Callable[[bytes], None]) -> None:
        """Loses the answer of a call to come.

        Args:
            meanwhile: is shown the answer, and takes its time before its loss is told.
        """
        self._losses.append(meanwhile)

    def stop(self) -> None:
        """Ends the relay and its threads."""
        self._server.stop(grace=None).wait()
        self._executor.shutdown(wait=True)
        self._channel.close()

    def pass_on(self, method: str, body: bytes, context: grpc.ServicerContext) -> bytes:
        """Asks the server, and answers what it answers."""
        metadata = tuple(
            (name, value)
            for name, value in context.invocation_metadata()
            if not name.startswith(_OF_THE_HOP)
        )
        proof = str(dict(metadata).get("authorization", ""))
        ask: grpc.UnaryUnaryMultiCallable[bytes, bytes]
        ask = self._channel.unary_unary(method)
        try:
            answer = ask(body, metadata=metadata, timeout=_SECONDS_MAX)
        except grpc.RpcError as error:
            if not isinstance(error, grpc.Call):
                raise
            self.calls.append(Relayed(proof, b"", error.code()))
            context.set_trailing_metadata(error.trailing_metadata())
            context.abort(error.code(), error.details() or "")
        self.calls.append(Relayed(proof, answer, grpc.StatusCode.OK))
        if self._losses:
            self._losses.popleft()(answer)
            context.abort(grpc.StatusCode.UNAVAILABLE, "upstream is gone")
        return answer


@contextmanager
def lossy_relay(address: str) -> Iterator[LossyRelay]:
    """Yields a relay that passes calls on to a server."""
    relay = LossyRelay(address)
    try:
        yield relay
    finally:
        relay.stop()


class _AnyMethod(grpc.GenericRpcHandler):
    """Takes any method with one request and one answer."""

    def __init__(self, relay: LossyRelay) -> None:
        self._relay = relay

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[bytes, bytes]:
        """Returns what answers a call of the method."""
        method = handler_call_details.method

        def behave(body: bytes, context: grpc.ServicerContext) -> bytes:
            return self._relay.pass_on(method, body, context)

        return grpc.unary_unary_rpc_method_handler(behave)
