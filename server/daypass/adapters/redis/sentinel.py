"""The route that sentinels tell.

A primary that was voted out may not know it, and goes on taking writes that are lost
when it does (reliability F4). So the sentinels are asked at every connection, the
server they name must call itself a primary, and as soon as one link finds that it
is none, or that its replicas have left it, all links ask again (attacks R06).

A replica that is not the promoted one follows the old primary for a moment longer,
and would confirm to it what is lost. So what replicas have confirmed is acknowledged
only while enough sentinels have seen the primary alive, so that none can have been
promoted beside it (see `sentinel_word`).

A host that the URL does not name is contacted by the word of a sentinel alone.
"""

from __future__ import annotations

import asyncio
from collections import deque

from redis.asyncio.connection import Connection
from redis.exceptions import ResponseError

from daypass.adapters.redis.connection import (
    Reply,
    ask,
    send,
    sentinel_connection,
    store_unavailable,
)
from daypass.adapters.redis.sentinel_word import Word, patience_of, read_word
from daypass.adapters.redis.settings import Address, RedisSettings
from daypass.core import store_limits
from daypass.core.errors import StoreUnavailableError


class SentinelRoute:
    """A `Route` to the primary of a set of sentinels.

    Args:
        settings: where the sentinels are, and what they call the primary.
    """

    def __init__(self, settings: RedisSettings) -> None:
        self._settings = settings
        self._sentinels = deque(settings.addresses)
        self._primary: Address | None = None
        # Until when no other primary can be promoted beside which one.
        self._vouched: tuple[Address | None, float] = (None, 0.0)

    async def find(self) -> Address:
        """Asks one sentinel after the other; see the protocol."""
        error = store_unavailable("store_primary_unknown")
        for _ in range(len(self._sentinels)):
            sentinel = self._sentinels[0]
            try:
                self._primary = await self._ask(sentinel)
            except StoreUnavailableError as failure:
                error.__cause__ = failure
                # The next one goes first from now on; others may have done so.
                if self._sentinels[0] == sentinel:
                    self._sentinels.rotate(-1)
                continue
            return self._primary
        raise error

    async def check(self, connection: Connection) -> None:
        """Accepts a server that calls itself a primary; see the protocol."""
        # One that hangs takes connections all the same; the sentinels may know better.
        async with asyncio.timeout(
            store_limits.STORE_QUESTION_TIME_MAX.total_seconds()
        ):
            (reply,) = await send(connection, ("ROLE",))
        if isinstance(reply, ResponseError):
            raise store_unavailable("store_role_refused") from reply
        if not isinstance(reply, list) or reply[0] != b"master":
            raise store_unavailable("store_is_replica")

    def leads_to(self, address: Address) -> bool:
        """Tells whether it is where the primary was found last; see the protocol."""
        return address == self._primary

    async def vouch(self, address: Address | None) -> None:
        """Vouches as long as enough sentinels have seen the primary; see the protocol."""
        vouched, end = self._vouched
        if address == vouched and asyncio.get_running_loop().time() < end:
            return
        if address is None or not await self._is_vouched_for(address):
            raise store_unavailable("store_primary_unsure")

    def distrust(self, address: Address | None) -> None:
        """Lets every link ask again, another sentinel first; see the protocol."""
        if address == self._primary:
            self._primary = None
            # One that is cut off from the others would name the same server again.
            self._sentinels.rotate(-1)

    async def _is_vouched_for(self, primary: Address) -> bool:
        """Asks all sentinels at once, and waits for as many as are needed."""
        start = asyncio.get_running_loop().time()
        words: list[Word] = []
        async with asyncio.TaskGroup() as tasks:
            asked = [
                tasks.create_task(self._word(each)) for each in self._settings.addresses
            ]
            for each in asyncio.as_completed(asked):
                word = await each
                if word is not None:
                    words.append(word)
                patience = patience_of(
                    words, primary, named=len(self._settings.addresses)
                )
                if patience is not None:
                    for task in asked:
                        task.cancel()
                    # Half of it: the clocks of others may run at another pace.
                    end = start + patience.total_seconds() / 2
                    self._vouched = (primary, end)
                    return True
        return False

    async def _word(self, sentinel: Address) -> Word | None:
        try:
            return read_word(
                await ask(
                    sentinel_connection(self._settings, sentinel),
                    ("SENTINEL", "MASTER", self._settings.primary),
                    at_most=store_limits.STORE_QUESTION_TIME_MAX,
                )
            )
        except StoreUnavailableError:
            # Silence is no word; whoever asked needs the words of the others.
            return None

    async def _ask(self, sentinel: Address) -> Address:
        reply = await ask(
            sentinel_connection(self._settings, sentinel),
            ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._settings.primary),
            at_most=store_limits.STORE_QUESTION_TIME_MAX,
        )
        return _read_address(reply)


def _read_address(reply: Reply) -> Address:
    match reply:
        case [bytes(host), bytes(port)] if port.isdigit() and len(port) <= 5:  # noqa: PLR2004 - digits of a port.
            return Address(host.decode("utf-8", "replace"), int(port))
    raise store_unavailable("store_primary_unknown")
