"""A plain grpc.aio server whose calls do nothing: what a call costs at the least.

It answers `/loadtest.Empty/N` with N zero bytes. Run by the harness, as
`python -m loadtest.empty_server ADDRESS_FILE`.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Final

import grpc

METHOD: Final = "/loadtest.Empty/"


class _Empty(grpc.GenericRpcHandler):
    """Knows every method of the service, by the size of its answer."""

    def __init__(self) -> None:
        self._handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {}

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        method = handler_call_details.method
        if method not in self._handlers and method.startswith(METHOD):
            answer = bytes(int(method.removeprefix(METHOD)))

            async def empty(_: bytes, __: object) -> bytes:
                return answer

            self._handlers[method] = grpc.unary_unary_rpc_method_handler(empty)
        return self._handlers.get(method)


async def _serve(address: Path) -> None:
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((_Empty(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    beside = address.with_suffix(".new")
    beside.write_text(f"127.0.0.1:{port}", encoding="ascii")
    beside.replace(address)
    await stop.wait()
    await server.stop(None)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
