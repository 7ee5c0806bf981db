"""What a server must be like before it is trusted with sessions.

Run at start-up and again for readiness: an eviction policy that drops state, set
while we run, would un-revoke what was revoked (attacks R07).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from daypass.adapters.redis.link import Command, Link, Reply
from daypass.adapters.redis.scripts import accepted
from daypass.adapters.redis.settings import StoreConfigError
from daypass.core import limits

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


async def check_server(link: Link, *, replicas: int) -> tuple[str, ...]:
    """Asks the server what it is like.

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
    return judge_server(facts, replicas=replicas)


def judge_server(facts: Mapping[str, str], *, replicas: int) -> tuple[str, ...]:
    """Judges the facts of INFO; see `check_server`."""
    version = _version(facts.get("redis_version", ""))
    if version < _VERSION_MIN:
        raise StoreConfigError(
            "the store is not Redis 7 or later; upgrade it, or use memory://"
        )
    if facts.get("redis_mode") == "cluster":
        raise StoreConfigError(
            "the store is a Redis Cluster, which is not available yet; use a single"
            " server with replicas"
        )
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
    if attached.isdecimal() and int(attached) < replicas:
        warnings.append(
            f"{attached} replicas are attached and each write waits for {replicas}:"
            " nothing can be issued until they are"
        )
    return tuple(warnings)


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
