"""Which server a connection is made to, asked anew at every connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from redis.asyncio.connection import Connection

from daypass.adapters.redis.settings import Address


class Route(Protocol):
    """Leads to the server that takes writes now; several links may share one."""

    async def find(self) -> Address:
        """Returns where the server is.

        Raises:
            StoreUnavailableError: nobody says so.
        """
        ...

    async def look(self) -> Address | None:
        """Returns where the server is by now, if that is known without the server.

        It is asked while a server that failed is left alone, and costs it nothing.
        """
        ...

    async def check(self, connection: Connection) -> None:
        """Checks a new connection, before anything else goes over it.

        Raises:
            StoreUnavailableError: the server there is not the one.
            OSError: the connection is of no use.
            RedisError: the same.
        """
        ...

    def leads_to(self, address: Address) -> bool:
        """Tells whether a connection to an address is still right."""
        ...

    async def vouch(self, address: Address | None) -> None:
        """Returns when a server that has confirmed something is still the primary.

        Raises:
            StoreUnavailableError: that is not sure.
        """
        ...

    def distrust(self, address: Address | None) -> None:
        """Notes that a server failed, or None where none was found."""
        ...


class FixedRoute:
    """Leads to one address, which whoever knows it vouches for.

    Args:
        address: where the server is.
        on_distrust: told when the server fails.
    """

    def __init__(
        self, address: Address, *, on_distrust: Callable[[], None] | None = None
    ) -> None:
        self._address = address
        self._on_distrust = on_distrust

    async def find(self) -> Address:
        """Returns the address; see the protocol."""
        return self._address

    async def look(self) -> Address | None:
        """Returns None: it is where it was; see the protocol."""
        return None

    async def check(self, connection: Connection) -> None:
        """Accepts every server; see the protocol."""

    def leads_to(self, address: Address) -> bool:
        """Tells whether it is the address; see the protocol."""
        return address == self._address

    async def vouch(self, address: Address | None) -> None:
        """Vouches, as nobody promotes another one; see the protocol."""

    def distrust(self, address: Address | None) -> None:
        """Tells whoever wants to know; see the protocol."""
        del address
        if self._on_distrust is not None:
            self._on_distrust()
