"""What a server must be like before it is trusted with sessions.

Run at start-up and from time to time for readiness: an eviction policy that drops
state, set while we run, would un-revoke what was revoked (attacks R07).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from daypass.adapters.redis.connection import Command, Reply, store_unavailable
from daypass.adapters.redis.link import Link
from daypass.adapters.redis.scripts import accepted
from daypass.adapters.redis.settings import (
    RedisSettings,
    StoreConfigError,
    Topology,
)
from daypass.core import limits
from daypass.core.clock import from_epoch_seconds
from daypass.core.ports import Clock
from daypass.core.store_health import ClockDifference

_VERSION_MIN: Final = (7, 0, 0)
# CVE-2025-49844: whoever may run scripts may run code. The first fixed version of
# each line; other lines up to 8.2 have none.
_SCRIPT_HOLE_FIXED: Final = {
    (7, 2): (7, 2, 11),
    (7, 4): (7, 4, 6),
    (8, 0): (8, 0, 4),
    (8, 2): (8, 2, 2),
}
_SCRIPT_HOLE_LAST_LINE: Final = (8, 2)
_SECTIONS: Final = ("server", "memory", "replication")


async def check_server(link: Link, settings: RedisSettings) -> tuple[str, ...]:
    """Asks a server what it is like.

    Returns:
        Warnings for the operator, each a sentence.

    Raises:
        StoreConfigError: the server must not be used as it is.
        StoreUnavailableError: it does not answer.
    """
    commands: list[Command] = [("INFO", section) for section in _SECTIONS]
    replies = await link.exchange(commands, at_most=limits.STORE_CALL_TIME_MAX)
    facts: dict[str, str] = {}
    for reply in replies:
        facts |= _facts(accepted(reply))
    return judge_server(facts, settings)


async def compare_clocks(link: Link, clock: Clock) -> ClockDifference:
    """Asks a server for its time.

    Raises:
        StoreUnavailableError: it does not answer.
    """
    asked = clock.monotonic()
    (reply,) = await link.exchange([("TIME",)], at_most=limits.STORE_CALL_TIME_MAX)
    # NOTE: one reading of our time of day, so that a step of it between question and
    # answer cannot widen or turn the bounds; how long it took is another clock's.
    now, taken = clock.now(), timedelta(seconds=clock.monotonic() - asked)
    least = _time(accepted(reply)) - now
    return ClockDifference(least, least + taken)


def judge_server(facts: Mapping[str, str], settings: RedisSettings) -> tuple[str, ...]:
    """Judges the facts of INFO; see `check_server`."""
    version = _version(facts.get("redis_version", ""))
    if version < _VERSION_MIN:
        raise StoreConfigError(
            "the store is not Redis 7 or later; upgrade it, or use memory://"
        )
    _judge_mode(facts.get("redis_mode", ""), settings.topology)
    if settings.topology is Topology.CLUSTER and not settings.replicas:
        _judge_unconfirmed(facts.get("connected_slaves", "0"))
    if facts.get("role") != "master":
        raise StoreConfigError(
            "the store is a replica; point the store URL to the master"
        )
    policy = facts.get("maxmemory_policy", "")
    if policy != "noeviction":
        raise StoreConfigError(
            f"the store's maxmemory-policy is {policy or 'unknown'}, which may drop"
            " revocations; run CONFIG SET maxmemory-policy noeviction, and write it"
            " into redis.conf"
        )
    warnings: list[str] = []
    if "valkey_version" not in facts and _has_script_hole(version):
        shown = ".".join(map(str, version))
        warnings.append(
            f"Redis {shown} has CVE-2025-49844 unless your distribution has mended"
            " it: upgrade, and let nobody else run scripts"
        )
    attached = facts.get("connected_slaves", "0")
    if attached.isdecimal() and int(attached) < settings.replicas:
        warnings.append(
            f"{attached} replicas are attached and each write waits for"
            f" {settings.replicas}: nothing can be issued until they are"
        )
    return tuple(warnings)


def _judge_unconfirmed(attached: str) -> None:
    """Refuses a cluster that promotes replicas which have confirmed nothing."""
    if attached != "0":
        raise StoreConfigError(
            "the cluster has replicas, which it promotes by itself: the store URL"
            " needs ?replicas=1 or more, so that they have what was acknowledged"
        )


def _judge_mode(mode: str, topology: Topology) -> None:
    """Refuses a server of another kind than the URL says."""
    if mode == "sentinel":
        raise StoreConfigError(
            "the store URL leads to a sentinel; use redis+sentinel://"
        )
    if (mode == "cluster") is not (topology is Topology.CLUSTER):
        right = "redis+cluster://" if mode == "cluster" else "another scheme"
        raise StoreConfigError(
            f"the store is a Redis of mode {mode or 'unknown'}; use {right}"
        )


def _time(reply: Reply) -> datetime:
    """Reads seconds and microseconds since 1970."""
    try:
        match reply:
            case [bytes(seconds), bytes(micros)]:
                whole = from_epoch_seconds(int(seconds))
                return whole + timedelta(microseconds=int(micros))
    except (ValueError, OverflowError, OSError) as error:
        raise store_unavailable("store_time_malformed") from error
    raise store_unavailable("store_time_malformed")


def _facts(reply: Reply) -> dict[str, str]:
    """Reads lines of `name:value`."""
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else ""
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {name: value for name, _, value in pairs}


def _version(text: str) -> tuple[int, ...]:
    parts = text.split(".")
    if not all(part.isascii() and part.isdecimal() for part in parts):
        return (0,)
    return tuple(int(part) for part in parts)


def _has_script_hole(version: tuple[int, ...]) -> bool:
    line = version[:2]
    fixed = _SCRIPT_HOLE_FIXED.get((version[0], version[1]))
    if fixed is not None:
        return version < fixed
    return line <= _SCRIPT_HOLE_LAST_LINE
