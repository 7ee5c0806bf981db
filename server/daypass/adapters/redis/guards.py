"""What happens once, on Redis: one small value each.

The value holds its expiry, which is compared with the time of the worker that asks;
the key outlives it by a day, so that a jump of the server's clock forgets nothing
too early (attacks R09). Comparing and storing are one script. What is stored waits
for the replicas, as a session does: a code that was accepted stays used up after a
failover (attacks R05).
"""

from __future__ import annotations

from datetime import datetime

from daypass.adapters.record_codec import microseconds
from daypass.adapters.redis.coalescer import Coalescer
from daypass.adapters.redis.keys import Keys
from daypass.adapters.redis.link import store_unavailable
from daypass.adapters.redis.scripts import SWAP, accepted, run_script
from daypass.core import guard_limits as limits
from daypass.core.ports import GuardKey

_SEPARATOR = b":"
# Stands before an expected value, so that an empty one is not taken for none.
_SOME = b"="


class RedisGuardStore:
    """A `GuardStore` on Redis.

    Args:
        writes: carries reads and writes, and waits for replicas.
        keys: names the keys.
    """

    def __init__(self, *, writes: Coalescer, keys: Keys) -> None:
        self._writes = writes
        self._keys = keys

    async def get(self, key: GuardKey, *, now: datetime) -> bytes | None:
        """Returns the value; see the port."""
        (reply,) = await self._writes.execute(("GET", self._name(key)))
        held = accepted(reply)
        if held is None:
            return None
        if not isinstance(held, bytes):
            raise store_unavailable("store_record_corrupt")
        expires, separator, value = held.partition(_SEPARATOR)
        if not separator or not expires.isdigit():
            raise store_unavailable("store_record_corrupt")
        return value if int(expires) > microseconds(now) else None

    async def swap(
        self,
        key: GuardKey,
        expected: bytes | None,
        value: bytes,
        *,
        now: datetime,
        expire_time: datetime,
    ) -> bool:
        """Stores a value if the one before it is the expected one; see the port."""
        expires = microseconds(expire_time)
        kept_until = -(
            -microseconds(expire_time + limits.GUARD_KEPT_AFTER_EXPIRY) // 1000
        )
        stored = await run_script(
            self._writes,
            SWAP,
            (self._name(key),),
            microseconds(now),
            b"" if expected is None else _SOME + expected,
            str(expires).encode() + _SEPARATOR + value,
            kept_until,
        )
        return stored == 1

    def _name(self, key: GuardKey) -> str:
        return self._keys.guard(key.purpose, *key.parts)
