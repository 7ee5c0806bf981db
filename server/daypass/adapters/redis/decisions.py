"""Denials on Redis: one packed value each, which expires by itself.

A record may be lost, so that writing one does not wait for replicas.
"""

from __future__ import annotations

from datetime import datetime

from daypass.adapters.record_codec import (
    CorruptRecordError,
    decode_decision,
    encode_decision,
    microseconds,
)
from daypass.adapters.redis.commands import Commands
from daypass.adapters.redis.connection import store_unavailable
from daypass.adapters.redis.keys import Keys
from daypass.adapters.redis.scripts import accepted
from daypass.core.decision_record import DecisionRecord


class RedisDecisionStore:
    """A `DecisionStore` on Redis.

    Args:
        commands: carries reads and writes; it waits for no replica.
        keys: names the keys.
    """

    def __init__(self, *, commands: Commands, keys: Keys) -> None:
        self._commands = commands
        self._keys = keys

    async def put(self, record: DecisionRecord) -> None:
        """Keeps a record; see the port."""
        # Rounded up: the value's own expiry is exact, and never outlived by the key's.
        expire = -(-microseconds(record.expire_time) // 1000)
        key = self._keys.decision(record.decision_id)
        (reply,) = await self._commands.execute(
            ("SET", key, encode_decision(record), "PXAT", expire)
        )
        accepted(reply)

    async def get(self, decision_id: str, *, now: datetime) -> DecisionRecord | None:
        """Returns a live record; see the port."""
        key = self._keys.decision(decision_id)
        (reply,) = await self._commands.execute(("GET", key))
        packed = accepted(reply)
        if packed is None:
            return None
        if not isinstance(packed, bytes):
            raise store_unavailable("store_record_corrupt")
        try:
            record = decode_decision(packed)
        except CorruptRecordError as error:
            raise store_unavailable("store_record_corrupt") from error
        if record.decision_id != decision_id:
            raise store_unavailable("store_record_corrupt")
        return record if record.expire_time > now else None
