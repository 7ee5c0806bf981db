"""Calls that stay open, for programs that block and for those that await.

A stream is opened once, is not repeated, and ends: after five minutes at the most,
or when the server drains. Whoever follows something opens another one and goes on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

import grpc

from daypass_client.errors import CallError

AnswerT_co = TypeVar("AnswerT_co", covariant=True)


class OpenCall(Protocol):
    """A call of gRPC whose messages are still coming, and which can be ended."""

    def cancel(self) -> bool:
        """Ends the call."""
        ...

    def __iter__(self) -> Iterator[bytes]:
        """Returns the messages."""
        ...


class Stream(Generic[AnswerT_co]):
    """The messages of one call, as they come. One thread reads, any may close it.

    Args:
        call: the call, opened.
        read: turns the bytes of a message into its value.
        fail: turns a failure of gRPC into ours.
        failed: is told of a failure before it is raised.
    """

    def __init__(
        self,
        call: OpenCall,
        *,
        read: Callable[[bytes], AnswerT_co],
        fail: Callable[[grpc.RpcError], CallError],
        failed: Callable[[CallError], None],
    ) -> None:
        self._call = call
        self._read = read
        self._fail = fail
        self._failed = failed
        self._closed = False

    def __enter__(self) -> Self:
        """Returns the stream itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Closes the stream."""
        self.close()

    def close(self) -> None:
        """Ends the stream; whoever reads it sees it end."""
        self._closed = True
        self._call.cancel()

    def __iter__(self) -> Iterator[AnswerT_co]:
        """Yields the messages until the stream ends.

        Raises:
            CallError: it was refused, or broke.
        """
        try:
            for data in self._call:
                yield self._read(data)
        except grpc.RpcError as error:
            if self._closed:
                return
            failure = self._fail(error)
            self._failed(failure)
            raise failure from error
        finally:
            self.close()


class AwaitedCall(Protocol):
    """A call of gRPC whose messages are awaited, and which can be ended."""

    def cancel(self) -> bool:
        """Ends the call."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Returns the messages."""
        ...


class AsyncStream(Generic[AnswerT_co]):
    """The messages of one call, as they come.

    Args:
        call: the call, opened.
        read: turns the bytes of a message into its value.
        fail: turns a failure of gRPC into ours.
        failed: is told of a failure before it is raised.
    """

    def __init__(
        self,
        call: AwaitedCall,
        *,
        read: Callable[[bytes], AnswerT_co],
        fail: Callable[[grpc.aio.AioRpcError], CallError],
        failed: Callable[[CallError], Awaitable[None]],
    ) -> None:
        self._call = call
        self._read = read
        self._fail = fail
        self._failed = failed

    async def __aenter__(self) -> Self:
        """Returns the stream itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Closes the stream."""
        await self.close()

    async def close(self) -> None:
        """Ends the stream."""
        self._call.cancel()

    async def __aiter__(self) -> AsyncIterator[AnswerT_co]:
        """Yields the messages until the stream ends.

        Raises:
            CallError: it was refused, or broke.
        """
        try:
            async for data in self._call:
                yield self._read(data)
        except grpc.aio.AioRpcError as error:
            failure = self._fail(error)
            await self._failed(failure)
            raise failure from error
        finally:
            self._call.cancel()
