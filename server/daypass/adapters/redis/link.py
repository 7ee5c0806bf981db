"""One connection to the server, on which whole pipelines are exchanged.

Either every reply of a pipeline is read, or the connection is given up: a reply
can so never be taken for the answer to another command (attacks R12). A
connection that fails is made anew by the next exchange, after a pause that
grows and varies, so that many workers do not come back at one instant (R23).
Where it leads is the route's to say; a server that has not failed yet is not made to
wait for one that has (decision 0057).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from typing import Final, TypeVar

from redis.asyncio.connection import Connection
from redis.exceptions import MasterDownError, ReadOnlyError, RedisError, ResponseError

from daypass.adapters.redis.connection import (
    Command,
    Reply,
    data_connection,
    give_up,
    is_quiet,
    send,
    store_unavailable,
)
from daypass.adapters.redis.routes import Route
from daypass.adapters.redis.settings import Address, RedisSettings
from daypass.core import limits, store_limits
from daypass.core.errors import StoreUnavailableError
from daypass.core.ports import Entropy

T = TypeVar("T")
_JITTER_BYTES: Final = 2
_JITTER_MAX: Final = 1 << (8 * _JITTER_BYTES)


def jittered(pause: timedelta, entropy: Entropy) -> float:
    """Returns seconds between half of a pause and the whole of it."""
    drawn = int.from_bytes(entropy.token_bytes(_JITTER_BYTES), "big")
    return pause.total_seconds() * (1 + drawn / _JITTER_MAX) / 2


class Link:
    """A connection that one task at a time may use.

    Args:
        settings: how servers are spoken to.
        route: which server it is.
        entropy: varies the pause before connecting again.
    """

    def __init__(
        self, settings: RedisSettings, *, route: Route, entropy: Entropy
    ) -> None:
        self._settings = settings
        self._route = route
        self._entropy = entropy
        self._connection: Connection | None = None
        self._address: Address | None = None
        self._pause = timedelta()
        self._not_before = 0.0
        # Those that have failed since the last answer; a route leads to few.
        self._failed: set[Address] = set()

    async def exchange(
        self, commands: Sequence[Command], *, at_most: timedelta
    ) -> list[Reply]:
        """Sends commands in one go and returns their replies.

        Args:
            commands: what to send.
            at_most: how long the replies may take.

        Raises:
            StoreUnavailableError: not every reply came; what was done is unknown.
        """
        connection = await self._connected()
        try:
            async with asyncio.timeout(at_most.total_seconds()):
                sending = send(connection, *commands)
                # After a failure only: nobody has been replaced who answers.
                replies = await (self._watched(sending) if self._failed else sending)
        except (OSError, RedisError) as error:
            # NOTE: TimeoutError is an OSError, and a server that is loading its data
            # answers with an error of the connection.
            await self.distrust()
            raise store_unavailable("store_connection_lost") from error
        except BaseException:
            await self.drop()
            raise
        for reply in replies:
            if isinstance(reply, ResponseError) and _is_no_primary(reply):
                await self.distrust()
                raise store_unavailable("store_is_replica")
        self._pause = timedelta()
        self._failed.clear()
        return replies

    async def distrust(self) -> None:
        """Gives the connection up and lets the route look for the server again."""
        self._note_failure()
        await self.drop()

    async def drop(self) -> None:
        """Gives up the connection; the next exchange makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await give_up(connection)

    async def vouch(self) -> None:
        """Returns when the server is still the primary, after what it has confirmed.

        Raises:
            StoreUnavailableError: that is not sure, and so is nothing that it said.
        """
        try:
            await self._route.vouch(self._address)
        except StoreUnavailableError:
            await self.distrust()
            raise

    async def _connected(self) -> Connection:
        if self._connection is not None and self._is_fresh(self._connection):
            return self._connection
        await self.drop()
        end = asyncio.get_running_loop().time()
        end += limits.STORE_CONNECT_TIME_MAX.total_seconds()
        for left in reversed(range(store_limits.STORE_CONNECT_ATTEMPTS_MAX)):
            try:
                return await self._connect_until(end)
            except StoreUnavailableError:
                # Whoever waits for a turn that comes too late has not tried, and what
                # was not tried must not make the pause longer.
                if self._not_before >= end or not left:
                    raise
        raise AssertionError

    async def _connect_until(self, end: float) -> Connection:
        """Connects once, after the pause since the last failure.

        Raises:
            StoreUnavailableError: nothing was sent.
        """
        connection: Connection | None = None
        self._address = None
        try:
            async with asyncio.timeout_at(end):
                await self._wait_for_turn()
                self._address = await self._route.find()
                found = asyncio.get_running_loop().time()
                connection = data_connection(self._settings, self._address)
                await self._watched(self._meet(connection))
                await self._look_again(self._address, found)
        except (OSError, RedisError, StoreUnavailableError) as error:
            self._note_failure()
            await _close(connection)
            if isinstance(error, StoreUnavailableError):
                raise
            raise store_unavailable("store_unreachable") from error
        except BaseException:
            await _close(connection)
            raise
        self._connection = connection
        return connection

    def _is_fresh(self, connection: Connection) -> bool:
        """Tells whether it leads where it should, and nothing is unread."""
        if self._address is None or not self._route.leads_to(self._address):
            return False
        return is_quiet(connection)

    async def _wait_for_turn(self) -> None:
        """Returns when the pause is over, or the route leads to one that has not failed."""
        loop = asyncio.get_running_loop()
        while (delay := self._not_before - loop.time()) > 0:
            if await self._leads_to_another():
                return
            look = jittered(store_limits.STORE_LOOK_PAUSE, self._entropy)
            await asyncio.sleep(min(delay, look))

    async def _look_again(self, address: Address, found: float) -> None:
        """Returns unless another server was named while this one was slow to answer.

        One that hung answers when it wakes, and does not know yet that it was voted
        out: whatever it is told then waits for replicas that follow another.
        """
        taken = asyncio.get_running_loop().time() - found
        if taken < store_limits.STORE_ANSWER_SLOW.total_seconds():
            return
        if await self._route.look() not in {None, address}:
            raise store_unavailable("store_primary_changed")

    async def _meet(self, connection: Connection) -> None:
        await connection.connect()  # type: ignore[no-untyped-call]
        await self._route.check(connection)

    async def _watched(self, work: Awaitable[T]) -> T:
        """Returns what work comes to, and gives it up when another server is named.

        Raises:
            OSError: it was given up, or the server is of no use; what was done is
                unknown.
            RedisError: the latter.
            StoreUnavailableError: the same.
        """
        failure: Exception
        async with asyncio.TaskGroup() as tasks:
            patience = asyncio.timeout(None)
            watching = tasks.create_task(self._watch(patience))
            try:
                async with patience:
                    return await work
            except (OSError, RedisError, StoreUnavailableError) as error:
                # NOTE: raised outside, as a group would wrap it in one of its own.
                failure = error
            finally:
                watching.cancel()
        raise failure

    async def _watch(self, patience: asyncio.Timeout) -> None:
        """Ends somebody's patience when a server is named that has not failed."""
        while True:
            look = jittered(store_limits.STORE_LOOK_PAUSE, self._entropy)
            await asyncio.sleep(look)
            named = await self._route.look()
            # One that has failed is no reason: sentinels may contradict each other.
            if named not in {None, self._address, *self._failed}:
                patience.reschedule(asyncio.get_running_loop().time())
                return

    async def _leads_to_another(self) -> bool:
        address = await self._route.look()
        return address is not None and address not in self._failed

    def _note_failure(self) -> None:
        """Leaves the server alone for a while, the longer the more often it failed."""
        self._route.distrust(self._address)
        if self._address is not None and self._address not in self._failed:
            # What others have failed at is not held against it.
            self._failed.add(self._address)
            self._pause = timedelta()
        longer = max(self._pause * 2, limits.STORE_RECONNECT_PAUSE_MIN)
        self._pause = min(longer, limits.STORE_RECONNECT_PAUSE_MAX)
        seconds = jittered(self._pause, self._entropy)
        self._not_before = asyncio.get_running_loop().time() + seconds


def _is_no_primary(reply: ResponseError) -> bool:
    """Tells whether a server is a primary no more, or has lost its replicas."""
    if isinstance(reply, ReadOnlyError | MasterDownError):
        return True
    return str(reply).startswith("NOREPLICAS")


async def _close(connection: Connection | None) -> None:
    if connection is not None:
        await give_up(connection)
