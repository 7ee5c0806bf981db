"""Sessions in the memory of one process, with or without a journal file."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from daypass.adapters.faults import Faults
from daypass.adapters.memory_journal import Discarded, Journal
from daypass.adapters.memory_wait import (
    submit_entry,
    until_durable,
    until_settled,
)
from daypass.adapters.record_codec import microseconds
from daypass.adapters.session_cursor import Position, decode_cursor, encode_cursor
from daypass.adapters.session_places import SessionPlaces
from daypass.core import limits
from daypass.core.errors import AccessKeyTakenError, StoreUnavailableError
from daypass.core.ports import Clock, SessionFilter, SessionPage
from daypass.core.session import SessionRecord

# Sessions end at whole seconds, so that a look in between finds nothing more.
_DROP_PAUSE_SECONDS: Final = 1.0


class MemorySessionStore:
    """A `SessionStore` that keeps its records in memory.

    Records that are kept no more are dropped as further ones are added. With a
    journal the records outlive a restart.

    Args:
        clock: tells what has expired.
        journal: where records are written before they are acknowledged.
    """

    def __init__(self, *, clock: Clock, journal: Journal | None = None) -> None:
        self._clock = clock
        self._journal = journal
        self._faults = Faults()
        self._records: dict[str, SessionRecord] = {}
        # Written to the journal at this moment; what will be is not known before.
        self._writing: dict[str, asyncio.Future[int]] = {}
        # Handed out more than once. After a restart no maker is left to discard it.
        self._shared: set[str] = set()
        self._places = SessionPlaces(self._records)
        # When what is kept no more is looked for again, where nothing asks before.
        self._drop_at_seconds = float("-inf")
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
        if self._faults.queued:
            self._faults.meet("add")
        if record.access_key_id in self._writing:
            await until_settled(self._writing, record.access_key_id)
        self._check_room(record.access_key_id)
        if self._journal is None:
            self._keep(record)
        else:
            await self._write(record, record, self._keep)

    async def add_many(
        self, records: Sequence[SessionRecord]
    ) -> list[AccessKeyTakenError | StoreUnavailableError | None]:
        """Stores records in one go; see the port."""
        if self._journal is None:
            return [self._add_at_once(each) for each in records]
        # They share a commit of the journal.
        async with asyncio.TaskGroup() as group:
            adding = [group.create_task(self._add_one(each)) for each in records]
        return [each.result() for each in adding]

    async def _add_one(
        self, record: SessionRecord
    ) -> AccessKeyTakenError | StoreUnavailableError | None:
        try:
            await self.add(record)
        except (AccessKeyTakenError, StoreUnavailableError) as error:
            return error
        return None

    def _add_at_once(
        self, record: SessionRecord
    ) -> AccessKeyTakenError | StoreUnavailableError | None:
        """Adds a record where there is no journal to wait for."""
        try:
            self._faults.meet("add")
            self._check_room(record.access_key_id)
        except (AccessKeyTakenError, StoreUnavailableError) as error:
            return error
        self._keep(record)
        return None

    async def share(self, record: SessionRecord) -> bool:
        """Keeps a record from being discarded; see the port."""
        self._faults.meet("share")
        await until_settled(self._writing, record.access_key_id)
        if self._records.get(record.access_key_id) != record:
            return False
        self._shared.add(record.access_key_id)
        return True

    async def discard(self, record: SessionRecord) -> bool:
        """Forgets a record whose credentials were never handed out; see the port."""
        self._faults.meet("discard")
        await until_settled(self._writing, record.access_key_id)
        if self._records.get(record.access_key_id) != record:
            return True
        if record.access_key_id in self._shared:
            return False
        await self._write(record, Discarded(record), self._forget)
        return True

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
        places = self._places.after(sessions, start, count + 1)
        more = len(places) > count
        return SessionPage(
            tuple(self._records[place.access_key_id] for place in places[:count]),
            encode_cursor(sessions, places[count - 1]) if more else None,
        )

    async def ping(self) -> None:
        """Returns at once."""
        self._faults.meet("ping")

    async def _write(
        self,
        record: SessionRecord,
        entry: SessionRecord | Discarded,
        take_up: Callable[[SessionRecord], None],
    ) -> None:
        """Does in memory what is on the disk, whether or not somebody still waits."""
        if self._journal is None:
            take_up(record)
            return
        written = submit_entry(self._journal, entry)
        self._writing[record.access_key_id] = written
        written.add_done_callback(partial(self._on_written, record, take_up))
        await until_durable(written)

    def _on_written(
        self,
        record: SessionRecord,
        take_up: Callable[[SessionRecord], None],
        written: asyncio.Future[int],
    ) -> None:
        del self._writing[record.access_key_id]
        if not written.cancelled() and written.exception() is None:
            take_up(record)

    def _keep(self, record: SessionRecord) -> None:
        self._records[record.access_key_id] = record
        self._places.add(record)

    def _forget(self, record: SessionRecord) -> None:
        self._places.remove(record)
        del self._records[record.access_key_id]

    def _is_full(self) -> bool:
        return len(self._records) + len(self._writing) >= limits.MEMORY_SESSIONS_MAX

    def _check_room(self, access_key_id: str) -> None:
        """Returns where there is room for a record; drops others where it is time.

        Raises:
            AccessKeyTakenError: a record that is still kept has its id.
            StoreUnavailableError: as many are kept as may be.
        """
        is_drop_due = self._clock.monotonic() >= self._drop_at_seconds
        if not (is_drop_due or access_key_id in self._records or self._is_full()):
            return
        self._drop_at_seconds = self._clock.monotonic() + _DROP_PAUSE_SECONDS
        for name in self._places.pass_until(microseconds(self._clock.now())):
            del self._records[name]
            self._shared.discard(name)
        holder = self._records.get(access_key_id)
        if holder is not None:
            raise AccessKeyTakenError(holder)
        if self._is_full():
            raise StoreUnavailableError(
                "memory_store_full", retry_after=limits.STORE_RETRY_AFTER
            )
