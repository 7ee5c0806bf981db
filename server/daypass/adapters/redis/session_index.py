"""Indexes of sessions on Redis, in the order of their expiry.

An index is a sorted set of leaves, each a run of places of nine bytes: the second in
which a session expires, and what tells its id from others of the account. The server
puts a place where it belongs, and drops leaves that have passed as new ones begin;
see the script. A set that nobody adds to expires by itself.

A place has a rank, by which pages follow each other: its second, and which leaf of
that second it is in. That a place is there says nothing: where an add was refused, or
was done in part, it leads to a record that expires at another time, or to none.

Before there were leaves an index was a sorted set of ids. Such sets are read as long
as they are there, and sessions whose ids do not carry their account, of which no
operation makes any, are still put there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from daypass.adapters.record_codec import microseconds
from daypass.adapters.redis.commands import Commands
from daypass.adapters.redis.connection import Command, Reply, store_unavailable
from daypass.adapters.redis.keys import Keys
from daypass.adapters.redis.scripts import accepted
from daypass.adapters.session_cursor import Position
from daypass.core import store_limits
from daypass.core.identifiers import (
    TEMPORARY_KEY_PREFIX,
    encode_access_key_id,
)
from daypass.core.ports import SessionFilter
from daypass.core.session import SessionRecord

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
# A rank counts in these parts of a second; up to the year 2242 it is exact as a
# score, which is a float of 53 bits.
_PARTS: Final = 1 << 20
# The longest session is 36 hours, so that an index outlives all that it leads to
# when it is kept two days longer than the latest that was added.
_KEPT_MILLISECONDS: Final = 2 * 86_400_000
_PLACE: Final = struct.Struct(">I5s")
_SECONDS_END: Final = 1 << 32
_RANDOM_BITS: Final = 40
# Two leaves may begin with the same second, where one was cut in two.
_LEAVES_BEFORE: Final = 2
# More members than are asked for, in case that several share a score.
_TIES_MAX: Final = 64


class Place(NamedTuple):
    """Where an index leads; `is_old` where it is an index as it was before."""

    position: Position
    is_old: bool


class SessionIndexes:
    """The indexes by account and by principal.

    Args:
        reads: asks for places.
        keys: names the keys.
    """

    def __init__(self, *, reads: Commands, keys: Keys) -> None:
        self._reads = reads
        self._keys = keys

    def place_commands(
        self,
        record: SessionRecord,
        random: int | None,
        second: int,
        heads: tuple[Command, Command],
    ) -> tuple[Command, ...]:
        """Returns what puts a session into both of its indexes.

        Each is one script, but for an id that does not carry its account.

        Args:
            record: the session.
            random: what `random_of_access_key_id` says of it.
            second: what `second_of` says of it.
            heads: how the commands for its indexes begin.
        """
        if random is None or not 0 <= second < _SECONDS_END:
            return self._as_before(record, second)
        # As `_PLACE` has it: the second, and the rest behind it.
        place = ((second << _RANDOM_BITS | random).to_bytes(_PLACE.size, "big"),)
        account, principal = heads
        return account + place, principal + place

    def _as_before(self, record: SessionRecord, second: int) -> tuple[Command, ...]:
        """Returns what puts an id that does not carry its account where it was before."""
        account, principal = record.account_id, record.principal_id
        expire = -(-microseconds(record.expire_time) // 1000) + _KEPT_MILLISECONDS
        score = repr(float(second))
        lists = (
            self._keys.account_list(account),
            self._keys.principal_list(account, principal),
        )
        return tuple(
            command
            for key in lists
            for command in (
                ("ZADD", key, "GT", score, record.access_key_id),
                ("PEXPIREAT", key, expire),
            )
        )

    async def after(
        self, sessions: SessionFilter, start: Position, count: int
    ) -> list[Place]:
        """Returns the next places of an index behind one, at most so many."""
        account, principal = sessions.account_id, sessions.principal_id
        if principal is None:
            key = self._keys.account_index(account)
            old = self._keys.account_list(account)
        else:
            key = self._keys.principal_index(account, principal)
            old = self._keys.principal_list(account, principal)
        places = await self._leaves(key, account, start, count)
        places += await self._old(old, start, count)
        return sorted(places)[:count]

    async def _leaves(
        self, key: str, account: str, start: Position, count: int
    ) -> list[Place]:
        most = count // (store_limits.STORE_LEAF_BYTES_MAX // _PLACE.size) + 2
        before: Command = ("ZRANGE", key, f"({start.rank}", "-inf", "BYSCORE", "REV")
        behind: Command = ("ZRANGE", key, start.rank, "+inf", "BYSCORE")
        while True:
            earlier, later = await self._reads.execute(
                (*before, "LIMIT", 0, _LEAVES_BEFORE, "WITHSCORES"),
                (*behind, "LIMIT", 0, most, "WITHSCORES"),
            )
            leaves = _scored(accepted(later))
            found = {
                position
                for position in _first_places(
                    position
                    for leaf, score in (*_scored(accepted(earlier)), *leaves)
                    for position in _positions(leaf, score, account)
                )
                if position > start
            }
            if len(leaves) == most:
                # What follows may begin with the second in which the last one does.
                found = {each for each in found if each.rank < leaves[-1][1]}
                if len(found) < count and most < store_limits.STORE_LEAVES_READ_MAX:
                    most *= 2
                    continue
            return [Place(each, is_old=False) for each in sorted(found)[:count]]

    async def _old(self, key: str, start: Position, count: int) -> list[Place]:
        score = repr(start.rank / _PARTS)
        command: Command = ("ZRANGE", key, score, "+inf", "BYSCORE", "LIMIT")
        (reply,) = await self._reads.execute(
            (*command, 0, count + _TIES_MAX, "WITHSCORES")
        )
        places: list[Place] = []
        for member, rank in _scored(accepted(reply), parts=_PARTS):
            position = Position(rank, member.decode("ascii", "replace"))
            if position > start:
                places.append(Place(position, is_old=True))
        return places[:count]


def rank_of(instant: datetime) -> int:
    """Returns the least rank of the second of an instant."""
    return (instant - _EPOCH) // _SECOND * _PARTS


def second_of(record: SessionRecord) -> int:
    """Returns the second since 1970 in which a session expires."""
    return (record.expire_time - _EPOCH) // _SECOND


def leads_to(place: Place, record: SessionRecord) -> bool:
    """Tells whether a place is that of a record, and not one that was left behind."""
    return place.is_old or place.position.rank // _PARTS == second_of(record)


def _first_places(positions: Iterable[Position]) -> Iterable[Position]:
    """Returns the first place of each id in each second.

    Leaves of one second may both have it, where it was put again by an add that was
    refused; a list shows it once.
    """
    first: dict[tuple[int, str], Position] = {}
    for position in positions:
        key = (position.rank // _PARTS, position.access_key_id)
        first[key] = min(position, first.get(key, position))
    return first.values()


def _positions(leaf: bytes, score: int, account: str) -> Iterator[Position]:
    if len(leaf) % _PLACE.size:
        raise store_unavailable("store_record_corrupt")
    begins, part = divmod(score, _PARTS)
    for second, random in _PLACE.iter_unpack(leaf):
        rank = second * _PARTS + (part if second == begins else 0)
        number = int.from_bytes(random, "big")
        name = encode_access_key_id(TEMPORARY_KEY_PREFIX, account, number)
        yield Position(rank, name)


def _scored(reply: Reply, *, parts: int = 1) -> list[tuple[bytes, int]]:
    """Reads members and scores, which take turns."""
    if not isinstance(reply, list):
        raise store_unavailable("store_record_corrupt")
    words = iter(reply)
    scored: list[tuple[bytes, int]] = []
    for member, score in zip(words, words, strict=True):
        if not isinstance(member, bytes) or not isinstance(score, bytes):
            raise store_unavailable("store_record_corrupt")
        scored.append((member, int(float(score) * parts)))
    return scored
