"""Sessions on Redis: one packed value each, and indexes by account and principal.

The value expires when it is kept no more, and holds the session's expiry, which is
what counts (attacks R10, R24). A mark in front of it says that it is shared. What many
sessions share stands once, in a profile that the value names (see `session_form`).

An index only leads to records: what a list shows is checked against each record. So
each command is about one key, wherever that key is (attacks R03): an add that was
done in part is refused, and a place that leads to nothing is dropped when its time has
come. Discarding leaves the places alone, as by then they may lead to another record
of the same id.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from redis.exceptions import NoScriptError

from daypass.adapters.record_codec import (
    encode_session,
    microseconds,
)
from daypass.adapters.redis.commands import Commands
from daypass.adapters.redis.connection import Command, Reply
from daypass.adapters.redis.keys import Keys
from daypass.adapters.redis.placing import check_placed
from daypass.adapters.redis.scripts import SHARED, Script, accepted, run_script
from daypass.adapters.redis.session_form import Seconds, pack_session
from daypass.adapters.redis.session_index import (
    Place,
    SessionIndexes,
    leads_to,
    rank_of,
    second_of,
)
from daypass.adapters.redis.session_profiles import SessionProfiles, StoredProfile
from daypass.adapters.redis.session_scripts import DISCARD, PLACE, SHARE
from daypass.adapters.redis.stored_sessions import SHARED_MARK, StoredSessions
from daypass.adapters.session_cursor import Position, decode_cursor, encode_cursor
from daypass.core import limits
from daypass.core.errors import AccessKeyTakenError, StoreUnavailableError
from daypass.core.identifiers import random_of_access_key_id
from daypass.core.ports import Clock, SessionFilter, SessionPage
from daypass.core.session import SessionRecord

# What is replied where both places are put, and where the record is stored as well.
_PLACED: Final[list[Reply]] = [[], []]
_STORED: Final[list[Reply]] = [None, *_PLACED]
# Rounds in which a page is filled, where an index leads to records that are gone.
_ROUNDS_MAX: Final = 8


# What stores a record, and its profile where the first of the commands stores that.
_Adding = tuple[tuple[Command, ...], StoredProfile | None]


class RedisSessionStore:
    """A `SessionStore` on Redis.

    Args:
        writes: for records, which are acknowledged when they are replicated.
        reads: for everything else.
        keys: names the keys.
        clock: tells which places of an index have passed, and how long a profile is
            kept.
    """

    def __init__(
        self, *, writes: Commands, reads: Commands, keys: Keys, clock: Clock
    ) -> None:
        self._writes = writes
        self._reads = reads
        self._keys = keys
        self._clock = clock
        self._indexes = SessionIndexes(reads=reads, keys=keys)
        self._profiles = SessionProfiles(commands=reads, keys=keys, clock=clock)
        # The score below which places have passed, and when it is worked out again.
        self._passed = 0
        self._passed_until = float("-inf")
        self._stored = StoredSessions(reads=reads, keys=keys, profiles=self._profiles)

    async def add(self, record: SessionRecord) -> None:
        """Stores a record; see the port."""
        adding = self._adding(record, self._clock.monotonic())
        replies = await self._writes.execute(*adding[0])
        if replies != _STORED:
            await self._added(record, adding, replies)

    async def add_many(
        self, records: Sequence[SessionRecord]
    ) -> list[AccessKeyTakenError | StoreUnavailableError | None]:
        """Stores records in one go; see the port."""
        present = self._clock.monotonic()
        adding = [self._adding(each, present) for each in records]
        replies = await self._writes.execute_each([commands for commands, _ in adding])
        return [
            None if reply == _STORED else await self._outcome(record, each, reply)
            for record, each, reply in zip(records, adding, replies, strict=True)
        ]

    async def _outcome(
        self,
        record: SessionRecord,
        adding: _Adding,
        replies: list[Reply] | StoreUnavailableError,
    ) -> AccessKeyTakenError | StoreUnavailableError | None:
        if isinstance(replies, StoreUnavailableError):
            return replies
        try:
            await self._added(record, adding, replies)
        except (AccessKeyTakenError, StoreUnavailableError) as error:
            return error
        return None

    def _adding(self, record: SessionRecord, present: float) -> _Adding:
        """Returns what stores a record, by what the monotonic clock says."""
        if present >= self._passed_until:
            # Places that passed in this second are dropped by somebody later.
            self._passed = rank_of(self._clock.now())
            self._passed_until = present + 1
        profile = self._profiles.of(record)
        random = random_of_access_key_id(record.access_key_id, record.account_id)
        seconds = Seconds.of(record)
        packed = pack_session(record, profile.reference, random, seconds)
        if seconds is None:
            second, kept = second_of(record), _milliseconds(record.keep_until)
        else:
            second, kept = seconds.expires, max(seconds.expires, seconds.kept) * 1000
        key = self._keys.session(record.access_key_id)
        store: Command = ("SET", key, packed, "NX", "GET", "PXAT", kept)
        heads = profile.heads(self._passed)
        places = self._indexes.place_commands(record, random, second, heads)
        if present < profile.again_at:
            return (store, *places), None
        # First, so that no record is there without it.
        return (self._profiles.command(profile, record), store, *places), profile

    async def _added(
        self, record: SessionRecord, adding: _Adding, replies: list[Reply]
    ) -> None:
        """Returns when a record is stored, as far as the replies do not say so.

        Raises:
            AccessKeyTakenError: there is another one of its name.
            StoreUnavailableError: it is not stored.
        """
        commands, profile = adding
        if profile is not None:
            shared, *replies = replies
            accepted(shared)
            self._profiles.done(profile)
        stored, *rest = replies
        taken = accepted(stored)
        if taken is not None:
            name = record.access_key_id
            raise AccessKeyTakenError(await self._stored.whichever(name, taken))
        if rest != _PLACED:
            await self._place_again(commands[-len(rest) :], rest)

    async def _place_again(
        self, places: Sequence[Command], replies: Sequence[Reply]
    ) -> None:
        """Puts a session where the server did not know the script."""
        unknown: list[Command] = []
        for command, reply in zip(places, replies, strict=True):
            if isinstance(reply, NoScriptError):
                unknown.append(command)
            else:
                check_placed(command, reply)
        if unknown:
            _, *replies = await self._writes.execute(
                ("SCRIPT", "LOAD", PLACE.text), *unknown
            )
            for command, reply in zip(unknown, replies, strict=True):
                check_placed(command, reply)

    async def share(self, record: SessionRecord) -> bool:
        """Keeps a record from being discarded; see the port."""
        return await self._run(SHARE, record) == 1

    async def discard(self, record: SessionRecord) -> bool:
        """Forgets a record whose credentials were never handed out; see the port."""
        return await self._run(DISCARD, record) != SHARED

    async def _run(self, script: Script, record: SessionRecord) -> Reply:
        """Runs a script on a record, in whichever form it was stored."""
        key = self._keys.session(record.access_key_id)
        random = random_of_access_key_id(record.access_key_id, record.account_id)
        forms = (
            pack_session(
                record, self._profiles.of(record).reference, random, Seconds.of(record)
            ),
            encode_session(record),
        )
        arguments = [text for form in forms for text in (form, SHARED_MARK + form)]
        return await run_script(self._writes, script, (key,), *arguments)

    async def get(self, access_key_id: str, *, now: datetime) -> SessionRecord | None:
        """Returns a live record; see the port."""
        (record,) = await self._stored.live([access_key_id], now)
        return record

    async def list_sessions(
        self,
        sessions: SessionFilter,
        *,
        now: datetime,
        limit: int,
        cursor: str | None = None,
    ) -> SessionPage:
        """Returns a page of live records; see the port."""
        count = min(limit, limits.PAGE_SIZE_MAX)
        start = Position(rank_of(now), "")
        if cursor is not None:
            start = max(start, decode_cursor(sessions, cursor))
        found: list[tuple[Position, SessionRecord]] = []
        for _ in range(_ROUNDS_MAX):
            wanted = count + 1 - len(found)
            places = await self._indexes.after(sessions, start, wanted)
            ids = [place.position.access_key_id for place in places]
            records = await self._stored.live(ids, now)
            found += [
                (place.position, record)
                for place, record in zip(places, records, strict=True)
                if record is not None and _is_among(sessions, place, record)
            ]
            if len(found) > count:
                return _page(
                    found[:count], encode_cursor(sessions, found[count - 1][0])
                )
            if len(places) < wanted:
                return _page(found, None)
            start = places[-1].position
        return _page(found, encode_cursor(sessions, start))

    async def ping(self) -> None:
        """Returns when the server answers."""
        (reply,) = await self._reads.execute(("PING",))
        accepted(reply)


def _milliseconds(instant: datetime) -> int:
    # Rounded up: the value's own expiry is exact, and never outlives the key.
    return -(-microseconds(instant) // 1000)


def _is_among(sessions: SessionFilter, place: Place, record: SessionRecord) -> bool:
    return (
        leads_to(place, record)
        and record.account_id == sessions.account_id
        and sessions.principal_id in {None, record.principal_id}
    )


def _page(
    found: Sequence[tuple[Position, SessionRecord]], cursor: str | None
) -> SessionPage:
    return SessionPage(tuple(record for _, record in found), cursor)
