"""What a store URL says, and how a connection is made of it.

`redis://` and `rediss://` name one server. The query may hold `replicas`, how many
replicas confirm a write; `prefix`, put before every key; and with TLS `ca`, a file
of trusted certificates.
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from redis.asyncio.connection import Connection, SSLConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from daypass.core import limits
from daypass.core.secret import Secret

_PORT_DEFAULT: Final = 6379
_DATABASE_MAX: Final = 9_999
_PREFIX_DEFAULT: Final = "daypass"
# NOTE: no braces, which would choose the slot of a key in a cluster.
_PREFIX: Final = re.compile(r"[A-Za-z0-9_.-]{1,32}", re.ASCII)
_NOT_YET: Final = frozenset({"redis+sentinel", "redis+cluster"})
_RESP2: Final = 2


class StoreConfigError(ValueError):
    """The store cannot be used as it is configured; the text says what to do.

    The text never holds a password.
    """


@dataclass(frozen=True, slots=True)
class RedisSettings:
    """Where the store is and how it is used.

    Attributes:
        host: name or address of the server.
        port: TCP port.
        database: number of the database.
        username: for AUTH, or None for the default user.
        password: for AUTH, or None for no AUTH.
        tls: whether the connection is encrypted and the server's name checked.
        ca_file: trusted certificates, or None for those of the system.
        replicas: how many replicas must have a write before it is acknowledged.
        prefix: stands before every key.
    """

    host: str
    port: int = _PORT_DEFAULT
    database: int = 0
    username: str | None = None
    password: Secret | None = None
    tls: bool = False
    ca_file: str | None = None
    replicas: int = 0
    prefix: str = _PREFIX_DEFAULT


def parse_redis_url(url: str) -> RedisSettings:
    """Reads a store URL.

    Raises:
        StoreConfigError: it is not one that can be used.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise StoreConfigError("the store URL is malformed") from None
    if parts.scheme in _NOT_YET:
        raise StoreConfigError(
            f"{parts.scheme}:// is not available yet; use redis:// or rediss://"
        )
    if parts.scheme not in {"redis", "rediss"}:
        raise StoreConfigError("the store URL must begin with redis:// or rediss://")
    if not parts.hostname or parts.fragment:
        raise StoreConfigError("the store URL must be redis://HOST[:PORT][/DATABASE]")
    options = _options(parts)
    tls = parts.scheme == "rediss"
    ca_file = options.get("ca")
    if ca_file is not None and not tls:
        raise StoreConfigError("the option ca needs a rediss:// URL")
    return RedisSettings(
        host=parts.hostname,
        port=_PORT_DEFAULT if port is None else port,
        database=_number(
            parts.path.removeprefix("/") or "0", "database", _DATABASE_MAX
        ),
        username=unquote(parts.username) if parts.username else None,
        password=Secret(unquote(parts.password)) if parts.password else None,
        tls=tls,
        ca_file=ca_file,
        replicas=_number(
            options.get("replicas", "0"), "replicas", limits.STORE_REPLICAS_MAX
        ),
        prefix=_prefix(options.get("prefix", _PREFIX_DEFAULT)),
    )


def new_connection(settings: RedisSettings) -> Connection:
    """Makes a connection that is not yet open.

    Each use has its own deadline, so that the connection itself needs none for
    reading; it neither retries nor follows notices of a proxy.
    """
    common: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "db": settings.database,
        "username": settings.username,
        "password": settings.password.reveal_text() if settings.password else None,
        "socket_timeout": None,
        "socket_connect_timeout": limits.STORE_CONNECT_TIME_MAX.total_seconds(),
        "socket_keepalive": True,
        "retry": Retry(NoBackoff(), 0),
        "retry_on_timeout": False,
        "health_check_interval": 0,
        "protocol": _RESP2,
        "decode_responses": False,
        "driver_info": None,
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


def _options(parts: SplitResult) -> dict[str, str]:
    try:
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True)
    except ValueError:
        if not parts.query:
            return {}
        raise StoreConfigError("the options of the store URL are malformed") from None
    options = dict(pairs)
    if len(options) != len(pairs):
        raise StoreConfigError("an option of the store URL stands twice")
    if unknown := options.keys() - {"replicas", "prefix", "ca"}:
        names = ", ".join(sorted(unknown))
        raise StoreConfigError(
            f"the store URL has unknown options: {names}; known are replicas, prefix"
            " and ca"
        )
    return options


def _number(text: str, name: str, most: int) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text[:9]) > most:
        raise StoreConfigError(f"{name} of the store URL must be 0 to {most}")
    return int(text)


def _prefix(text: str) -> str:
    if _PREFIX.fullmatch(text) is None:
        raise StoreConfigError(
            "prefix of the store URL must be 1 to 32 letters, digits, or _ . -"
        )
    return text
