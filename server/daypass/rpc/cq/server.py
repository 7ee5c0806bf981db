"""The server on the completion queue: it listens, answers calls, and drains.

It takes what `rpc.server` gives to grpc.aio's server, and answers each call with a
task of the loop. Of the calls that came in together a few begin together, so that what
they write to the store goes in one round trip, and nobody else waits for long.

SPEC: speed 6; attacks G17, G22; decisions 0042 and 0052.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import deque
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import grpc
import grpc.aio

from daypass.core import engine_limits as bounds
from daypass.rpc.cq.call import Keeper, QueueCall, ReceivedMetadata
from daypass.rpc.cq.library import cygrpc
from daypass.rpc.cq.pump import EventPump

_log: Final = logging.getLogger(__name__)


@dataclass(slots=True)
class _Details:
    """What a handler is found by."""

    method: str
    invocation_metadata: ReceivedMetadata


class QueueServer:
    """The server, which is called as grpc.aio's is.

    Args:
        options: of the channels, all written out.
    """

    def __init__(self, *, options: Iterable[tuple[str, int]]) -> None:
        self._queue = cygrpc.CompletionQueue()
        self._server = cygrpc.Server(tuple(options), False)  # noqa: FBT003 - "xds", unnamed.
        self._server.register_completion_queue(self._queue)
        self._handlers: tuple[grpc.GenericRpcHandler, ...] = ()
        # By method, which is all that ours are found by.
        self._found: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}
        self._pump: EventPump | None = None
        self._keeper: Keeper | None = None
        self._secure = False
        self._shut = False
        self._fresh: deque[QueueCall] = deque()
        self._tasks: dict[QueueCall, asyncio.Task[None]] = {}
        self._leaving = asyncio.Semaphore(bounds.DRAINED_AT_ONCE)
        self._stopped = asyncio.Event()

    def add_generic_rpc_handlers(
        self, handlers: tuple[grpc.GenericRpcHandler, ...]
    ) -> None:
        """Takes what finds the handlers of calls; the first that knows one has it."""
        self._handlers += handlers

    def add_insecure_port(self, address: str) -> int:
        """Listens at an address, and returns the port.

        Raises:
            RuntimeError: the address cannot be bound.
        """
        return _bound(address, self._server.add_http2_port(address.encode()))

    def add_secure_port(self, address: str, credentials: grpc.ServerCredentials) -> int:
        """Listens at an address with certificates, and returns the port.

        Raises:
            RuntimeError: the address cannot be bound.
        """
        self._secure = True
        held = credentials._credentials  # type: ignore[attr-defined] # noqa: SLF001 - as grpc's own servers do.
        return _bound(address, self._server.add_http2_port(address.encode(), held))

    async def start(self) -> None:
        """Begins to take calls."""
        self._server.start()
        self._pump = EventPump(self._queue, turn_done=self._begin_calls)
        self._keeper = Keeper(self._pump, self._secure, self._cancel, self._pace)
        self._ask_calls(bounds.CALLS_ASKED_FOR)
        self._pump.start()

    async def stop(self, grace: float | None) -> None:
        """Takes no more calls, and ends those in work when the grace is over.

        Stopping again with a shorter grace shortens it.
        """
        if self._pump is None:
            self._stopped.set()
            return
        if not self._shut:
            self._shut = True
            self._pump.expect()
            self._server.shutdown(self._queue, self._on_shut)
        try:
            async with asyncio.timeout(grace or 0):
                await self._stopped.wait()
        except TimeoutError:
            self._server.cancel_all_calls()
            await self._stopped.wait()

    async def wait_for_termination(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109 - as grpc.aio's.
        """Returns True when the server has stopped, or False when time is over."""
        try:
            async with asyncio.timeout(timeout):
                await self._stopped.wait()
        except TimeoutError:
            return False
        return True

    def _ask_calls(self, count: int) -> None:
        """Asks for calls, in the place of as many that have been begun or given up."""
        if self._shut or self._pump is None:
            return
        ask, queue, tag = self._server.request_call, self._queue, self._on_call
        for _ in range(count):
            ask(queue, queue, tag)
            self._pump.outstanding += 1

    def _on_call(self, event: Any) -> None:  # noqa: ANN401 - it has no type.
        if event.success and self._keeper is not None:
            self._fresh.append(QueueCall(event, self._keeper))

    def _on_shut(self, _: object) -> None:
        """Learns that no call is left; what was begun is ending by itself."""

    def _begin_calls(self) -> bool:
        """Begins the work on calls that have come in, most with their message.

        Returns:
            Whether there are more, which have the next turn.
        """
        create_task = asyncio.get_running_loop().create_task
        begun = min(bounds.CALLS_BEGUN_PER_TURN_MAX, len(self._fresh))
        for _ in range(begun):
            call = self._fresh.popleft()
            call.task = self._tasks[call] = create_task(self._serve(call))
        self._ask_calls(begun)
        if self._shut:
            self._end_if_over()
        return bool(self._fresh)

    def _cancel(self, call: QueueCall) -> None:
        task = self._tasks.get(call)
        if task is not None:
            task.cancel()
        elif call in self._fresh:
            self._fresh.remove(call)
            self._ask_calls(1)

    def _pace(self) -> Awaitable[None] | None:
        """Has answers leave in turn once the server drains, and at once before."""
        return self._wait_turn() if self._shut else None

    async def _wait_turn(self) -> None:
        async with self._leaving:
            await asyncio.sleep(bounds.DRAIN_PACE.total_seconds())

    async def _serve(self, call: QueueCall) -> None:
        try:
            handler: Any = self._found.get(call.method) or self._handler(call)
            if handler is None:
                call.finish(grpc.StatusCode.UNIMPLEMENTED)
                return
            call.handler = handler
            if handler.response_streaming:
                await self._stream(call, handler)
            else:
                message = await handler.stream_unary(call, call)
                if self._shut:
                    await self._wait_turn()
                call.answer(message)
        except grpc.aio.AbortError:
            call.fail()
        except Exception:  # noqa: BLE001 - the last one before the wire.
            _log.exception("a call could not be answered")
            call.fail()
        finally:
            del self._tasks[call]
            if self._shut:
                self._end_if_over()

    async def _stream(self, call: QueueCall, handler: Any) -> None:  # noqa: ANN401 - it has no type that says more.
        answers = handler.stream_stream(call, call)
        if inspect.isasyncgen(answers):
            async for message in answers:
                await call.write(message)
        else:
            await answers
        call.finish(grpc.StatusCode.OK)

    def _handler(self, call: QueueCall) -> grpc.RpcMethodHandler[Any, Any] | None:
        details = _Details(call.method, call.metadata)
        for each in self._handlers:
            found = each.service(details)
            if found is not None:
                if len(self._found) >= bounds.METHODS_REMEMBERED_MAX:
                    self._found.clear()
                self._found[call.method] = found
                return found
        return None

    def _end_if_over(self) -> None:
        """Closes the queue when the server is shut and nothing is outstanding."""
        pump = self._pump
        over = self._shut and not self._tasks and not self._fresh
        if pump is None or not over or pump.outstanding or self._stopped.is_set():
            return
        self._stopped.set()
        self._server.destroy()
        pump.end()


def _bound(address: str, port: int) -> int:
    if not port:
        raise RuntimeError(f"cannot bind {address}")
    return port
