"""How the workers of one server ask each other for their pages of metrics.

The supervisor makes a listening socket for each worker before it forks: an abstract
one of Linux, so that there is no file to find, to protect or to leave behind. It
lasts as long as the server, and the next worker of the same number answers on it.
Nothing is read from it, and a process of another user is told nothing.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self, cast

from daypass.core import worker_limits

_CREDENTIALS: Final = struct.Struct("3i")
_TIME_MAX: Final = worker_limits.PEER_PAGE_TIME_MAX.total_seconds()
_BACKLOG: Final = worker_limits.WORKERS_MAX


class PeerSockets:
    """The sockets of all workers, made by `open`.

    Args:
        sockets: in the order of the workers' numbers.
    """

    def __init__(self, sockets: list[socket.socket]) -> None:
        self._sockets = sockets

    @classmethod
    def open(cls, count: int) -> Self:
        """Makes sockets for so many workers.

        Raises:
            OSError: this is not Linux, or there can be no more.
        """
        sockets = [socket.socket(socket.AF_UNIX) for _ in range(count)]
        for each in sockets:
            # An empty name takes one that is free.
            each.bind("")
            each.listen(_BACKLOG)
        return cls(sockets)

    def keep(self, number: int) -> Peers:
        """Closes, in a worker, the sockets of the others."""
        addresses = tuple(each.getsockname() for each in self._sockets)
        for other, each in enumerate(self._sockets):
            if other != number:
                each.close()
        return Peers(number, self._sockets[number], addresses)

    def close(self) -> None:
        """Closes all of them."""
        for each in self._sockets:
            each.close()


@dataclass(frozen=True, slots=True)
class Peers:
    """A worker among others.

    Attributes:
        number: its number.
        own: where it listens for the others.
        addresses: where all of them listen, by number.
    """

    number: int
    own: socket.socket
    addresses: tuple[bytes, ...]


class PeerPages:
    """Tells others the page of this worker, and asks for theirs.

    Args:
        peers: the workers.
        page: makes the page of this one.
    """

    def __init__(self, peers: Peers, *, page: Callable[[], bytes]) -> None:
        self._peers = peers
        self._page = page
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Begins to answer."""
        loop = asyncio.get_running_loop()
        self._peers.own.setblocking(False)  # noqa: FBT003 - so it is called.
        self._server = await loop.create_unix_server(
            lambda: _Teller(self._page), sock=self._peers.own
        )

    def close(self) -> None:
        """Answers no more."""
        if self._server is not None:
            self._server.close()

    async def pages(self) -> list[bytes | None]:
        """Returns the pages of all workers, by number; None for who is silent."""
        peers = self._peers
        return await asyncio.gather(
            *(
                _own(self._page) if number == peers.number else _ask(address)
                for number, address in enumerate(peers.addresses)
            )
        )


class _Teller(asyncio.Protocol):
    """Sends the page to who connects, and ends."""

    def __init__(self, page: Callable[[], bytes]) -> None:
        self._page = page

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Sends the page, if it is a process of ours."""
        link: socket.socket = transport.get_extra_info("socket")
        size = _CREDENTIALS.size
        found = link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        _, user, _ = _CREDENTIALS.unpack(found)
        if user == os.geteuid():
            # NOTE: what uvloop hands over is one, and of no class that says so.
            cast("asyncio.Transport", transport).write(self._page())
        transport.close()


async def _own(page: Callable[[], bytes]) -> bytes | None:
    return page()


async def _ask(address: bytes) -> bytes | None:
    """Returns the page that a worker tells, or None if it tells none in time."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX) as link:
        link.setblocking(False)  # noqa: FBT003 - so it is called.
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(_TIME_MAX):
                await loop.sock_connect(link, address)
                return await _read(link) or None
    return None


async def _read(link: socket.socket) -> bytes:
    loop = asyncio.get_running_loop()
    parts = bytearray()
    while part := await loop.sock_recv(link, 65_536):
        parts += part
        if len(parts) > worker_limits.PEER_PAGE_BYTES_MAX:
            raise OSError("the page of a worker is too large")
    return bytes(parts)
