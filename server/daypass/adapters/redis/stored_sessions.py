"""Records of sessions as they are read: packed, shared or not, or as they were before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from daypass.adapters.record_codec import CorruptRecordError, decode_session
from daypass.adapters.redis.commands import Commands
from daypass.adapters.redis.connection import Reply, store_unavailable
from daypass.adapters.redis.keys import Keys
from daypass.adapters.redis.scripts import accepted
from daypass.adapters.redis.session_form import PackedSession
from daypass.adapters.redis.session_profile import SessionProfile
from daypass.adapters.redis.session_profiles import SessionProfiles
from daypass.core.session import SessionRecord

# Stands before a record that is shared. What a record itself begins with is its
# version, or, as it was before, a bracket.
SHARED_MARK: Final = b"+"
_OLD: Final = b"["


class StoredSessions:
    """Reads records.

    Args:
        reads: asks for them.
        keys: names the keys.
        profiles: knows what they share.
    """

    def __init__(
        self, *, reads: Commands, keys: Keys, profiles: SessionProfiles
    ) -> None:
        self._reads = reads
        self._keys = keys
        self._profiles = profiles

    async def live(
        self, ids: Sequence[str], now: datetime
    ) -> list[SessionRecord | None]:
        """Returns the live record of each id, or None."""
        if not ids:
            return []
        replies = await self._reads.execute(
            *(("GET", self._keys.session(each)) for each in ids)
        )
        read = [_read(each) for each in map(accepted, replies)]
        profiles = await self._profiles.find(
            each.reference for each in read if isinstance(each, PackedSession)
        )
        records = (
            _unpacked(each, profiles[each.reference])
            if isinstance(each, PackedSession)
            else each
            for each in read
        )
        return [
            _live(access_key_id, record, now)
            for access_key_id, record in zip(ids, records, strict=True)
        ]

    async def whichever(self, access_key_id: str, packed: Reply) -> SessionRecord:
        """Returns the record that a reply holds, live or not."""
        read = _read(packed)
        if isinstance(read, PackedSession):
            profiles = await self._profiles.find([read.reference])
            read = _unpacked(read, profiles[read.reference])
        if read is None or read.access_key_id != access_key_id:
            raise store_unavailable("store_record_corrupt")
        return read


def _read(packed: Reply) -> PackedSession | SessionRecord | None:
    """Reads a value as far as it can be without its profile."""
    if packed is None:
        return None
    if not isinstance(packed, bytes):
        raise store_unavailable("store_record_corrupt")
    plain = packed.removeprefix(SHARED_MARK)
    try:
        if plain.startswith(_OLD):
            return decode_session(plain)
        return PackedSession.read(plain)
    except CorruptRecordError as error:
        raise store_unavailable("store_record_corrupt") from error


def _unpacked(packed: PackedSession, profile: SessionProfile) -> SessionRecord:
    try:
        return packed.record(profile)
    except CorruptRecordError as error:
        raise store_unavailable("store_record_corrupt") from error


def _live(
    access_key_id: str, record: SessionRecord | None, now: datetime
) -> SessionRecord | None:
    if record is None:
        return None
    if record.access_key_id != access_key_id:
        raise store_unavailable("store_record_corrupt")
    return record if record.expire_time > now else None
