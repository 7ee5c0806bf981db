"""What a store URL says.

| URL | Names |
|---|---|
| `redis://HOST[:PORT][/DATABASE]` | one server |
| `redis+sentinel://HOST[:PORT],…/NAME[/DATABASE]` | the sentinels of a primary |
| `redis+cluster://HOST[:PORT],…` | nodes of a cluster, from which the others are learnt |

`rediss` in front stands for TLS to all of them. `USER:PASSWORD@` is for the servers
that hold data. The query may hold `replicas`, how many replicas confirm a write;
`prefix`, put before every key; with TLS `ca`, a file of trusted certificates; and
`sentinel_username` and `sentinel_password`, where the sentinels want them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import parse_qsl, unquote

from daypass.core import limits, store_limits
from daypass.core.secret import Secret
from daypass.core.store_urls import scheme_of

_PORT_DEFAULT: Final = 6379
_SENTINEL_PORT_DEFAULT: Final = 26379
_PORT_MAX: Final = 65_535
_DATABASE_MAX: Final = 9_999
_PREFIX_DEFAULT: Final = "daypass"
# NOTE: no braces, which would choose the slot of a key in a cluster.
_PREFIX: Final = re.compile(r"[A-Za-z0-9_.-]{1,32}", re.ASCII)
# What Redis lets a primary be called.
_PRIMARY: Final = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
# RFC 3986 appendix B, without a fragment. NOTE: `urlsplit` takes an authority of
# several hosts for malformed where an address of IPv6 is among them.
_URL: Final = re.compile(
    r"[^:/?]+://(?P<authority>[^/?]*)(?P<path>[^?]*)(\?(?P<query>.*))?", re.DOTALL
)
_ADDRESS: Final = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:(?P<port>[0-9]{1,5}))?", re.ASCII
)
_OPTIONS: Final = frozenset({"replicas", "prefix", "ca"})
_SENTINEL_OPTIONS: Final = frozenset({"sentinel_username", "sentinel_password"})


class StoreConfigError(ValueError):
    """The store cannot be used as it is configured; the text says what to do.

    The text never holds a password.
    """


class Topology(Enum):
    """How the servers of a store belong together; the value is the scheme."""

    SERVER = "redis"
    SENTINEL = "redis+sentinel"
    CLUSTER = "redis+cluster"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    host: str
    port: int = _PORT_DEFAULT


@dataclass(frozen=True, slots=True)
class RedisSettings:
    """Where the store is and how it is used.

    Attributes:
        addresses: the server, the sentinels, or nodes of the cluster.
        topology: which of them they are.
        primary: what the sentinels call the primary.
        database: number of the database.
        username: for AUTH, or None for the default user.
        password: for AUTH, or None for no AUTH.
        sentinel_username: the same for the sentinels.
        sentinel_password: the same for the sentinels.
        tls: whether connections are encrypted and the server's name checked.
        ca_file: trusted certificates, or None for those of the system.
        replicas: how many replicas must have a write before it is acknowledged.
        prefix: stands before every key.
    """

    addresses: tuple[Address, ...]
    topology: Topology = Topology.SERVER
    primary: str = ""
    database: int = 0
    username: str | None = None
    password: Secret | None = None
    sentinel_username: str | None = None
    sentinel_password: Secret | None = None
    tls: bool = False
    ca_file: str | None = None
    replicas: int = 0
    prefix: str = _PREFIX_DEFAULT


def parse_redis_url(url: str) -> RedisSettings:
    """Reads a store URL.

    Raises:
        StoreConfigError: it is not one that can be used.
    """
    scheme, authority, path, query = _parts(url)
    tls = scheme.startswith("rediss")
    topology = _topology(scheme.replace("rediss", "redis", 1))
    credentials, _, servers = authority.rpartition("@")
    username, _, password = credentials.partition(":")
    options = _options(query, topology)
    ca_file = options.get("ca")
    if ca_file is not None and not tls:
        raise StoreConfigError("the option ca needs a rediss URL")
    primary, database = _path(path, topology)
    sentinel_password = options.get("sentinel_password")
    return RedisSettings(
        addresses=_addresses(servers, topology),
        topology=topology,
        primary=primary,
        database=database,
        username=unquote(username) or None,
        password=Secret(unquote(password)) if password else None,
        sentinel_username=options.get("sentinel_username") or None,
        sentinel_password=Secret(sentinel_password) if sentinel_password else None,
        tls=tls,
        ca_file=ca_file,
        replicas=_replicas(options, topology),
        prefix=_prefix(options.get("prefix", _PREFIX_DEFAULT)),
    )


def _parts(url: str) -> tuple[str, str, str, str]:
    """Returns scheme, authority, path and query."""
    if "#" in url:
        raise StoreConfigError("the store URL must not hold a #; write %23")
    parts = _URL.fullmatch(url)
    if parts is None:
        raise StoreConfigError("the store URL is malformed")
    return scheme_of(url), parts["authority"], parts["path"], parts["query"] or ""


def _topology(scheme: str) -> Topology:
    try:
        return Topology(scheme)
    except ValueError:
        names = ", ".join(f"{each.value}://" for each in Topology)
        raise StoreConfigError(
            f"the store URL must begin with memory://, {names}, or the same with"
            " rediss for TLS"
        ) from None


def _addresses(text: str, topology: Topology) -> tuple[Address, ...]:
    sentinel = topology is Topology.SENTINEL
    default = _SENTINEL_PORT_DEFAULT if sentinel else _PORT_DEFAULT
    found: list[Address] = []
    for part in text.split(","):
        match = _ADDRESS.fullmatch(part)
        port = int((match and match["port"]) or default)
        if match is None or not 0 < port <= _PORT_MAX:
            raise StoreConfigError(
                f"the store URL must be {topology.value}://HOST[:PORT]…, a name or an"
                " address with a port of 1 to 65535"
            )
        found.append(Address(match["host"].strip("[]"), port))
    if topology is Topology.SERVER and len(found) > 1:
        raise StoreConfigError(
            "redis:// names one server; for several use redis+sentinel:// or"
            " redis+cluster://"
        )
    if len(found) > store_limits.STORE_ADDRESSES_MAX or len(set(found)) < len(found):
        raise StoreConfigError(
            "the store URL must name each server once, and no more than"
            f" {store_limits.STORE_ADDRESSES_MAX}"
        )
    return tuple(found)


def _path(path: str, topology: Topology) -> tuple[str, int]:
    """Returns the name of the primary, where there is one, and the database."""
    text = path.removeprefix("/")
    primary = ""
    if topology is Topology.SENTINEL:
        primary, _, text = text.partition("/")
        if _PRIMARY.fullmatch(primary) is None:
            raise StoreConfigError(
                "the store URL must be redis+sentinel://HOST[:PORT],…/NAME, where NAME"
                " is what the sentinels call the primary"
            )
    database = _number(text or "0", "database", _DATABASE_MAX)
    if topology is Topology.CLUSTER and database:
        raise StoreConfigError("a cluster has the database 0 only")
    return primary, database


def _options(query: str, topology: Topology) -> dict[str, str]:
    if not query:
        return {}
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise StoreConfigError("the options of the store URL are malformed") from None
    options = dict(pairs)
    if len(options) != len(pairs):
        raise StoreConfigError("an option of the store URL stands twice")
    known = _OPTIONS
    if topology is Topology.SENTINEL:
        known |= _SENTINEL_OPTIONS
    if unknown := options.keys() - known:
        names, all_known = (", ".join(sorted(each)) for each in (unknown, known))
        raise StoreConfigError(
            f"the store URL has unknown options: {names}; known are {all_known}"
        )
    return options


def _replicas(options: dict[str, str], topology: Topology) -> int:
    most = limits.STORE_REPLICAS_MAX
    replicas = _number(options.get("replicas", "0"), "replicas", most)
    if topology is Topology.SENTINEL and not replicas:
        raise StoreConfigError(
            "redis+sentinel:// needs ?replicas=1 or more: what no replica has"
            " confirmed is lost when the sentinels promote one"
        )
    return replicas


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
