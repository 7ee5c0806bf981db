"""One connection to one server: how it is made, and how commands go over it."""

from __future__ import annotations

import asyncio
import ssl
from datetime import timedelta
from typing import Any, Final

import hiredis
from redis._parsers.hiredis import NOT_ENOUGH_DATA, _AsyncHiredisParser
from redis.asyncio.connection import Connection, SSLConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AskError,
    ClusterDownError,
    InvalidResponse,
    RedisError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)

from daypass.adapters.redis.settings import Address, RedisSettings
from daypass.core import limits
from daypass.core.errors import StoreUnavailableError
from daypass.core.secret import Secret

# A command with its arguments; text of tenants is only ever an argument.
Command = tuple[bytes | str | int, ...]
# What the server answers; an error answer is a value here, not an exception.
Reply = bytes | int | list["Reply"] | ResponseError | None

_RESP2: Final = 2


def store_unavailable(detail: str) -> StoreUnavailableError:
    """Makes the error that says: come back, nothing was acknowledged."""
    return StoreUnavailableError(detail, retry_after=limits.STORE_RETRY_AFTER)


def is_redirection(reply: Reply) -> bool:
    """Tells whether a cluster sends a command elsewhere; it was not done."""
    # NOTE: a MOVED is an ASK to redis-py, and a MASTERDOWN a CLUSTERDOWN.
    return isinstance(reply, AskError | TryAgainError | ClusterDownError)


def data_connection(settings: RedisSettings, address: Address) -> Connection:
    """Makes a connection to a server that holds data; it is not yet open."""
    return _connection(
        settings,
        address,
        username=settings.username,
        password=settings.password,
        database=settings.database,
    )


def sentinel_connection(settings: RedisSettings, address: Address) -> Connection:
    """Makes a connection to a sentinel; it is not yet open."""
    return _connection(
        settings,
        address,
        username=settings.sentinel_username,
        password=settings.sentinel_password,
        database=0,
    )


async def send(connection: Connection, *commands: Command) -> list[Reply]:
    """Sends commands in one go and returns their replies.

    Raises:
        OSError: the connection is of no use any more.
        RedisError: the same.
    """
    # The stub of hiredis knows tuples of one member only.
    packed = map(hiredis.pack_command, commands)  # type: ignore[arg-type]
    await connection.send_packed_command(b"".join(packed))
    return await _read(connection, len(commands))


async def ask(connection: Connection, *commands: Command, at_most: timedelta) -> Reply:
    """Opens a connection for some commands and returns the reply to the last.

    Raises:
        StoreUnavailableError: there is none.
    """
    try:
        async with asyncio.timeout(at_most.total_seconds()):
            await connection.connect()  # type: ignore[no-untyped-call]
            return (await send(connection, *commands))[-1]
    except (OSError, RedisError) as error:
        raise store_unavailable("store_unreachable") from error
    finally:
        await give_up(connection)


def is_quiet(connection: Connection) -> bool:
    """Tells whether a connection is open, and nothing has come that was not asked for.

    One that the server has hung up has come to its end.
    """
    # NOTE: redis-py would look by reading with a timer that has run out, at the cost of
    # some turns of the loop. There is no public way to what it has read.
    reader: Any = connection._reader  # noqa: SLF001
    parser: Any = connection._parser  # noqa: SLF001
    return bool(
        connection.is_connected
        and reader is not None
        and not reader.at_eof()
        and not reader._buffer  # noqa: SLF001
        and reader.exception() is None
        and not parser._reader.has_data()  # noqa: SLF001
    )


async def give_up(connection: Connection) -> None:
    """Closes a connection at once; what it has not sent yet is never sent."""
    # NOTE: redis-py would close it when all is sent, and a server that hangs would do
    # what it then reads when it wakes, long after the caller was told of a failure.
    writer = connection._writer  # noqa: SLF001 - there is no public way to abort.
    if writer is not None:
        writer.transport.abort()
    await connection.disconnect(nowait=True)


def _connection(
    settings: RedisSettings,
    address: Address,
    *,
    username: str | None,
    password: Secret | None,
    database: int,
) -> Connection:
    """Makes a connection.

    Each use has its own deadline, so that the connection itself needs none for
    reading; it neither retries nor follows notices of a proxy.
    """
    common: dict[str, Any] = {
        "host": address.host,
        "port": address.port,
        "db": database,
        "username": username,
        "password": password.reveal_text() if password else None,
        "socket_timeout": None,
        "socket_connect_timeout": limits.STORE_CONNECT_TIME_MAX.total_seconds(),
        "socket_keepalive": True,
        "retry": Retry(NoBackoff(), 0),
        "retry_on_timeout": False,
        "health_check_interval": 0,
        "protocol": _RESP2,
        "decode_responses": False,
        "driver_info": None,
        # Named here, because its replies are read by the batch below.
        "parser_class": _AsyncHiredisParser,
    }
    if not settings.tls:
        return Connection(**common)
    return SSLConnection(
        ssl_cert_reqs="required",
        ssl_check_hostname=True,
        ssl_ca_certs=settings.ca_file,
        ssl_min_version=ssl.TLSVersion.TLSv1_2,
        **common,
    )


async def _read(connection: Connection, count: int) -> list[Reply]:
    """Reads so many replies, as many as have come without a wait between them."""
    # NOTE: redis-py reads one reply at a time, through three coroutines each, which
    # takes longer than to parse it. There is no public way to its parser.
    parser: Any = connection._parser  # noqa: SLF001
    take = parser._reader.gets  # noqa: SLF001
    replies: list[Reply] = []
    while len(replies) < count:
        try:
            reply = take(False)  # noqa: FBT003 - bytes as they came; it has no name.
        except ValueError as error:
            # A redirection that leads nowhere is no reply that can be read.
            raise InvalidResponse("malformed redirection") from error
        if reply is NOT_ENOUGH_DATA:
            await parser.read_from_socket()
        elif isinstance(reply, RedisConnectionError):
            raise reply
        else:
            replies.append(reply)
    return replies
