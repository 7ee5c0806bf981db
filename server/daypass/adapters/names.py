"""Looks up the addresses of hosts, in threads of its own.

The system's resolver cannot be stopped: a look-up that nobody waits for any more
keeps its thread until the resolver gives up. So it has threads of its own, and each
host one look-up at a time (attacks O09).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Protocol

from daypass.adapters.addresses import Address
from daypass.core import provider_limits as limits

_THREADS: Final = "daypass-names"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address and a port to connect to."""

    address: Address
    port: int


class NameResolver(Protocol):
    """Tells where a host is."""

    async def resolve(self, host: str, port: int) -> tuple[Endpoint, ...]:
        """Returns all endpoints of a host, in the order to try them.

        Raises:
            OSError: there is no such host, or it cannot be looked up now.
        """
        ...


def look_up(host: str, port: int) -> tuple[Endpoint, ...]:
    """Asks the system's resolver, and waits for it without bound.

    Raises:
        OSError: it does not know.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(
        Endpoint(ip_address(address[0]), int(address[1])) for *_, address in found
    )


class SystemResolver:
    """The resolver of this machine.

    Args:
        look_up: finds the endpoints of a host, in a thread.
    """

    def __init__(
        self, *, look_up: Callable[[str, int], tuple[Endpoint, ...]] = look_up
    ) -> None:
        self._look_up = look_up
        self._threads = ThreadPoolExecutor(
            max_workers=limits.NAME_LOOKUPS_MAX, thread_name_prefix=_THREADS
        )
        self._running: dict[tuple[str, int], asyncio.Future[tuple[Endpoint, ...]]] = {}

    async def resolve(self, host: str, port: int) -> tuple[Endpoint, ...]:
        """Returns all endpoints of a host; see the protocol."""
        key = (host, port)
        lookup = self._running.get(key)
        if lookup is None:
            if len(self._running) >= limits.NAME_LOOKUPS_MAX:
                message = "too many hosts are being looked up"
                raise OSError(message)
            loop = asyncio.get_running_loop()
            lookup = loop.run_in_executor(self._threads, self._look_up, host, port)
            self._running[key] = lookup
            lookup.add_done_callback(lambda done: self._end(key, done))
        # NOTE: who stops waiting does not stop the look-up, which others may share.
        return await asyncio.shield(lookup)

    def close(self) -> None:
        """Lets go of the threads; look-ups that have not begun fail."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _end(
        self, key: tuple[str, int], done: asyncio.Future[tuple[Endpoint, ...]]
    ) -> None:
        del self._running[key]
        # A failure that nobody waits for any more is no programming mistake.
        if not done.cancelled():
            done.exception()


class PinnedResolver:
    """Knows the endpoints of some hosts, and asks another resolver for the rest.

    Args:
        pins: the endpoint of each host that is known, whatever port is asked for.
        otherwise: is asked for the others.
    """

    def __init__(
        self, *, pins: Mapping[str, Endpoint], otherwise: NameResolver
    ) -> None:
        self._pins = dict(pins)
        self._otherwise = otherwise

    async def resolve(self, host: str, port: int) -> tuple[Endpoint, ...]:
        """Returns all endpoints of a host; see the protocol."""
        if host in self._pins:
            return (self._pins[host],)
        return await self._otherwise.resolve(host, port)
