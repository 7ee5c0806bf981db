"""The ports: what the use cases need of the world, and what may go wrong there.

Every coroutine here may raise `StoreUnavailableError` (or its audit kin) and
nothing else of the machinery's making. Deadlines are the adapter's: no call
waits without bound.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from daypass.core.decision_record import DecisionRecord
from daypass.core.entropy import Entropy as Entropy  # noqa: PLC0414 - a port, too.
from daypass.core.errors import AccessKeyTakenError, StoreUnavailableError
from daypass.core.quick import quick_init
from daypass.core.revocation import Epoch, LoggedRevocation, Revocation
from daypass.core.session import SessionRecord

T_co = TypeVar("T_co", covariant=True)


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> datetime:
        """Returns the time of day, aware and in UTC."""
        ...

    def monotonic(self) -> float:
        """Returns seconds that never go back, from an arbitrary start."""
        ...


class Snapshot(Protocol[T_co]):
    """Something that is replaced whole: the directory, the key ring."""

    def current(self) -> T_co:
        """Returns the value in force; take it once per request and keep it."""
        ...


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """Which sessions to list: those of one account, and perhaps of one principal.

    `principal_id` is the unique id of the role or user whose sessions they are.
    """

    account_id: str
    principal_id: str | None = None


@dataclass(frozen=True, slots=True)
class SessionPage:
    """A page of sessions, the first to expire first.

    `next_cursor` continues behind the last record, or is None at the end.
    """

    records: tuple[SessionRecord, ...]
    next_cursor: str | None


class SessionStore(Protocol):
    """Where session records live until they expire."""

    async def add(self, record: SessionRecord) -> None:
        """Stores a record; acknowledged means stored, on replicas where there are.

        Raises:
            AccessKeyTakenError: another record has this access key id, until its
                `keep_until`. It is in the error, and may yet be discarded.
            StoreUnavailableError: nothing was acknowledged.
        """
        ...

    async def add_many(
        self, records: Sequence[SessionRecord]
    ) -> list[AccessKeyTakenError | StoreUnavailableError | None]:
        """Stores records in one go, each as `add` does, and by itself.

        Returns:
            Of each record, in their order, what `add` would have raised, or None
            where it is stored.
        """
        ...

    async def share(self, record: SessionRecord) -> bool:
        """Keeps a record whose credentials are about to be handed out again.

        Returns:
            Whether it is there and can be discarded no more; that is as sure as if
            it had just been added. False where it is not there.

        Raises:
            StoreUnavailableError: nothing was acknowledged.
        """
        ...

    async def discard(self, record: SessionRecord) -> bool:
        """Forgets a record whose credentials were never handed out by its maker.

        Forgetting what is not there, or is another's, changes nothing.

        Returns:
            Whether it is not there any more; False where it was shared and stays.

        Raises:
            StoreUnavailableError: it may still be there, until it expires.
        """
        ...

    async def get(self, access_key_id: str, *, now: datetime) -> SessionRecord | None:
        """Returns the record, or None where there is none or it has expired."""
        ...

    async def list_sessions(
        self,
        sessions: SessionFilter,
        *,
        now: datetime,
        limit: int,
        cursor: str | None = None,
    ) -> SessionPage:
        """Returns a page of live records without scanning the key space.

        Raises:
            ValidationError: the cursor is not one of this store's.
        """
        ...

    async def ping(self) -> None:
        """Returns when the store answers."""
        ...


class RevocationLog(Protocol):
    """The numbered log of revocations, and who has read how far.

    Entries and reports are those of the log that `incarnation` named last. Where the
    store has another one by now, reading and reporting raise
    `RevocationLogReplacedError` until it is asked again.
    """

    async def incarnation(self) -> str:
        """Returns the name of this log, made once when the log began."""
        ...

    async def append(self, revocation: Revocation) -> Epoch:
        """Appends an entry and returns its place; acknowledged means stored."""
        ...

    async def read_after(
        self, sequence: int, *, limit: int
    ) -> tuple[LoggedRevocation, ...]:
        """Returns the entries behind a number, in order, at once."""
        ...

    async def wait_after(self, sequence: int, *, at_most: timedelta) -> None:
        """Returns when there is an entry behind the number, or time is up."""
        ...

    async def report_applied(
        self, worker_id: str, sequence: int, *, lease: timedelta
    ) -> int:
        """Says that a worker has applied all up to a number, for one lease.

        The report is as sure to outlive a failover as an entry is.

        Returns:
            The number of the last entry that is as sure as the report. What comes
            behind it may be read already, and be lost in a failover; its number
            then goes to another entry, so that nobody may apply it yet.
        """
        ...

    async def withdraw(self, worker_id: str) -> None:
        """Ends the lease of a worker that vouches for nothing any more, if it has one."""
        ...

    async def applied(self, entry: Epoch) -> Mapping[str, int]:
        """Returns what each worker with a live lease has applied.

        A log that began when an earlier one was lost does not know who still
        vouches by that one. Where such workers may exist they are listed too, as
        `EARLIER_WORKERS` that have applied nothing, until their leases are over.

        Args:
            entry: where the caller knows the log to hold an entry.

        Raises:
            StoreUnavailableError: the store does not answer, or has another log
                by now, or one without that entry.
        """
        ...


class DecisionStore(Protocol):
    """Where denials are kept until they are too old to be asked about.

    What is lost here costs an explanation and nothing else: no answer depends on
    it, so that a store may forget the oldest where it has no room.
    """

    async def put(self, record: DecisionRecord) -> None:
        """Keeps a record; one of the same id is replaced.

        Raises:
            StoreUnavailableError: it is perhaps not kept.
        """
        ...

    async def get(self, decision_id: str, *, now: datetime) -> DecisionRecord | None:
        """Returns the record, or None where there is none or it has expired."""
        ...


class KeyringStore(Protocol):
    """Where the sealed key ring rests, for all workers together.

    It holds one value and knows nothing of what is in it. Acknowledged means stored:
    on replicas where there are, and over a restart.
    """

    async def load(self) -> bytes | None:
        """Returns the sealed ring, or None where there is none.

        Raises:
            StoreUnavailableError: it cannot be read.
        """
        ...

    async def replace(self, sealed: bytes, *, expected: bytes | None) -> bool:
        """Stores a ring if the one that is there is the expected one, at once.

        Of all workers who make a change of the same ring one is told True; the
        others load what it made. Whoever gets an error has to load to find out.

        Args:
            sealed: the ring.
            expected: the ring that is there, byte by byte; None for none.

        Returns:
            Whether it was stored.

        Raises:
            StoreUnavailableError: it is not known to be stored, and may be.
            ValueError: it is too large, a mistake of the calling code.
        """
        ...


@dataclass(frozen=True, slots=True)
class GuardKey:
    """Names something that happens once, or is counted, on all workers together.

    `purpose` is a word of ours, such as `mfa-code`; `parts` may be anything, also
    what an attacker has chosen: two keys meet in a store only if they are equal.
    """

    purpose: str
    parts: tuple[str, ...]


class GuardStore(Protocol):
    """Small values that all workers agree on: what was used up, what was counted.

    Every value has an expiry, and its reader says what time it is: the clock of a
    store decides nothing. A store keeps a value for longer than it is in force
    (`GUARD_KEPT_AFTER_EXPIRY`), so that a clock that jumps, and is set back, forgets
    nothing. Nothing is forgotten before that for want of room; the store refuses new
    values instead. Acknowledged means stored: on replicas where there are, and over
    a restart wherever sessions outlive it.
    """

    async def get(self, key: GuardKey, *, now: datetime) -> bytes | None:
        """Returns the value in force, or None where there is none or it has expired.

        Nothing may rest on an answer alone, because it may be outdated when it
        arrives: what decides is a `swap` that expects it.

        Raises:
            StoreUnavailableError: the store does not answer, or holds damage.
        """
        ...

    async def swap(
        self,
        key: GuardKey,
        expected: bytes | None,
        value: bytes,
        *,
        now: datetime,
        expire_time: datetime,
    ) -> bool:
        """Stores a value if the one in force is the expected one, at once.

        To claim something that may happen once, expect None: of all who do, on all
        workers, exactly one is told True until the value expires. To count, `get`,
        and `swap` what was got for the next value, again while it answers False.

        An answer may be lost. Whoever gets an error must refuse, and cannot try
        again to find out: the value may be stored, so that the next try answers
        False, as for anybody else's. Where it has to be known, the value holds
        something that nobody else would store, and is read back.

        Args:
            key: what it is about.
            expected: the value in force; None that there is none, or an expired one.
            value: at most `GUARD_VALUE_BYTES_MAX` bytes; it may be empty.
            now: a value with this expiry, or an earlier one, is not in force.
            expire_time: when the new value ceases to be in force; at or before
                `now` it never is.

        Returns:
            Whether it was stored. False means that another value is in force,
            perhaps that of a call of one's own whose answer was lost.

        Raises:
            StoreUnavailableError: it is not known to be stored, and may be.
            ValueError: the value is too large, a mistake of the calling code.
        """
        ...


@quick_init
@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One decision, for the audit log. It holds no secret.

    Attributes:
        time: when it was decided.
        request_id: the call.
        decision_id: this decision; a call that makes several has several.
        operation: the name of the operation, such as `AssumeRole`.
        caller_arn: who asked, or None where nobody was proven.
        caller_access_key_id: with which credentials.
        source_address: from where.
        outcome: `allowed`, `refused` or `failed`.
        reason: the error's code, or empty.
        detail: the stable inner reason, which the caller does not see.
        resource: what was asked for, such as the role's ARN.
        decided_by: the policy statement that decided, or empty.
        issued_access_key_id: the credentials that were issued, or None.
        attributes: further facts of this operation, short and not secret.
    """

    time: datetime
    request_id: str
    decision_id: str
    operation: str
    caller_arn: str | None
    caller_access_key_id: str | None
    source_address: str | None
    outcome: str
    reason: str = ""
    detail: str = ""
    resource: str = ""
    decided_by: str = ""
    issued_access_key_id: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()


class AuditSink(Protocol):
    """Where decisions are recorded before their answer leaves."""

    def note(self, record: AuditRecord) -> None:
        """Queues a record without waiting for the disk, for answers that grant nothing.

        Raises:
            AuditUnavailableError: too many records are waiting.
        """
        ...

    def write(self, record: AuditRecord) -> Awaitable[None]:
        """Queues a record; what this returns is done when the record is durable.

        Raises:
            AuditUnavailableError: as it is awaited, or at once: it is not durable
                within the time that limits names, or too many records are waiting.
        """
        ...

    async def write_many(self, records: Sequence[AuditRecord]) -> None:
        """Returns when all of these records are durable, which follow each other.

        Raises:
            AuditUnavailableError: not all of them are, for the reasons of `write`.
        """
        ...
