"""What becomes of calls whose connection is broken, or cannot be made at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from daypass_client import AsyncDaypassClient, Credentials, DaypassClient, Endpoint
from support.client_answers import WHO
from support.fake_daypass import FakeDaypass


@asynccontextmanager
async def resetting(target: str) -> AsyncIterator[Endpoint]:
    """Yields an endpoint that resets one connection, and leads to a server from then on.

    A worker that is killed does so: those who come back to it at once are in its
    queue, which ends a moment after its connections.
    """
    host, port = target.split(":")
    was_reset = False
    open_ones: set[asyncio.StreamWriter] = set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
        writer.close()

    async def connected(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal was_reset
        if not was_reset:
            was_reset = True
            writer.transport.abort()
            return
        behind, ahead = await asyncio.open_connection(host, int(port))
        open_ones.update((writer, ahead))
        await asyncio.gather(relay(reader, ahead), relay(behind, writer))

    listening = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with listening:
        own = listening.sockets[0].getsockname()[1]
        yield Endpoint.parse(f"127.0.0.1:{own}")
        for each in open_ones:
            each.close()
            await each.wait_closed()
    assert was_reset


async def test_awaiting_client_connects_again(
    fake: FakeDaypass, temporary: Credentials
) -> None:
    """A connection that is reset costs an awaiting client no call."""
    fake.answer(WHO)

    async with resetting(fake.endpoint) as endpoint:
        profile = replace(fake.profile(temporary), endpoint=endpoint)
        async with AsyncDaypassClient(profile) as client:
            who = await client.get_caller_identity()

    assert WHO.arn == who.arn


async def test_blocking_client_connects_again(
    fake: FakeDaypass, temporary: Credentials
) -> None:
    """A connection that is reset costs a blocking client no call."""
    fake.answer(WHO)

    async with resetting(fake.endpoint) as endpoint:
        profile = replace(fake.profile(temporary), endpoint=endpoint)
        with DaypassClient(profile) as client:
            who = await asyncio.to_thread(client.get_caller_identity)

    assert WHO.arn == who.arn
