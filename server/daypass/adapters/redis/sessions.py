"""Sessions on Redis: one packed value each, and indexes by account and principal.

The value expires when it is kept no more, and holds the session's expiry, which is
what counts (attacks R10, R24). A mark in front of it says that it is shared. An index is a sorted set of access key ids; its score is the
second in which a session expires, and a fraction drawn from the id, so that many
sessions of one second still have an order that pages can follow. Indexes are
swept of what has expired as sessions are added and listed, a bounded piece at a
time, and expire themselves.

An index only leads to records: what a list shows is checked against each record. So
each command is about one key, wherever that key is (attacks R03): an add that was
done in part is refused, and a place that leads to nothing is swept when its time has
come. Discarding leaves the places alone, as by then they may lead to another record
of the same id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from redis.exceptions import NoScriptError

from daypass.adapters.record_codec import (
    CorruptRecordError,
    decode_session,
    encode_session,
    microseconds,
)
from daypass.adapters.redis.commands import Commands
from daypass.adapters.redis.connection import Command, Reply, store_unavailable
from daypass.adapters.redis.keys import Keys
from daypass.adapters.redis.scripts import (
    DISCARD,
    SHARE,
    SHARED,
    SWEEP,
    accepted,
    run_script,
)
from daypass.adapters.session_cursor import Position, decode_cursor, encode_cursor
from daypass.core import limits
from daypass.core.errors import AccessKeyTakenError
from daypass.core.ports import Clock, SessionFilter, SessionPage
from daypass.core.session import SessionRecord

_SECOND: Final = timedelta(seconds=1)
# A rank counts in these parts of a second; up to the year 2242 it is exact as a
# score, which is a float of 53 bits.
_PARTS: Final = 1 << 20
# The longest session is 36 hours, so that an index outlives all that it leads to
# when it is kept two days longer than the latest that was added.
_INDEX_KEPT_MILLISECONDS: Final = 2 * 86_400_000
# Stands before a record that is shared; a record of ours begins with a bracket.
_MARK: Final = b"+"
# Rounds in which a page is filled, where an index leads to records that are gone.
_ROUNDS_MAX: Final = 8
# More members than are asked for, in case that several share a score.
_TIES_MAX: Final = 64


class RedisSessionStore:
    """A `SessionStore` on Redis.

    Args:
        writes: for records, which are acknowledged when they are replicated.
        reads: for everything else.
        keys: names the keys.
        clock: tells what may be swept from an index.
    """

    def __init__(
        self, *, writes: Commands, reads: Commands, keys: Keys, clock: Clock
    ) -> None:
        self._writes = writes
        self._reads = reads
        self._keys = keys
        self._clock = clock
        self._added = 0
        self._sweep_is_known = False

    async def add(self, record: SessionRecord) -> None:
        """Stores a record; see the port."""
        indexes = self._indexes(record)
        commands = self._add_commands(record, indexes)
        sweep = self._sweep_commands(indexes)
        stored, *rest = await self._writes.execute(*commands, *sweep)
        taken = accepted(stored)
        if taken is not None:
            raise AccessKeyTakenError(_record(record.access_key_id, taken))
        count = len(commands) - 1
        for reply in rest[:count]:
            accepted(reply)
        if any(isinstance(reply, NoScriptError) for reply in rest[count:]):
            self._sweep_is_known = False

    async def share(self, record: SessionRecord) -> bool:
        """Keeps a record from being discarded; see the port."""
        key = self._keys.session(record.access_key_id)
        packed = encode_session(record)
        shared = await run_script(self._writes, SHARE, (key,), packed, _MARK + packed)
        return shared == 1

    async def discard(self, record: SessionRecord) -> bool:
        """Forgets a record whose credentials were never handed out; see the port."""
        key = self._keys.session(record.access_key_id)
        packed = encode_session(record)
        outcome = await run_script(
            self._writes, DISCARD, (key,), packed, _MARK + packed
        )
        return outcome != SHARED

    async def get(self, access_key_id: str, *, now: datetime) -> SessionRecord | None:
        """Returns a live record; see the port."""
        key = self._keys.session(access_key_id)
        (reply,) = await self._reads.execute(("GET", key))
        return _live_record(access_key_id, reply, now)

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
        index = self._index(sessions)
        start = Position(_rank_of_second(now), "")
        await self._sweep(index)
        if cursor is not None:
            start = max(start, decode_cursor(sessions, cursor))
        found: list[tuple[Position, SessionRecord]] = []
        for _ in range(_ROUNDS_MAX):
            wanted = count + 1 - len(found)
            places = await self._places(index, start, wanted)
            records = await self._records(places, now)
            found += [
                (place, record)
                for place, record in zip(places, records, strict=True)
                if record is not None and _is_among(sessions, record)
            ]
            if len(found) > count:
                return _page(
                    found[:count], encode_cursor(sessions, found[count - 1][0])
                )
            if len(places) < wanted:
                return _page(found, None)
            start = places[-1]
        return _page(found, encode_cursor(sessions, start))

    async def ping(self) -> None:
        """Returns when the server answers."""
        (reply,) = await self._reads.execute(("PING",))
        accepted(reply)

    def _add_commands(
        self, record: SessionRecord, indexes: Sequence[str]
    ) -> list[Command]:
        expire = _milliseconds(record.expire_time)
        kept = _milliseconds(record.keep_until)
        key = self._keys.session(record.access_key_id)
        commands: list[Command] = [
            ("SET", key, encode_session(record), "NX", "GET", "PXAT", kept)
        ]
        score = _score(_rank(record))
        for index in indexes:
            commands.append(("ZADD", index, "GT", score, record.access_key_id))
            commands.append(("PEXPIREAT", index, expire + _INDEX_KEPT_MILLISECONDS))
        return commands

    def _sweep_commands(self, indexes: Sequence[str]) -> list[Command]:
        """Returns the sweep of every so many adds; its success is not needed."""
        self._added += 1
        if self._added % limits.STORE_SWEEP_INTERVAL:
            return []
        below = _score(_rank_of_second(self._clock.now()))
        most = limits.STORE_SWEEP_ENTRIES_MAX
        commands = [SWEEP.call((index,), below, most) for index in indexes]
        if not self._sweep_is_known:
            self._sweep_is_known = True
            commands.insert(0, ("SCRIPT", "LOAD", SWEEP.text))
        return commands

    async def _sweep(self, index: str) -> None:
        below = _score(_rank_of_second(self._clock.now()))
        most = limits.STORE_SWEEP_ENTRIES_MAX
        await run_script(self._reads, SWEEP, (index,), below, most)

    def _indexes(self, record: SessionRecord) -> tuple[str, str]:
        return (
            self._keys.account_index(record.account_id),
            self._keys.principal_index(record.account_id, record.principal_id),
        )

    def _index(self, sessions: SessionFilter) -> str:
        if sessions.principal_id is None:
            return self._keys.account_index(sessions.account_id)
        return self._keys.principal_index(sessions.account_id, sessions.principal_id)

    async def _places(self, index: str, start: Position, count: int) -> list[Position]:
        """Returns the next places of an index behind one."""
        command = ("ZRANGE", index, _score(start.rank), "+inf", "BYSCORE", "LIMIT")
        most = count + _TIES_MAX
        (reply,) = await self._reads.execute((*command, 0, most, "WITHSCORES"))
        places = _read_places(accepted(reply))
        return [place for place in places if place > start][:count]

    async def _records(
        self, places: Sequence[Position], now: datetime
    ) -> list[SessionRecord | None]:
        if not places:
            return []
        ids = [place.access_key_id for place in places]
        replies = await self._reads.execute(
            *(("GET", self._keys.session(each)) for each in ids)
        )
        return [
            _live_record(each, reply, now)
            for each, reply in zip(ids, replies, strict=True)
        ]


def _milliseconds(instant: datetime) -> int:
    # Rounded up: the value's own expiry is exact, and never outlives the key.
    return -(-microseconds(instant) // 1000)


def _rank_of_second(instant: datetime) -> int:
    return microseconds(instant) // (_SECOND // timedelta(microseconds=1)) * _PARTS


def _rank(record: SessionRecord) -> int:
    digest = hashlib.sha256(record.access_key_id.encode()).digest()
    part = int.from_bytes(digest[:4], "big") % _PARTS
    return _rank_of_second(record.expire_time) + part


def _score(rank: int) -> str:
    return repr(rank / _PARTS)


def _read_places(reply: Reply) -> list[Position]:
    """Reads members and scores, which take turns."""
    if not isinstance(reply, list):
        raise store_unavailable("store_record_corrupt")
    members = iter(reply)
    places: list[Position] = []
    for member, score in zip(members, members, strict=True):
        if not isinstance(member, bytes) or not isinstance(score, bytes):
            raise store_unavailable("store_record_corrupt")
        rank = int(float(score) * _PARTS)
        places.append(Position(rank, member.decode("ascii", "replace")))
    return places


def _live_record(
    access_key_id: str, reply: Reply, now: datetime
) -> SessionRecord | None:
    packed = accepted(reply)
    if packed is None:
        return None
    record = _record(access_key_id, packed)
    return record if record.expire_time > now else None


def _record(access_key_id: str, packed: Reply) -> SessionRecord:
    if not isinstance(packed, bytes):
        raise store_unavailable("store_record_corrupt")
    try:
        record = decode_session(packed.removeprefix(_MARK))
    except CorruptRecordError as error:
        raise store_unavailable("store_record_corrupt") from error
    if record.access_key_id != access_key_id:
        raise store_unavailable("store_record_corrupt")
    return record


def _is_among(sessions: SessionFilter, record: SessionRecord) -> bool:
    return record.account_id == sessions.account_id and (
        sessions.principal_id in {None, record.principal_id}
    )


def _page(
    found: Sequence[tuple[Position, SessionRecord]], cursor: str | None
) -> SessionPage:
    return SessionPage(tuple(record for _, record in found), cursor)
