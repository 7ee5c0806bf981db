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
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from redis.asyncio.connection import Connection
from redis.exceptions import ResponseError

from daypass.adapters.redis.connection import (
    Reply,
    ask,
    send,
    sentinel_connection,
    store_unavailable,
)
from daypass.adapters.redis.sentinel_pace import Pace, judge_paces
from daypass.adapters.redis.sentinel_word import Word, patience_of, read_word
from daypass.adapters.redis.settings import Address, RedisSettings
from daypass.core import store_limits
from daypass.core.errors import StoreUnavailableError

# How much of their patience is used: the clocks of others may run at another pace,
# and there must be time to ask again before it has run out.
_ASK_AFTER: Final = 0.5
_SOUND_UNTIL: Final = 0.75


@dataclass(frozen=True, slots=True)
class _Vouched:
    """Which primary is the only one, in seconds of the loop's clock.

    Attributes:
        primary: the server.
        ask_after: when the sentinels are asked again.
        end: until when none of them can have begun to promote another.
    """

    primary: Address | None
    ask_after: float
    end: float


class SentinelRoute:
    """A `Route` to the primary of a set of sentinels.

    Args:
        settings: where the sentinels are, and what they call the primary.
    """

    def __init__(self, settings: RedisSettings) -> None:
        self._settings = settings
        self._sentinels = deque(settings.addresses)
        self._primary: Address | None = None
        self._vouched = _Vouched(None, 0.0, 0.0)
        # Of each sentinel that has been heard; the URL names all that are asked.
        self._paces: dict[Address, Pace] = {}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the operator should know of the sentinels that have been heard."""
        return judge_paces(self._paces.values())

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

    async def look(self) -> Address | None:
        """Asks one sentinel; see the protocol."""
        sentinel = self._sentinels[0]
        try:
            return await self._ask(sentinel)
        except StoreUnavailableError:
            # The next time another one is asked; whoever connects asks all.
            if self._sentinels[0] == sentinel:
                self._sentinels.rotate(-1)
            return None

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
        now = asyncio.get_running_loop().time()
        if address == self._vouched.primary and now < self._vouched.ask_after:
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
        """Asks all sentinels at once, and waits for as many as are needed.

        As long as each answer comes before the one before it has run out, no failover
        can have begun in between. After a gap one may be under way, and then no
        sentinel may say so: all are waited for, and one that does not answer is
        counted upon not to be the one that leads it.
        """
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
                if self._continues(primary, words, start=start):
                    for task in asked:
                        task.cancel()
                    return True
        if any(word.contradicts(primary) for word in words):
            return False
        return self._begin(primary, words, start=start)

    def _continues(
        self, primary: Address, words: Sequence[Word], *, start: float
    ) -> bool:
        """Tells whether what was vouched for until now goes on to be."""
        now = asyncio.get_running_loop().time()
        if primary != self._vouched.primary or now >= self._vouched.end:
            return False
        return self._begin(primary, words, start=start)

    def _begin(self, primary: Address, words: Sequence[Word], *, start: float) -> bool:
        """Keeps what words are worth; False where they are not enough."""
        patience = patience_of(words, primary, named=len(self._settings.addresses))
        if patience is None:
            return False
        seconds = patience.total_seconds()
        self._vouched = _Vouched(
            primary,
            ask_after=start + seconds * _ASK_AFTER,
            end=start + seconds * _SOUND_UNTIL,
        )
        return True

    async def _word(self, sentinel: Address) -> Word | None:
        try:
            word = read_word(
                await ask(
                    sentinel_connection(self._settings, sentinel),
                    ("SENTINEL", "MASTER", self._settings.primary),
                    at_most=store_limits.STORE_QUESTION_TIME_MAX,
                )
            )
        except StoreUnavailableError:
            # Silence is no word; whoever asked needs the words of the others.
            return None
        self._paces[sentinel] = word.pace
        if not word.is_replacing:
            return word
        try:
            return replace(word, named=await self._ask(sentinel))
        except StoreUnavailableError:
            # It has said that it replaces the primary, and that stands.
            return word

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
