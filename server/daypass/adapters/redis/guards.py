"""What happens once, on Redis: one small value each.

The value holds its expiry, which is compared with the time of the worker that asks;
the key outlives it by a day, so that a jump of the server's clock forgets nothing
too early (attacks R09). Comparing and storing are one script. What is stored waits
for the replicas, as a session does: a code that was accepted stays used up after a
failover (attacks R05).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from daypass.adapters.guard_record import (
    check_guard_value,
    guard_name,
    pack_guard,
    unpack_guard,
)
from daypass.adapters.record_codec import CorruptRecordError, microseconds
from daypass.adapters.redis.commands import Commands
from daypass.adapters.redis.connection import store_unavailable
from daypass.adapters.redis.guard_scripts import SWAP
from daypass.adapters.redis.keys import Keys
from daypass.adapters.redis.scripts import AHEAD, accepted, run_script
from daypass.core import guard_limits as limits
from daypass.core.ports import GuardKey

# Stands before an expected value, so that an empty one is not taken for none.
_SOME: Final = b"="
_OUTCOMES: Final = {0: False, 1: True}


class RedisGuardStore:
    """A `GuardStore` on Redis.

    Args:
        writes: carries reads and writes, and waits for replicas.
        keys: names the keys.
    """

    def __init__(self, *, writes: Commands, keys: Keys) -> None:
        self._writes = writes
        self._keys = keys

    async def get(self, key: GuardKey, *, now: datetime) -> bytes | None:
        """Returns the value; see the port."""
        name = guard_name(key)
        (reply,) = await self._writes.execute(("GET", self._keys.guard(name)))
        packed = accepted(reply)
        if packed is None:
            return None
        if not isinstance(packed, bytes):
            raise store_unavailable("store_record_corrupt")
        try:
            return unpack_guard(name, packed).live_value(now)
        except CorruptRecordError as error:
            raise store_unavailable("store_record_corrupt") from error

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
        check_guard_value(value)
        kept_until = expire_time + limits.GUARD_KEPT_AFTER_EXPIRY
        outcome = await run_script(
            self._writes,
            SWAP,
            (self._keys.guard(guard_name(key)),),
            microseconds(now),
            b"" if expected is None else _SOME + expected,
            pack_guard(value, expire_time),
            # Rounded up to the server's unit.
            -(-microseconds(kept_until) // 1000),
        )
        if outcome == AHEAD:
            raise store_unavailable("store_clock_ahead")
        if not isinstance(outcome, int) or outcome not in _OUTCOMES:
            raise store_unavailable("store_record_corrupt")
        return _OUTCOMES[outcome]
