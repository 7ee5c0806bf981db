"""`daypassd`, made slower on purpose, to see whether a comparison notices.

It is the product with an interceptor in front of every call, which burns CPU time
and does nothing else. Run by the harness, as `python -m loadtest.slowed_server
MICROSECONDS ARGUMENTS`; the product knows nothing of it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import grpc

from daypass.cli import main


class _Burner(grpc.aio.ServerInterceptor):
    """Burns CPU time before each call is looked up."""

    def __init__(self, microseconds: int) -> None:
        self._seconds = microseconds / 1e6

    async def intercept_service(
        self,
        continuation: Callable[
            [grpc.HandlerCallDetails],
            Awaitable[grpc.RpcMethodHandler[Any, Any] | None],
        ],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Burns it, and goes on."""
        end = time.thread_time() + self._seconds
        while time.thread_time() < end:
            pass
        return await continuation(handler_call_details)


def _slowed(
    serve: Callable[..., grpc.aio.Server], microseconds: int, **named: object
) -> grpc.aio.Server:
    before = named.pop("interceptors", None) or ()
    assert isinstance(before, Sequence), "grpc takes interceptors in an order"
    return serve(interceptors=(_Burner(microseconds), *before), **named)


if __name__ == "__main__":
    grpc.aio.server = partial(_slowed, grpc.aio.server, int(sys.argv.pop(1)))
    main()
