"""How an awaited call travels: signed, with a deadline, and again where that helps."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import grpc

from daypass_client import limits
from daypass_client.chance import random_share
from daypass_client.channel import open_async_channel
from daypass_client.clock import Clock
from daypass_client.credentials import Credentials
from daypass_client.errors import CallError
from daypass_client.operations import Operation
from daypass_client.profiles.profile import Profile
from daypass_client.retries import Attempts, RetryBudget
from daypass_client.signing import Signer
from daypass_client.status import call_error
from daypass_client.streams import AsyncStream

Answer = TypeVar("Answer")


class AsyncTransport:
    """The connection of an awaiting client. Tasks of one loop may share one.

    Args:
        profile: where calls go.
        timeout: how long one call may take, repetitions included, in seconds.
        clock: what signatures take the time from.
    """

    def __init__(self, profile: Profile, *, timeout: float, clock: Clock) -> None:
        self._timeout = timeout
        self._signer = Signer(profile.region, clock)
        self._target = profile.endpoint.target
        self._budget = RetryBudget()
        self._channel = open_async_channel(profile)

    async def close(self) -> None:
        """Closes the connection; calls in flight fail."""
        await self._channel.close()

    async def send(
        self, operation: Operation[Answer], credentials: Credentials | None
    ) -> Answer:
        """Makes one call; the bytes that are signed are those that are sent.

        NOTE: every attempt carries the proof of the first, by which the server knows
        that it is the same call, and issues no second session for it; until the server
        says that it cannot answer that proof again.
        """
        attempts = Attempts(
            operation.repetition,
            budget=self._budget,
            timeout=self._timeout,
            monotonic=time.monotonic,
            share=random_share,
        )
        method: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]
        method = self._channel.unary_unary(operation.method)
        metadata = self._signer.proof(operation.method, operation.request, credentials)
        while True:
            try:
                data = await method(
                    operation.request,
                    timeout=attempts.seconds_left,
                    metadata=metadata,
                )
            except grpc.aio.AioRpcError as error:
                failure = call_error(error, self._target)
                if attempts.sign_anew_after(failure):
                    metadata = self._signer.proof(
                        operation.method, operation.request, credentials
                    )
                    continue
                pause = attempts.pause_after(failure)
                if pause is None:
                    raise failure from error
                await asyncio.sleep(pause)
            else:
                attempts.succeeded()
                return operation.answer(data)

    def open(
        self,
        operation: Operation[Answer],
        credentials: Credentials,
        *,
        failed: Callable[[CallError], Awaitable[None]],
    ) -> AsyncStream[Answer]:
        """Opens a call that stays open; its failures come with its messages.

        NOTE: its proof is over the empty string, because calls that stream are
        signed before they have anything to send.
        """
        method: grpc.aio.UnaryStreamMultiCallable[bytes, bytes]
        method = self._channel.unary_stream(operation.method)
        call = method(
            operation.request,
            timeout=limits.STREAM_TIMEOUT.total_seconds(),
            metadata=self._signer.proof(operation.method, b"", credentials),
        )
        return AsyncStream(
            call,
            read=operation.answer,
            fail=lambda error: call_error(error, self._target),
            failed=failed,
        )
