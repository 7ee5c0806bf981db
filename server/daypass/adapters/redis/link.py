"""One connection to the server, on which whole pipelines are exchanged.

Either every reply of a pipeline is read, or the connection is given up: a reply
can so never be taken for the answer to another command (attacks R12). A
connection that fails is made anew by the next exchange, after a pause that
grows and varies, so that many workers do not come back at one instant (R23).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import hiredis
from redis.asyncio.connection import Connection
from redis.exceptions import ReadOnlyError, RedisError, ResponseError

from daypass.adapters.redis.settings import RedisSettings, new_connection
from daypass.core import limits
from daypass.core.errors import StoreUnavailableError
from daypass.core.ports import Entropy

# A command with its arguments; text of tenants is only ever an argument.
Command = tuple[bytes | str | int, ...]
# What the server answers; an error answer is a value here, not an exception.
Reply = bytes | int | list["Reply"] | ResponseError | None

_JITTER_BYTES: Final = 2
_JITTER_MAX: Final = 1 << (8 * _JITTER_BYTES)


def store_unavailable(detail: str) -> StoreUnavailableError:
    """Makes the error that says: come back, nothing was acknowledged."""
    return StoreUnavailableError(detail, retry_after=limits.STORE_RETRY_AFTER)


class Link:
    """A connection that one task at a time may use.

    Args:
        settings: where the server is.
        entropy: varies the pause before connecting again.
    """

    def __init__(self, settings: RedisSettings, *, entropy: Entropy) -> None:
        self._settings = settings
        self._entropy = entropy
        self._connection: Connection | None = None
        self._pause = timedelta()
        self._not_before = 0.0

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
        packed = [_pack(command) for command in commands]
        try:
            async with asyncio.timeout(at_most.total_seconds()):
                await connection.send_packed_command(b"".join(packed))
                replies = [await _read(connection) for _ in commands]
        except (OSError, RedisError) as error:
            # NOTE: TimeoutError is an OSError.
            await self.drop()
            raise store_unavailable("store_connection_lost") from error
        except BaseException:
            await self.drop()
            raise
        if any(isinstance(reply, ReadOnlyError) for reply in replies):
            # The server is a master no more; the address leads to another one.
            await self.drop()
            raise store_unavailable("store_is_replica")
        return replies

    async def drop(self) -> None:
        """Gives up the connection; the next exchange makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.disconnect(nowait=True)

    async def _connected(self) -> Connection:
        if self._connection is not None and await self._is_fresh(self._connection):
            return self._connection
        await self.drop()
        await self._wait_for_turn()
        connection = new_connection(self._settings)
        seconds = limits.STORE_CONNECT_TIME_MAX.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                await connection.connect()  # type: ignore[no-untyped-call]
        except (OSError, RedisError) as error:
            await connection.disconnect(nowait=True)
            self._lengthen_pause()
            raise store_unavailable("store_unreachable") from error
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        self._pause = timedelta()
        self._connection = connection
        return connection

    async def _is_fresh(self, connection: Connection) -> bool:
        """Tells whether the server has not hung up, and nothing is unread."""
        try:
            return connection.is_connected and not await connection.can_read()
        except (OSError, RedisError):
            return False

    async def _wait_for_turn(self) -> None:
        delay = self._not_before - asyncio.get_running_loop().time()
        if delay > 0:
            await asyncio.sleep(delay)

    def _lengthen_pause(self) -> None:
        longer = max(self._pause * 2, limits.STORE_RECONNECT_PAUSE_MIN)
        self._pause = min(longer, limits.STORE_RECONNECT_PAUSE_MAX)
        drawn = int.from_bytes(self._entropy.token_bytes(_JITTER_BYTES), "big")
        # Between half of the pause and the whole of it.
        seconds = self._pause.total_seconds() * (1 + drawn / _JITTER_MAX) / 2
        self._not_before = asyncio.get_running_loop().time() + seconds


def _pack(command: Command) -> bytes:
    # The stub of hiredis knows tuples of one member only.
    packed: bytes = hiredis.pack_command(command)  # type: ignore[arg-type]
    return packed


async def _read(connection: Connection) -> Reply:
    try:
        reply: Reply = await connection.read_response(
            disable_decoding=True, disconnect_on_error=False
        )
    except ResponseError as error:
        return error
    return reply
