"""A server on loopback that answers each packet by a function."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast


class _Scripted(asyncio.Protocol):
    """One connection of a client."""

    def __init__(
        self, answer: Callable[[bytes], bytes], open_ones: set[asyncio.Transport]
    ) -> None:
        self._answer = answer
        self._open_ones = open_ones
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the connection."""
        self._transport = cast("asyncio.Transport", transport)
        self._open_ones.add(self._transport)

    def data_received(self, data: bytes) -> None:
        """Answers."""
        self._transport.write(self._answer(data))

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        del exc
        self._open_ones.discard(self._transport)


@asynccontextmanager
async def scripted_server(answer: Callable[[bytes], bytes]) -> AsyncIterator[int]:
    """Runs a server and yields its port."""
    open_ones: set[asyncio.Transport] = set()
    listening = await asyncio.get_running_loop().create_server(
        lambda: _Scripted(answer, open_ones), "127.0.0.1", 0
    )
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        await listening.wait_closed()
        for each in tuple(open_ones):
            each.abort()
        while open_ones:
            await asyncio.sleep(0)
