"""What one server of the store holds, and what it does to that in one step.

It is the semantics of the scripts that run inside Redis, on plain values: keys have
an expiry by the clock of the server, leases are measured by it, and each step is
whole. A step depends on the state and on the time alone, so that a replica that takes
the same steps has the same state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from daypass.adapters.guard_record import GuardRecord
from daypass.core.decision_record import DecisionRecord
from daypass.core.errors import (
    AccessKeyTakenError,
    RevocationLogReplacedError,
    StoreUnavailableError,
)
from daypass.core.guard_limits import GUARD_KEPT_AFTER_EXPIRY
from daypass.core.revocation import EARLIER_WORKERS, Epoch, LoggedRevocation, Revocation
from daypass.core.session import SessionRecord


@dataclass(frozen=True, slots=True)
class Held:
    """A session record, and whether it was shared."""

    record: SessionRecord
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """How far a worker said it was, and until when that counts."""

    sequence: int
    lease_end: datetime


@dataclass
class StoreState:
    """The state of one server; every method is one step.

    What has expired is hidden, and dropped by `expire` alone, so that a test can see
    that it was there.

    Attributes:
        incarnation: the name of the log of revocations.
        settled_at: until when workers of an earlier log may have a lease.
    """

    incarnation: str
    sessions: dict[str, Held] = field(default_factory=dict)
    guards: dict[str, GuardRecord] = field(default_factory=dict)
    decisions: dict[str, DecisionRecord] = field(default_factory=dict)
    entries: list[LoggedRevocation] = field(default_factory=list)
    workers: dict[str, Report] = field(default_factory=dict)
    ring: bytes | None = None
    guards_kept_after: timedelta = GUARD_KEPT_AFTER_EXPIRY
    settled_at: datetime | None = None

    def copy(self) -> StoreState:
        """Returns another state with the same content."""
        return replace(
            self,
            sessions=dict(self.sessions),
            guards=dict(self.guards),
            decisions=dict(self.decisions),
            entries=list(self.entries),
            workers=dict(self.workers),
        )

    def expire(self, now: datetime) -> None:
        """Drops what has expired, for good."""
        self.sessions = {
            name: held
            for name, held in self.sessions.items()
            if held.record.keep_until > now
        }
        self.guards = {
            name: held for name in self.guards if (held := self.guard(name, now))
        }

    def session(self, access_key_id: str, now: datetime) -> Held | None:
        """Returns what is held of a session, until the server forgets it."""
        held = self.sessions.get(access_key_id)
        if held is None or held.record.keep_until <= now:
            return None
        return held

    def add(self, record: SessionRecord, now: datetime) -> None:
        """Takes a record, unless its id is taken."""
        held = self.session(record.access_key_id, now)
        if held is not None:
            raise AccessKeyTakenError(held.record)
        self.sessions[record.access_key_id] = Held(record)

    def share(self, record: SessionRecord, now: datetime) -> bool:
        """Marks a record, so that it is discarded no more."""
        held = self.session(record.access_key_id, now)
        if held is None or held.record != record:
            return False
        self.sessions[record.access_key_id] = Held(record, shared=True)
        return True

    def discard(self, record: SessionRecord, now: datetime) -> bool:
        """Forgets a record that was not shared; False where it stays."""
        held = self.sessions.get(record.access_key_id)
        if held is None or held.record != record:
            return True
        if held.shared and record.keep_until > now:
            return False
        del self.sessions[record.access_key_id]
        return True

    def guard(self, name: str, now: datetime) -> GuardRecord | None:
        """Returns a value, expired or not, until the server forgets it."""
        held = self.guards.get(name)
        if held is None or held.expire_time + self.guards_kept_after <= now:
            return None
        return held

    def swap(
        self,
        new: GuardRecord,
        expected: bytes | None,
        reader_now: datetime,
        now: datetime,
    ) -> bool:
        """Stores a value if the one in force is the expected one."""
        if new.expire_time + self.guards_kept_after <= now:
            raise StoreUnavailableError("store_clock_ahead")
        held = self.guard(new.name, now)
        live = None if held is None else held.live_value(reader_now)
        if live != expected:
            return False
        self.guards[new.name] = new
        return True

    def replace_ring(self, sealed: bytes, expected: bytes | None) -> bool:
        """Stores a ring if the one that is there is the expected one."""
        if self.ring != expected:
            return False
        self.ring = sealed
        return True

    @property
    def sequence(self) -> int:
        """The number of the last entry."""
        return len(self.entries)

    def append(self, log: str, revocation: Revocation) -> Epoch:
        """Appends an entry."""
        self._check_log(log, 0)
        self.entries.append(LoggedRevocation(self.sequence + 1, revocation))
        return Epoch(self.incarnation, self.sequence)

    def read_after(
        self, log: str, sequence: int, limit: int
    ) -> tuple[LoggedRevocation, ...]:
        """Returns entries behind a number."""
        self._check_log(log, sequence)
        return tuple(self.entries[sequence : sequence + limit])

    def report(
        self, log: str, worker_id: str, sequence: int, lease: timedelta, now: datetime
    ) -> int:
        """Keeps how far a worker is, and returns the number of the last entry."""
        self._check_log(log, sequence)
        self.workers[worker_id] = Report(sequence, now + lease)
        return self.sequence

    def withdraw(self, worker_id: str) -> None:
        """Ends the lease of a worker."""
        self.workers.pop(worker_id, None)

    def applied(self, entry: Epoch, now: datetime) -> Mapping[str, int]:
        """Returns how far the workers with a lease are."""
        self._check_log(entry.incarnation, entry.sequence)
        unsettled = self.settled_at is not None and self.settled_at > now
        earlier = {EARLIER_WORKERS: 0} if unsettled else {}
        return earlier | {
            worker: report.sequence if report.sequence <= self.sequence else 0
            for worker, report in self.workers.items()
            if report.lease_end > now
        }

    def _check_log(self, log: str, sequence: int) -> None:
        if log != self.incarnation:
            raise RevocationLogReplacedError("revocation_log_replaced")
        if sequence > self.sequence:
            raise StoreUnavailableError("revocation_log_behind_reader")
