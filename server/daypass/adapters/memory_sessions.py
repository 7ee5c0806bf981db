"""Sessions in the memory of one process, with or without a journal file."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import datetime
from functools import partial

from daypass.adapters.expiry_index import ExpiryIndex
from daypass.adapters.faults import Faults
from daypass.adapters.memory_journal import Discarded, Journal
from daypass.adapters.memory_wait import submit_entry, until_durable
from daypass.adapters.record_codec import microseconds
from daypass.adapters.session_cursor import Position, decode_cursor, encode_cursor
from daypass.core import limits
from daypass.core.errors import AccessKeyTakenError, StoreUnavailableError
from daypass.core.ports import Clock, SessionFilter, SessionPage
from daypass.core.session import SessionRecord


class MemorySessionStore:
    """A `SessionStore` that keeps its records in memory.

    Expired records are dropped as further ones are added. With a journal the
    records outlive a restart.

    Args:
        clock: tells what has expired.
        journal: where records are written before they are acknowledged.
    """

    def __init__(self, *, clock: Clock, journal: Journal | None = None) -> None:
        self._clock = clock
        self._journal = journal
        self._faults = Faults()
        self._records: dict[str, SessionRecord] = {}
        self._adding: set[str] = set()
        self._by_expiry = ExpiryIndex()
        self._lists: defaultdict[SessionFilter, ExpiryIndex] = defaultdict(ExpiryIndex)
        # Where the clock was set back an id may stand twice; the later one counts.
        kept = (
            {each.access_key_id: each for each in journal.sessions} if journal else {}
        )
        for record in kept.values():
            self._keep(record)

    def fail_next(
        self, error: Exception, *, method: str | None = None, times: int = 1
    ) -> None:
        """Queues an error for the next calls, of any method or of one by name."""
        self._faults.add(error, method=method, times=times)

    def __len__(self) -> int:
        """Tells how many records are held, expired ones perhaps included."""
        return len(self._records)

    async def add(self, record: SessionRecord) -> None:
        """Stores a record; see the port."""
        self._faults.meet("add")
        self._drop_expired()
        if record.access_key_id in self._records or (
            record.access_key_id in self._adding
        ):
            raise AccessKeyTakenError
        if len(self._records) + len(self._adding) >= limits.MEMORY_SESSIONS_MAX:
            raise StoreUnavailableError(
                "memory_store_full", retry_after=limits.STORE_RETRY_AFTER
            )
        if self._journal is None:
            self._keep(record)
            return
        written = submit_entry(self._journal, record)
        self._adding.add(record.access_key_id)
        written.add_done_callback(partial(self._on_written, record))
        await until_durable(written)

    async def discard(self, record: SessionRecord) -> None:
        """Forgets a record whose credentials were never handed out; see the port."""
        self._faults.meet("discard")
        if self._journal is None:
            self._forget(record)
            return
        written = submit_entry(self._journal, Discarded(record))
        written.add_done_callback(partial(self._on_discarded, record))
        await until_durable(written)

    async def get(self, access_key_id: str, *, now: datetime) -> SessionRecord | None:
        """Returns a live record; see the port."""
        self._faults.meet("get")
        record = self._records.get(access_key_id)
        return record if record is not None and record.expire_time > now else None

    async def list_sessions(
        self,
        sessions: SessionFilter,
        *,
        now: datetime,
        limit: int,
        cursor: str | None = None,
    ) -> SessionPage:
        """Returns a page of live records; see the port."""
        self._faults.meet("list_sessions")
        count = min(limit, limits.PAGE_SIZE_MAX)
        # No access key id is empty, so that this is before all that are live.
        start = Position(microseconds(now) + 1, "")
        if cursor is not None:
            start = max(start, decode_cursor(sessions, cursor))
        index = self._lists.get(sessions)
        places = index.after(start, count + 1) if index is not None else []
        more = len(places) > count
        return SessionPage(
            tuple(self._records[place.access_key_id] for place in places[:count]),
            encode_cursor(sessions, places[count - 1]) if more else None,
        )

    async def ping(self) -> None:
        """Returns at once."""
        self._faults.meet("ping")

    def _on_written(self, record: SessionRecord, written: asyncio.Future[int]) -> None:
        """Takes up what is on the disk, whether or not somebody still waits."""
        self._adding.discard(record.access_key_id)
        if not written.cancelled() and written.exception() is None:
            self._keep(record)

    def _on_discarded(
        self, record: SessionRecord, written: asyncio.Future[int]
    ) -> None:
        """Forgets what the disk has forgotten, whether or not somebody still waits."""
        if not written.cancelled() and written.exception() is None:
            self._forget(record)

    def _forget(self, record: SessionRecord) -> None:
        if self._records.get(record.access_key_id) != record:
            return
        place = Position(microseconds(record.expire_time), record.access_key_id)
        del self._records[record.access_key_id]
        self._by_expiry.remove(place)
        for sessions in _filters(record):
            self._lists[sessions].remove(place)
            if not len(self._lists[sessions]):
                del self._lists[sessions]

    def _keep(self, record: SessionRecord) -> None:
        place = Position(microseconds(record.expire_time), record.access_key_id)
        self._records[record.access_key_id] = record
        self._by_expiry.add(place)
        for sessions in _filters(record):
            self._lists[sessions].add(place)

    def _drop_expired(self) -> None:
        present = microseconds(self._clock.now())
        for place in self._by_expiry.remove_until(present):
            record = self._records.pop(place.access_key_id)
            for sessions in _filters(record):
                index = self._lists[sessions]
                index.remove_until(present)
                if not len(index):
                    del self._lists[sessions]


def _filters(record: SessionRecord) -> tuple[SessionFilter, SessionFilter]:
    """Names the lists that a record is in."""
    return (
        SessionFilter(record.account_id),
        SessionFilter(record.account_id, record.principal_id),
    )
