"""Calls that stay open: how many there may be, how long they last, how they end.

The request of such a call is read and parsed like any other; its proof covers the
method and the empty string, because a client signs before it has anything to send.
The next message is made when the one before it was taken, so that a client that does
not read holds one message and is let go after a while.

SPEC: design 4 and 5; attacks G09, G23; decision 0030.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncGenerator
from datetime import timedelta
from types import MappingProxyType

from google.protobuf.message import Message

from daypass.core import limits
from daypass.core import stream_limits as bounds
from daypass.core.errors import (
    RequestTimeoutError,
    ServiceUnavailableError,
    ThrottlingError,
)
from daypass.core.ports import Entropy
from daypass.rpc.admission import (
    Authenticator,
    Progress,
    admit,
    read_message,
)
from daypass.rpc.call_facts import ServicerContext
from daypass.rpc.methods import RpcInvocation, StreamHandlers
from daypass.sts.audit import Auditor

# What the proof of a call that streams is over.
_EMPTY = b""


class StreamRunner:
    """Answers the calls of the methods that stream.

    Args:
        handlers: one for each such method.
        authenticator: proves callers.
        auditor: records what the door itself refuses to proven callers.
        entropy: varies how long streams last.
        streams_max: how many there may be at once.
        per_caller_max: how many of them with the same credentials.
        age_max: how long one lasts.
        send_time_max: how long a client may take to read a message.
    """

    def __init__(
        self,
        *,
        handlers: StreamHandlers,
        authenticator: Authenticator,
        auditor: Auditor,
        entropy: Entropy,
        streams_max: int = bounds.STREAMS_MAX,
        per_caller_max: int = bounds.STREAMS_PER_CALLER_MAX,
        age_max: timedelta = bounds.STREAM_AGE_MAX,
        send_time_max: timedelta = bounds.STREAM_SEND_TIME_MAX,
    ) -> None:
        self.handlers = MappingProxyType(dict(handlers))
        self._authenticator = authenticator
        self._auditor = auditor
        self._entropy = entropy
        self._streams_max = streams_max
        self._per_caller_max = per_caller_max
        self._age_max = age_max
        self._send_time_max = send_time_max
        self._open: Counter[str] = Counter()
        self._lifetimes: set[asyncio.Timeout] = set()
        self._opening = 0
        self._draining = False

    @property
    def streams(self) -> int:
        """How many streams there are, those that are being opened included."""
        return self._opening

    def drain(self) -> None:
        """Ends all streams as if their time were over, and opens no more."""
        self._draining = True
        for lifetime in self._lifetimes:
            lifetime.reschedule(asyncio.get_running_loop().time())

    async def run(self, progress: Progress, context: ServicerContext) -> bytes:
        """Sends the messages of one call until its time is over.

        Returns:
            Nothing, as bytes: the answer was sent.

        Raises:
            DaypassError: it was refused, or cannot go on.
        """
        if self._draining:
            raise ServiceUnavailableError(
                "draining", retry_after=limits.THROTTLING_RETRY_DELAY
            )
        if self._opening >= self._streams_max:
            raise _too_many("streams_full")
        self._opening += 1
        try:
            feed = await self._opened(progress, context)
            credentials = progress.caller.access_key_id if progress.caller else ""
            if self._open[credentials] >= self._per_caller_max:
                raise _too_many("streams_of_caller")
            self._open[credentials] += 1
            try:
                await self._send_all(feed, context)
            finally:
                self._open[credentials] -= 1
                self._open += Counter()
        finally:
            self._opening -= 1
        return b""

    async def _opened(
        self, progress: Progress, context: ServicerContext
    ) -> AsyncGenerator[Message, None]:
        method = progress.route.method
        deadline = asyncio.timeout(limits.CALL_DEADLINE_DEFAULT.total_seconds())
        try:
            async with deadline:
                body = await read_message(context, proven=True)
                progress.caller = self._authenticator.authenticate(
                    method,
                    progress.metadata,
                    _EMPTY,
                    call=progress.call,
                )
                admitted, message = admit(
                    progress, self.handlers.get(method), body, self._auditor
                )
                invocation = RpcInvocation(progress.call, progress.caller)
                return await admitted.open(invocation, message)
        except TimeoutError as error:
            if deadline.expired():
                raise RequestTimeoutError("deadline") from error
            raise

    async def _send_all(
        self, feed: AsyncGenerator[Message, None], context: ServicerContext
    ) -> None:
        # Before anything may cut a write short: after a first write that was, grpc.aio
        # sends the header once more with the status, which gRPC refuses, and the call
        # does not end.
        await context.send_initial_metadata(())
        lifetime = asyncio.timeout(self._seconds_left(context))
        try:
            async with lifetime:
                self._lifetimes.add(lifetime)
                if self._draining:
                    return
                async with contextlib.aclosing(feed):
                    async for message in feed:
                        await self._send(message.SerializeToString(), context)
        except TimeoutError:
            if not lifetime.expired():
                raise
        finally:
            self._lifetimes.discard(lifetime)

    async def _send(self, body: bytes, context: ServicerContext) -> None:
        patience = asyncio.timeout(self._send_time_max.total_seconds())
        try:
            async with patience:
                await context.write(body)
        except TimeoutError as error:
            if patience.expired():
                raise _too_many("stream_not_read") from error
            raise

    def _seconds_left(self, context: ServicerContext) -> float:
        """Returns how long a stream lasts; not all end at once that began at once."""
        (drawn,) = self._entropy.token_bytes(1)
        age = self._age_max.total_seconds() * (0.8 + drawn / 1280)
        asked = context.time_remaining()
        if asked is None:
            return age
        return min(age, asked)


def _too_many(detail: str) -> ThrottlingError:
    return ThrottlingError(detail, retry_after=limits.THROTTLING_RETRY_DELAY)
