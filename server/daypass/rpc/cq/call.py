"""One call on the completion queue, as its handler and its server see it.

Towards the handler it is what grpc.aio's context is: the facts of the call, which it
tells all at once, its messages, and the end by status. Towards the server it is a life
of operations: the close is watched and the first message asked for as soon as the call
is there, and the call is over when each operation that was begun has ended.

SPEC: speed 6; attacks G09, G18; decision 0042.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn, Self

import grpc
import grpc.aio

from daypass.rpc.cq.library import cygrpc
from daypass.rpc.cq.pump import EventPump, Tag

Metadata = Iterable[tuple[str, str | bytes]]
ReceivedMetadata = tuple[tuple[str, str | bytes], ...]

_NO_FLAGS: Final = 0
_NO_METADATA: Final = ()
# Later than any deadline that a header can name; gRPC has no call without one.
_NEVER_SECONDS: Final = 1e15
_NOT_YET: Final = object()
_OK: Final = grpc.StatusCode.OK.value[0]
# Takes the end of an operation that nobody waits for; a function of the library, as it
# is called for each call.
_IGNORED: Final[Tag] = id
# There is nothing in ours, so that one operation does for all calls.
_HEADER: Final = cygrpc.SendInitialMetadataOperation(_NO_METADATA, _NO_FLAGS)
_NO_FACTS: Final[Mapping[str, Iterable[bytes]]] = {}


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who keeps calls, and what they have in common.

    Attributes:
        pump: takes the ends of their operations.
        secure: whether connections may have facts of a handshake.
        cancelled: is called once if a call ends before its status was sent.
        pace: what to await before the status of a call is sent, if anything.
    """

    pump: EventPump
    secure: bool
    cancelled: Callable[[QueueCall], None]
    pace: Callable[[], Awaitable[None] | None]


class QueueCall:
    """A call that has come in; its close is watched, and its message asked for.

    Args:
        event: that of the completion queue.
        keeper: who keeps it.

    Attributes:
        method: the full name of what is called.
        metadata: as received.
        handler: knows how the messages of the method are read and written.
        task: answers the call, once it does.
    """

    __slots__ = (
        "_arrived",
        "_asked",
        "_call",
        "_deadline",
        "_finished",
        "_headers_sent",
        "_keeper",
        "_pump",
        "_trailers",
        "_waiter",
        "handler",
        "metadata",
        "method",
        "task",
    )

    def __init__(
        self,
        event: Any,  # noqa: ANN401 - it has no type.
        keeper: Keeper,
    ) -> None:
        details = event.call_details
        self.method: str = details.method.decode("utf-8", "replace")
        self._call = call = event.call
        self.metadata: ReceivedMetadata = event.invocation_metadata
        self._deadline: float = details.deadline
        self._keeper = keeper
        self._pump = pump = keeper.pump
        self._trailers: Metadata = _NO_METADATA
        # NOTE: whoever reads or writes messages has it; it has no type that says more.
        self.handler: Any = None
        self.task: asyncio.Task[None] | None = None
        self._arrived: Any = _NOT_YET
        self._waiter: asyncio.Future[None] | None = None
        self._headers_sent = False
        self._finished = False
        # NOTE: the close could be asked for with the answer, which takes a twelfth
        # of an empty call less. But gRPC hands out a message that it refuses for its
        # compression, and nothing but a close that is watched says so in time.
        watch = cygrpc.ReceiveCloseOnServerOperation(_NO_FLAGS)
        call.start_server_batch((watch,), self._on_close)
        pump.outstanding += 1
        self._asked = True
        receive = cygrpc.ReceiveMessageOperation(_NO_FLAGS)
        call.start_server_batch((receive,), self._on_message)
        pump.outstanding += 1

    def facts(self) -> tuple[ReceivedMetadata, str, Mapping[str, Iterable[bytes]]]:
        """Returns the metadata, gRPC's name of the peer, and the handshake's facts."""
        name: str | bytes = self._call.peer()
        peer = name.decode() if isinstance(name, bytes) else name
        return (
            self.metadata,
            peer,
            self._handshake() if self._keeper.secure else _NO_FACTS,
        )

    def time_remaining(self) -> float | None:
        """Returns the seconds up to the deadline, or None where there is none."""
        if self._deadline > _NEVER_SECONDS:
            return None
        # NOTE: gRPC names deadlines by this clock, and by no other.
        return max(self._deadline - time.time(), 0)  # noqa: TID251

    def set_trailing_metadata(self, trailers: Metadata) -> None:
        """Takes what is sent after the answer."""
        self._trailers = trailers

    async def read(self) -> Any:  # noqa: ANN401 - what the deserializer makes.
        """Returns the next message, or `grpc.aio.EOF` where none comes any more."""
        if self._arrived is _NOT_YET:
            if not self._asked:
                self._ask_message()
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        message = self._arrived
        if message is grpc.aio.EOF:
            return message
        self._arrived = _NOT_YET
        read = self.handler.request_deserializer
        return message if read is None else read(message)

    def __aiter__(self) -> Self:
        """Returns the messages as they come."""
        return self

    async def __anext__(self) -> Any:  # noqa: ANN401 - what the deserializer makes.
        """Returns the next message."""
        message = await self.read()
        if message is grpc.aio.EOF:
            raise StopAsyncIteration
        return message

    async def send_initial_metadata(self, metadata: Metadata) -> None:
        """Sends the header ahead of the first message; there is nothing in ours."""
        assert not tuple(metadata), "the header says nothing"
        self._pump.begin(self._call, self._headers(), _IGNORED)
        self._headers_sent = True

    async def write(self, message: Any) -> None:  # noqa: ANN401 - the serializer's.
        """Sends a message, and returns when the client has room for the next."""
        sent: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def on_sent(event: Any) -> None:  # noqa: ANN401 - it has no type.
            if not sent.done():
                sent.set_result(bool(event.success))

        operations = (*self._headers(), self._message(message))
        self._pump.begin(self._call, operations, on_sent)
        self._headers_sent = True
        if not await sent:
            # The call is over, and its end is what cancels this handler.
            await asyncio.get_running_loop().create_future()

    async def abort(
        self,
        code: grpc.StatusCode,
        details: str = "",
        trailing_metadata: Metadata = _NO_METADATA,
    ) -> NoReturn:
        """Ends the call with a status.

        Raises:
            grpc.aio.AbortError: always, so that nothing follows.
        """
        if (turn := self._keeper.pace()) is not None:
            await turn
        self.finish(code, details, trailing_metadata)
        raise grpc.aio.AbortError

    def answer(self, message: Any) -> None:  # noqa: ANN401 - the serializer's.
        """Sends the one answer of a unary method, and its end."""
        if self._finished:
            return
        status = cygrpc.SendStatusFromServerOperation(
            tuple(self._trailers), _OK, b"", _NO_FLAGS
        )
        # NOTE: `_end` with `_headers`, for the end that nearly every call has.
        operations: tuple[Any, ...] = (_HEADER, self._message(message), status)
        if self._headers_sent:
            operations = operations[1:]
        self._call.start_server_batch(operations, _IGNORED)
        self._pump.outstanding += 1
        self._finished = True

    def finish(
        self,
        code: grpc.StatusCode,
        details: str = "",
        trailers: Metadata | None = None,
    ) -> None:
        """Ends the call with a status and no further message."""
        if trailers is None:
            trailers = self._trailers
        self._end((*self._headers(), _status(trailers, code, details)))

    def fail(self) -> None:
        """Ends a call that has no answer and no status yet, whatever it takes."""
        try:
            self.finish(grpc.StatusCode.INTERNAL, trailers=_NO_METADATA)
        except Exception:
            self._call.cancel()
            raise

    def _handshake(self) -> Mapping[str, Iterable[bytes]]:
        return {
            key.decode() if isinstance(key, bytes) else key: value
            for key, value in cygrpc.auth_context(self._call).items()
        }

    def _end(self, operations: tuple[Any, ...]) -> None:
        if self._finished:
            return
        self._call.start_server_batch(operations, _IGNORED)
        self._pump.outstanding += 1
        self._finished = True

    def _headers(self) -> tuple[Any, ...]:
        return () if self._headers_sent else (_HEADER,)

    def _message(self, message: Any) -> Any:  # noqa: ANN401 - the library's.
        write = self.handler.response_serializer
        body = message if write is None else write(message)
        if not isinstance(body, bytes):
            # The library would send something for what is nothing.
            raise TypeError("an answer has to be bytes")
        return cygrpc.SendMessageOperation(body, _NO_FLAGS)

    def _ask_message(self) -> None:
        self._asked = True
        operations = (cygrpc.ReceiveMessageOperation(_NO_FLAGS),)
        self._pump.begin(self._call, operations, self._on_message)

    def _on_message(self, event: Any) -> None:  # noqa: ANN401 - it has no type.
        body = event.batch_operations[0].message()
        self._asked = False
        self._arrived = grpc.aio.EOF if body is None else body
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _on_close(self, event: Any) -> None:  # noqa: ANN401 - it has no type.
        if event.batch_operations[0].cancelled():
            self._finished = True
            self._keeper.cancelled(self)


def _status(trailers: Metadata, code: grpc.StatusCode, details: str) -> Any:  # noqa: ANN401 - the library's.
    return cygrpc.SendStatusFromServerOperation(
        tuple(trailers), code.value[0], details.encode(), _NO_FLAGS
    )
