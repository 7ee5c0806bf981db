"""What happens once, in the memory of one process, with or without a journal."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import Final

from daypass.adapters.faults import Faults
from daypass.adapters.guard_record import GuardRecord, check_guard_value, guard_name
from daypass.adapters.memory_journal import Journal
from daypass.adapters.memory_wait import (
    submit_entry,
    until_durable,
    until_settled,
)
from daypass.core import guard_limits as limits
from daypass.core.errors import StoreUnavailableError
from daypass.core.limits import STORE_RETRY_AFTER
from daypass.core.ports import Clock, GuardKey

_NEVER: Final = datetime.max.replace(tzinfo=UTC)


class MemoryGuardStore:
    """A `GuardStore` that keeps its values in memory.

    A value that has expired is kept for a day: the clock that says so may have
    jumped and be set back. With a journal the values outlive a restart.

    Args:
        clock: tells what may be forgotten.
        journal: where values are written before they are acknowledged.
    """

    def __init__(self, *, clock: Clock, journal: Journal | None = None) -> None:
        self._clock = clock
        self._journal = journal
        self._faults = Faults()
        self._records: dict[str, GuardRecord] = {}
        self._writing: dict[str, asyncio.Future[int]] = {}
        # No value that is held expires before this.
        self._earliest = _NEVER
        for record in journal.guards if journal else ():
            self._keep(record)

    def fail_next(
        self, error: Exception, *, method: str | None = None, times: int = 1
    ) -> None:
        """Queues an error for the next calls, of any method or of one by name.

        One of `swap_answer` is met when a value has been stored: the answer is lost.
        """
        self._faults.add(error, method=method, times=times)

    def __len__(self) -> int:
        """Tells how many values are held, expired ones perhaps included."""
        return len(self._records)

    async def get(self, key: GuardKey, *, now: datetime) -> bytes | None:
        """Returns the value; see the port."""
        self._faults.meet("get")
        return self._live(guard_name(key), now)

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
        self._faults.meet("swap")
        record = GuardRecord(guard_name(key), value, expire_time)
        await until_settled(self._writing, record.name)
        if self._live(record.name, now) != expected:
            return False
        self._make_room(record.name)
        await self._store(record)
        self._faults.meet("swap_answer")
        return True

    async def _store(self, record: GuardRecord) -> None:
        if self._journal is None:
            self._keep(record)
            return
        written = submit_entry(self._journal, record)
        self._writing[record.name] = written
        written.add_done_callback(partial(self._on_written, record))
        await until_durable(written)

    def _on_written(self, record: GuardRecord, written: asyncio.Future[int]) -> None:
        """Takes up what is on the disk, whether or not somebody still waits."""
        del self._writing[record.name]
        if not written.cancelled() and written.exception() is None:
            self._keep(record)

    def _keep(self, record: GuardRecord) -> None:
        self._records[record.name] = record
        self._earliest = min(self._earliest, record.expire_time)

    def _live(self, name: str, now: datetime) -> bytes | None:
        record = self._records.get(name)
        return None if record is None else record.live_value(now)

    def _make_room(self, name: str) -> None:
        """Forgets what expired a day ago, once there is no room for one more.

        Raises:
            StoreUnavailableError: all that is held still matters.
        """
        if name in self._records or self._has_room():
            return
        passed = self._clock.now() - limits.GUARD_KEPT_AFTER_EXPIRY
        # Looking through all of it is not for every call that comes to a full store.
        if self._earliest <= passed:
            kept = [
                each for each in self._records.values() if each.expire_time > passed
            ]
            self._records = {each.name: each for each in kept}
            self._earliest = min((each.expire_time for each in kept), default=_NEVER)
        if not self._has_room():
            raise StoreUnavailableError(
                "memory_store_full", retry_after=STORE_RETRY_AFTER
            )

    def _has_room(self) -> bool:
        return len(self._records) + len(self._writing) < limits.MEMORY_GUARDS_MAX
