"""Ports that time what they are asked, and ask another."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from daypass.core.decision_record import DecisionRecord
from daypass.core.errors import AccessKeyTakenError, StoreUnavailableError
from daypass.core.ports import (
    Clock,
    DecisionStore,
    GuardKey,
    GuardStore,
    RevocationLog,
    SessionFilter,
    SessionPage,
    SessionStore,
)
from daypass.core.revocation import Epoch, LoggedRevocation, Revocation
from daypass.core.session import SessionRecord
from daypass.telemetry.metrics import Metrics

T = TypeVar("T")
Outcome = TypeVar("Outcome")


class _Stopwatch:
    """Times the operations of a store."""

    def __init__(self, *, metrics: Metrics, clock: Clock) -> None:
        self._metrics = metrics
        self._clock = clock

    async def timing(self, operation: str, work: Awaitable[T]) -> T:
        """Awaits a work; the outcome is `ok`, or the name of what it raised."""
        start = self._clock.monotonic()
        outcome = "ok"
        try:
            return await work
        except BaseException as error:
            outcome = type(error).__name__
            raise
        finally:
            seconds = self._clock.monotonic() - start
            self._metrics.store_answered(operation, outcome, seconds)

    async def timing_each(
        self, operation: str, count: int, work: Awaitable[list[Outcome]]
    ) -> list[Outcome]:
        """Awaits a work of many operations; each has its outcome, and took as long."""
        start = self._clock.monotonic()
        outcomes: Sequence[str] = ()
        try:
            done = await work
            outcomes = ["ok" if each is None else type(each).__name__ for each in done]
        except BaseException as error:
            outcomes = [type(error).__name__] * count
            raise
        finally:
            seconds = self._clock.monotonic() - start
            for outcome in outcomes:
                self._metrics.store_answered(operation, outcome, seconds)
        return done


class MeasuredSessionStore:
    """A `SessionStore` that times another."""

    def __init__(self, inner: SessionStore, *, metrics: Metrics, clock: Clock) -> None:
        """Wraps a store."""
        self._inner = inner
        self._metrics = metrics
        self._clock = clock
        self._added = metrics.store_series("add", "ok")
        self._stopwatch = _Stopwatch(metrics=metrics, clock=clock)

    async def add(self, record: SessionRecord) -> None:
        """Stores a record; see the port."""
        # NOTE: as the stopwatch times, without a coroutine between; every mint adds.
        start = self._clock.monotonic()
        try:
            await self._inner.add(record)
        except BaseException as error:
            seconds = self._clock.monotonic() - start
            self._metrics.store_answered("add", type(error).__name__, seconds)
            raise
        self._added.add(self._clock.monotonic() - start)

    async def add_many(
        self, records: Sequence[SessionRecord]
    ) -> list[AccessKeyTakenError | StoreUnavailableError | None]:
        """Stores records; see the port. Each counts as one that was added."""
        return await self._stopwatch.timing_each(
            "add", len(records), self._inner.add_many(records)
        )

    async def share(self, record: SessionRecord) -> bool:
        """Keeps a record from being discarded; see the port."""
        return await self._stopwatch.timing("share", self._inner.share(record))

    async def discard(self, record: SessionRecord) -> bool:
        """Forgets a record; see the port."""
        return await self._stopwatch.timing("discard", self._inner.discard(record))

    async def get(self, access_key_id: str, *, now: datetime) -> SessionRecord | None:
        """Returns a record; see the port."""
        return await self._stopwatch.timing(
            "get", self._inner.get(access_key_id, now=now)
        )

    async def list_sessions(
        self,
        sessions: SessionFilter,
        *,
        now: datetime,
        limit: int,
        cursor: str | None = None,
    ) -> SessionPage:
        """Returns a page of records; see the port."""
        return await self._stopwatch.timing(
            "list",
            self._inner.list_sessions(sessions, now=now, limit=limit, cursor=cursor),
        )

    async def ping(self) -> None:
        """Returns when the store answers."""
        await self._stopwatch.timing("ping", self._inner.ping())


class MeasuredRevocationLog:
    """A `RevocationLog` that times another; waiting for an entry is not timed."""

    def __init__(self, inner: RevocationLog, *, metrics: Metrics, clock: Clock) -> None:
        """Wraps a log."""
        self._inner = inner
        self._stopwatch = _Stopwatch(metrics=metrics, clock=clock)

    async def incarnation(self) -> str:
        """Returns the name of the log; see the port."""
        return await self._stopwatch.timing("incarnation", self._inner.incarnation())

    async def append(self, revocation: Revocation) -> Epoch:
        """Appends an entry; see the port."""
        return await self._stopwatch.timing("append", self._inner.append(revocation))

    async def read_after(
        self, sequence: int, *, limit: int
    ) -> tuple[LoggedRevocation, ...]:
        """Returns the entries behind a number; see the port."""
        return await self._stopwatch.timing(
            "read_after", self._inner.read_after(sequence, limit=limit)
        )

    async def wait_after(self, sequence: int, *, at_most: timedelta) -> None:
        """Waits for an entry; see the port."""
        await self._inner.wait_after(sequence, at_most=at_most)

    async def report_applied(
        self, worker_id: str, sequence: int, *, lease: timedelta
    ) -> int:
        """Records how far a worker is; see the port."""
        return await self._stopwatch.timing(
            "report_applied",
            self._inner.report_applied(worker_id, sequence, lease=lease),
        )

    async def withdraw(self, worker_id: str) -> None:
        """Ends the lease of a worker; see the port."""
        await self._stopwatch.timing("withdraw", self._inner.withdraw(worker_id))

    async def applied(self, entry: Epoch) -> Mapping[str, int]:
        """Returns what the live workers have applied; see the port."""
        return await self._stopwatch.timing("applied", self._inner.applied(entry))


class MeasuredDecisionStore:
    """A `DecisionStore` that times another."""

    def __init__(self, inner: DecisionStore, *, metrics: Metrics, clock: Clock) -> None:
        """Wraps a store."""
        self._inner = inner
        self._stopwatch = _Stopwatch(metrics=metrics, clock=clock)

    async def put(self, record: DecisionRecord) -> None:
        """Keeps a record; see the port."""
        await self._stopwatch.timing("put_decision", self._inner.put(record))

    async def get(self, decision_id: str, *, now: datetime) -> DecisionRecord | None:
        """Returns a record; see the port."""
        return await self._stopwatch.timing(
            "get_decision", self._inner.get(decision_id, now=now)
        )


class MeasuredGuardStore:
    """A `GuardStore` that times another."""

    def __init__(self, inner: GuardStore, *, metrics: Metrics, clock: Clock) -> None:
        """Wraps a store."""
        self._inner = inner
        self._stopwatch = _Stopwatch(metrics=metrics, clock=clock)

    async def get(self, key: GuardKey, *, now: datetime) -> bytes | None:
        """Returns the value in force; see the port."""
        return await self._stopwatch.timing("get_guard", self._inner.get(key, now=now))

    async def swap(
        self,
        key: GuardKey,
        expected: bytes | None,
        value: bytes,
        *,
        now: datetime,
        expire_time: datetime,
    ) -> bool:
        """Stores a value if the one in force is the expected one; see the port."""
        return await self._stopwatch.timing(
            "swap_guard",
            self._inner.swap(key, expected, value, now=now, expire_time=expire_time),
        )
