"""`daypassd`, made slower on purpose, to see whether a comparison notices.

It is the product with something in front of every call of a unary method, on either
engine, which burns CPU time and does nothing else. Run by the harness, as
`python -m loadtest.slowed_server MICROSECONDS ARGUMENTS`; the product knows nothing
of it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import grpc

import daypass.rpc.server
from daypass.cli import main
from daypass.rpc.engine import Engine, Transport, transport

_Answer = Callable[[Any, Any], Awaitable[Any]]


class _Slowed(grpc.GenericRpcHandler):
    """Finds what another one finds, and burns CPU time before each call of it."""

    def __init__(self, inner: grpc.GenericRpcHandler, microseconds: int) -> None:
        self._inner = inner
        self._seconds = microseconds / 1e6

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Returns the handler of a method."""
        found: Any = self._inner.service(handler_call_details)
        if found is None or found.stream_unary is None:
            return found  # type: ignore[no-any-return]
        return grpc.stream_unary_rpc_method_handler(self._burning(found.stream_unary))

    def _burning(self, answer: _Answer) -> _Answer:
        async def burn(messages: object, context: object) -> object:
            end = time.thread_time() + self._seconds
            while time.thread_time() < end:
                pass
            return await answer(messages, context)

        return burn


def _slowed(
    microseconds: int, engine: Engine, options: tuple[tuple[str, int], ...]
) -> Transport:
    server: Any = transport(engine, options)
    add = server.add_generic_rpc_handlers
    server.add_generic_rpc_handlers = lambda handlers: add(
        tuple(_Slowed(each, microseconds) for each in handlers)
    )
    return server  # type: ignore[no-any-return]


if __name__ == "__main__":
    door = vars(daypass.rpc.server)
    door["transport"] = partial(_slowed, int(sys.argv.pop(1)))
    main()
