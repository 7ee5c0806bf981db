"""Ports that time what they are asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from daypass.adapters.memory import (
    MemoryGuardStore,
    MemoryRevocationLog,
    MemorySessionStore,
)
from daypass.core.errors import StoreUnavailableError
from daypass.core.ports import GuardKey, SessionFilter
from daypass.telemetry import names
from daypass.telemetry.measured import (
    MeasuredGuardStore,
    MeasuredRevocationLog,
    MeasuredSessionStore,
)
from daypass.telemetry.metrics import Metrics
from daypass.telemetry.metrics_export import build_metrics
from daypass.telemetry.otlp import ServiceIdentity
from support.metrics import KeptMetrics
from support.records import ACCOUNT, revocation, session_record
from support.world import ManualClock, SeededEntropy

SECOND = timedelta(seconds=1)


@pytest.fixture
def reader() -> KeptMetrics:
    """Returns a reader that keeps what it reads."""
    return KeptMetrics()


@pytest.fixture
def metrics(reader: KeptMetrics) -> Metrics:
    """Returns metrics that the reader reads."""
    identity = ServiceIdentity(name="daypassd", version="0", instance_id="worker-1")
    return build_metrics(identity, endpoint=None, readers=(reader,))


def timed(reader: KeptMetrics, name: str) -> list[dict[str, Any]]:
    """Returns the attributes of what was timed."""
    return [dict(point.attributes or {}) for point in reader.points(name)]


def counts(reader: KeptMetrics, name: str) -> dict[str, int]:
    """Returns how many of each outcome were timed."""
    return {
        dict(point.attributes)[names.OUTCOME]: point.count
        for point in reader.points(name)
    }


async def test_store_answers_the_same(
    metrics: Metrics, reader: KeptMetrics, clock: ManualClock
) -> None:
    """A timed store answers as the store does, and each operation is timed."""
    store = MeasuredSessionStore(
        MemorySessionStore(clock=clock), metrics=metrics, clock=clock
    )
    record = session_record(1, now=clock.now())

    await store.add(record)
    await store.ping()
    found = await store.get(record.access_key_id, now=clock.now())
    page = await store.list_sessions(SessionFilter(ACCOUNT), now=clock.now(), limit=1)

    assert record == found
    assert (record,) == page.records
    operations = {each[names.OPERATION] for each in timed(reader, names.STORE_DURATION)}
    assert {"add", "ping", "get", "list"} == operations


async def test_each_added_record_is_timed(
    metrics: Metrics, reader: KeptMetrics, clock: ManualClock
) -> None:
    """Records that are added in one go count as that many, by their outcomes."""
    inner = MemorySessionStore(clock=clock)
    inner.fail_next(StoreUnavailableError("queued"), method="add")
    store = MeasuredSessionStore(inner, metrics=metrics, clock=clock)
    records = [session_record(number, now=clock.now()) for number in range(3)]

    outcomes = await store.add_many(records)

    assert [StoreUnavailableError, type(None), type(None)] == list(map(type, outcomes))
    assert 2 == len(inner)
    assert {"StoreUnavailableError": 1, "ok": 2} == counts(reader, names.STORE_DURATION)


async def test_log_answers_the_same(
    metrics: Metrics, reader: KeptMetrics, clock: ManualClock
) -> None:
    """A timed log answers as the log does; waiting is not timed."""
    inner = MemoryRevocationLog(clock=clock, entropy=SeededEntropy())
    log = MeasuredRevocationLog(inner, metrics=metrics, clock=clock)

    entry = await log.append(revocation("a", now=clock.now()))
    await log.wait_after(0, at_most=SECOND)
    await log.report_applied("one", entry.sequence, lease=SECOND)
    await log.report_applied("two", 0, lease=SECOND)
    await log.withdraw("two")

    assert await inner.incarnation() == await log.incarnation()
    assert await inner.read_after(0, limit=9) == await log.read_after(0, limit=9)
    assert {"one": 1} == await log.applied(entry)
    operations = {each[names.OPERATION] for each in timed(reader, names.STORE_DURATION)}
    expected = {"append", "report_applied", "incarnation", "read_after", "applied"}
    assert expected | {"withdraw"} == operations


async def test_guards_answer_the_same(
    metrics: Metrics, reader: KeptMetrics, clock: ManualClock
) -> None:
    """A timed store of guards answers as the store does, and both ways are timed."""
    inner = MemoryGuardStore(clock=clock)
    store = MeasuredGuardStore(inner, metrics=metrics, clock=clock)
    key, now = GuardKey("test", ("a",)), clock.now()

    stored = [
        await store.swap(key, None, b"x", now=now, expire_time=now + SECOND)
        for _ in range(2)
    ]

    assert [True, False] == stored
    assert b"x" == await store.get(key, now=now) == await inner.get(key, now=now)
    assert await store.get(key, now=now + SECOND) is None
    operations = {each[names.OPERATION] for each in timed(reader, names.STORE_DURATION)}
    assert {"swap_guard", "get_guard"} == operations


async def test_failure_is_an_outcome(
    metrics: Metrics, reader: KeptMetrics, clock: ManualClock
) -> None:
    """An error passes through, and its name is the outcome."""
    inner = MemorySessionStore(clock=clock)
    inner.fail_next(StoreUnavailableError("queued"))
    store = MeasuredSessionStore(inner, metrics=metrics, clock=clock)

    with pytest.raises(StoreUnavailableError):
        await store.ping()

    (attributes,) = timed(reader, names.STORE_DURATION)
    assert "StoreUnavailableError" == attributes[names.OUTCOME]


async def test_failed_store_is_timed(
    metrics: Metrics, reader: KeptMetrics, clock: ManualClock
) -> None:
    """A record that is not stored is timed under the name of the error."""
    inner = MemorySessionStore(clock=clock)
    inner.fail_next(StoreUnavailableError("queued"))
    store = MeasuredSessionStore(inner, metrics=metrics, clock=clock)

    with pytest.raises(StoreUnavailableError):
        await store.add(session_record(1, now=clock.now()))

    (attributes,) = timed(reader, names.STORE_DURATION)
    assert ("add", "StoreUnavailableError") == (
        attributes[names.OPERATION],
        attributes[names.OUTCOME],
    )
