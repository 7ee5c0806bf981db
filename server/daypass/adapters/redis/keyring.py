"""The sealed key ring on Redis: one key without an expiry.

The ring is what a deployment is. Were it to expire while all servers are stopped, a
server with a folder of its own would bring it back and one without would not start;
so it stays until an operator deletes it. What a server of Redis can read of it is
sealed, and what it can write is refused or older than what workers have seen.

Reading goes where writes go, so that a master that was voted out, and has lost its
replicas, does not say that nothing has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from daypass.adapters.redis.commands import Commands
from daypass.adapters.redis.connection import store_unavailable
from daypass.adapters.redis.keyring_scripts import (
    REPLACE,
    REPORT_RING,
    RING_REPORTS,
)
from daypass.adapters.redis.keys import Keys
from daypass.adapters.redis.scripts import accepted, run_script
from daypass.core import limits

# Stands before an expected value, so that an empty one is not taken for none.
_SOME: Final = b"="
_OUTCOMES: Final = {0: False, 1: True}
_MILLISECOND: Final = timedelta(milliseconds=1)


class RedisKeyringStore:
    """A `KeyringStore` on Redis.

    Args:
        writes: carries reads and writes, and waits for replicas.
        keys: names the key.
    """

    def __init__(self, *, writes: Commands, keys: Keys) -> None:
        self._writes = writes
        self._key = keys.keyring()

    async def load(self) -> bytes | None:
        """Returns the sealed ring; see the port."""
        (reply,) = await self._writes.execute(("GET", self._key))
        sealed = accepted(reply)
        if sealed is not None and not isinstance(sealed, bytes):
            raise store_unavailable("store_record_corrupt")
        return sealed

    async def replace(self, sealed: bytes, *, expected: bytes | None) -> bool:
        """Stores a ring in the place of another one; see the port."""
        if len(sealed) > limits.KEYRING_FILE_BYTES_MAX:
            raise ValueError("the ring is larger than a ring may be")
        outcome = await run_script(
            self._writes,
            REPLACE,
            (self._key,),
            b"" if expected is None else _SOME + expected,
            sealed,
        )
        if not isinstance(outcome, int) or outcome not in _OUTCOMES:
            raise store_unavailable("store_record_corrupt")
        return _OUTCOMES[outcome]


class RedisRingReports:
    """`RingReports` on Redis: one hash, with the time of the server.

    Args:
        commands: carries them; what is lost is said again soon.
        key: the key of the hash.
    """

    def __init__(self, *, commands: Commands, key: str) -> None:
        self._commands = commands
        self._key = key

    async def report(self, worker_id: str, version: int, *, lasts: timedelta) -> None:
        """Says which ring a worker holds; see the port."""
        outcome = await run_script(
            self._commands,
            REPORT_RING,
            (self._key,),
            worker_id,
            version,
            lasts // _MILLISECOND,
            limits.WORKERS_MAX,
        )
        if outcome != 1:
            raise store_unavailable("too_many_workers")

    async def reports(self) -> Mapping[str, int]:
        """Returns what workers have said of late; see the port."""
        reply = await run_script(self._commands, RING_REPORTS, (self._key,))
        if not isinstance(reply, list):
            raise store_unavailable("store_record_corrupt")
        found: dict[str, int] = {}
        pairs = iter(reply)
        for worker, version in zip(pairs, pairs, strict=True):
            if not isinstance(worker, bytes) or not isinstance(version, int):
                raise store_unavailable("store_record_corrupt")
            found[worker.decode("utf-8", "replace")] = version
        return found
