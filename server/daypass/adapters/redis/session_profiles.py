"""Profiles of sessions: stored once, and remembered by whoever has met them.

A profile is stored before the first session that names it, and again when this worker
has not done so for a minute: what a failover took is there again a minute later. It
outlives every session that it is stored for, of 36 hours at the most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from daypass.adapters.record_codec import CorruptRecordError, microseconds
from daypass.adapters.redis.commands import Commands
from daypass.adapters.redis.connection import Command, store_unavailable
from daypass.adapters.redis.keys import Keys
from daypass.adapters.redis.placing import place_head
from daypass.adapters.redis.scripts import accepted
from daypass.adapters.redis.session_profile import (
    SessionProfile,
    decode_profile,
    encode_profile,
    profile_of,
    reference_of,
)
from daypass.core import store_limits
from daypass.core.lru import LruCache
from daypass.core.ports import Clock
from daypass.core.session import SessionRecord

_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(slots=True)
class StoredProfile:
    """A profile as it is stored.

    Attributes:
        reference: names it.
        packed: what is stored.
        indexes: the keys of the indexes by its account and by its principal.
        again_at: when it is to be stored again, by the monotonic clock.
    """

    reference: bytes
    packed: bytes
    indexes: tuple[str, str]
    again_at: float = float("-inf")
    _passed: int | None = None
    _heads: tuple[Command, Command] = ((), ())

    def heads(self, passed: int) -> tuple[Command, Command]:
        """Returns how the commands begin that put a session into either index.

        Args:
            passed: the score below which places have passed, as of this second.
        """
        if passed != self._passed:
            account, principal = self.indexes
            self._heads = place_head(account, passed), place_head(principal, passed)
            self._passed = passed
        return self._heads


class SessionProfiles:
    """The profiles that a worker has met.

    Args:
        commands: reads what it has not met.
        keys: names the keys.
        clock: tells for how long they are kept, and when to store them again.
    """

    def __init__(self, *, commands: Commands, keys: Keys, clock: Clock) -> None:
        self._commands = commands
        self._keys = keys
        self._clock = clock
        size = store_limits.STORE_PROFILES_KEPT_MAX
        self._stored: LruCache[SessionProfile, StoredProfile] = LruCache(size_max=size)
        self._read: LruCache[bytes, SessionProfile] = LruCache(size_max=size)

    def of(self, record: SessionRecord) -> StoredProfile:
        """Returns the profile of a session that is to be stored, or was."""
        profile = profile_of(record)
        stored = self._stored.get(profile)
        if stored is None:
            packed = encode_profile(profile)
            indexes = (
                self._keys.account_index(record.account_id),
                self._keys.principal_index(record.account_id, record.principal_id),
            )
            reference = reference_of(packed)
            stored = StoredProfile(reference, packed, indexes)
            self._stored.put(profile, stored)
            self._read.put(stored.reference, profile)
        return stored

    def command(self, stored: StoredProfile, record: SessionRecord) -> Command:
        """Returns the command that stores a profile; it is due from `again_at` on.

        Say `done` when it has been acknowledged.
        """
        kept = max(record.keep_until, self._clock.now())
        kept += store_limits.STORE_PROFILE_KEPT_AFTER
        key = self._keys.profile(stored.reference)
        return ("SET", key, stored.packed, "PXAT", microseconds(kept) // 1000)

    def done(self, stored: StoredProfile) -> None:
        """Notes that a profile was stored just now."""
        again = store_limits.STORE_PROFILE_AGAIN_AFTER.total_seconds()
        stored.again_at = self._clock.monotonic() + again

    async def find(self, references: Iterable[bytes]) -> Mapping[bytes, SessionProfile]:
        """Returns the profiles of these names.

        Raises:
            StoreUnavailableError: one is not there, or is not what its name says.
        """
        found: dict[bytes, SessionProfile] = {}
        unknown: list[bytes] = []
        for reference in dict.fromkeys(references):
            profile = self._read.get(reference)
            if profile is None:
                unknown.append(reference)
            else:
                found[reference] = profile
        if unknown:
            replies = await self._commands.execute(
                *(("GET", self._keys.profile(each)) for each in unknown)
            )
            for reference, reply in zip(unknown, replies, strict=True):
                found[reference] = _profile(reference, accepted(reply))
                self._read.put(reference, found[reference])
        return found


def _profile(reference: bytes, packed: object) -> SessionProfile:
    if not isinstance(packed, bytes) or reference_of(packed) != reference:
        raise store_unavailable("store_record_corrupt")
    try:
        return decode_profile(packed)
    except CorruptRecordError as error:
        raise store_unavailable("store_record_corrupt") from error
