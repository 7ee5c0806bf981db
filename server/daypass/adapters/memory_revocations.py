"""The revocation log in the memory of one process, with or without a journal."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Final

from daypass.adapters.faults import Faults
from daypass.adapters.memory_journal import Journal
from daypass.adapters.memory_wait import submit_entry, until_durable
from daypass.core import limits
from daypass.core.errors import RevocationLogReplacedError, StoreUnavailableError
from daypass.core.ports import Clock, Entropy
from daypass.core.revocation import Epoch, LoggedRevocation, Revocation

_INCARNATION_BYTES: Final = 16


class MemoryRevocationLog:
    """A `RevocationLog` that keeps its entries in memory.

    Without a journal each start begins a new log with a new name, so that the
    sessions of an earlier life are refused and never un-revoked.

    It never lists `EARLIER_WORKERS`: whoever vouched by an earlier log, or had a
    lease on this one in an earlier life of the journal, was in a process that has
    ended. A journal is locked, so that two processes never have it.

    Args:
        clock: tells which entries may be forgotten, and measures leases.
        entropy: names a new log.
        journal: where entries are written before they are acknowledged.
    """

    def __init__(
        self, *, clock: Clock, entropy: Entropy, journal: Journal | None = None
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._faults = Faults()
        self._changed = asyncio.Event()
        self._leases: dict[str, tuple[int, float]] = {}
        if journal is None:
            self._incarnation = entropy.token_bytes(_INCARNATION_BYTES).hex()
            self._entries: list[LoggedRevocation] = []
            self._sequence = 0
        else:
            self._incarnation = journal.incarnation
            self._entries = list(journal.revocations)
            self._sequence = journal.sequence

    def fail_next(
        self, error: Exception, *, method: str | None = None, times: int = 1
    ) -> None:
        """Queues an error for the next calls, of any method or of one by name."""
        self._faults.add(error, method=method, times=times)

    async def incarnation(self) -> str:
        """Returns the name of this log; see the port."""
        self._faults.meet("incarnation")
        return self._incarnation

    async def append(self, revocation: Revocation) -> Epoch:
        """Appends an entry and returns its place; see the port."""
        self._faults.meet("append")
        self._forget_passed()
        if len(self._entries) >= limits.MEMORY_REVOCATIONS_MAX:
            raise StoreUnavailableError(
                "memory_store_full", retry_after=limits.STORE_RETRY_AFTER
            )
        if self._journal is None:
            self._keep(LoggedRevocation(self._sequence + 1, revocation))
            return Epoch(self._incarnation, self._sequence)
        written = submit_entry(self._journal, revocation)
        written.add_done_callback(partial(self._on_written, revocation))
        return Epoch(self._incarnation, await until_durable(written))

    async def read_after(
        self, sequence: int, *, limit: int
    ) -> tuple[LoggedRevocation, ...]:
        """Returns the entries behind a number; see the port."""
        self._faults.meet("read_after")
        self._check_not_ahead(sequence)
        start = max(0, sequence - (self._sequence - len(self._entries)))
        count = min(limit, limits.REVOCATIONS_READ_MAX)
        return tuple(self._entries[start : start + count])

    async def wait_after(self, sequence: int, *, at_most: timedelta) -> None:
        """Waits for an entry behind a number; see the port."""
        self._faults.meet("wait_after")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(at_most.total_seconds()):
                while self._sequence <= sequence:
                    await self._changed.wait()

    async def report_applied(
        self, worker_id: str, sequence: int, *, lease: timedelta
    ) -> int:
        """Records how far a worker is; see the port."""
        self._faults.meet("report_applied")
        self._check_not_ahead(sequence)
        self._drop_ended_leases()
        if worker_id not in self._leases and len(self._leases) >= limits.WORKERS_MAX:
            raise StoreUnavailableError("too_many_workers")
        end = self._clock.monotonic() + lease.total_seconds()
        self._leases[worker_id] = (sequence, end)
        return self._sequence

    async def withdraw(self, worker_id: str) -> None:
        """Ends the lease of a worker; see the port."""
        self._faults.meet("withdraw")
        self._leases.pop(worker_id, None)

    async def applied(self, entry: Epoch) -> Mapping[str, int]:
        """Returns what the live workers have applied; see the port."""
        self._faults.meet("applied")
        if entry.incarnation != self._incarnation:
            raise RevocationLogReplacedError("revocation_log_replaced")
        self._check_not_ahead(entry.sequence)
        self._drop_ended_leases()
        return {worker: sequence for worker, (sequence, _) in self._leases.items()}

    def _on_written(self, revocation: Revocation, written: asyncio.Future[int]) -> None:
        """Takes up what is on the disk, whether or not somebody still waits."""
        if not written.cancelled() and written.exception() is None:
            self._keep(LoggedRevocation(written.result(), revocation))

    def _keep(self, entry: LoggedRevocation) -> None:
        self._entries.append(entry)
        self._sequence = entry.sequence
        # Those who wait hold the old event; whoever comes next gets a new one.
        self._changed.set()
        self._changed = asyncio.Event()

    def _forget_passed(self) -> None:
        """Forgets leading entries only, so that numbers have no gap."""
        now = self._clock.now()
        count = 0
        while (
            count < len(self._entries)
            and self._entries[count].revocation.keep_until <= now
        ):
            count += 1
        del self._entries[:count]

    def _drop_ended_leases(self) -> None:
        now = self._clock.monotonic()
        self._leases = {
            worker: lease for worker, lease in self._leases.items() if lease[1] > now
        }

    def _check_not_ahead(self, sequence: int) -> None:
        if sequence > self._sequence:
            raise StoreUnavailableError("revocation_log_behind_reader")
