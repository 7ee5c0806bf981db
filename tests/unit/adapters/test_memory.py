"""What the memory adapters do beside their ports."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from daypass.adapters.memory import (
    MemoryAuditSink,
    MemoryRevocationLog,
    MemorySessionStore,
    MemoryUrlError,
    parse_memory_url,
)
from daypass.core.errors import (
    AccessKeyTakenError,
    AuditUnavailableError,
    StoreUnavailableError,
)
from daypass.core.revocation import Epoch
from support.records import audit_record, bound_record, session_record
from support.world import ManualClock, SeededEntropy


@pytest.mark.parametrize(
    "url",
    [
        "memory://?journal=",
        "memory://?journal=/a&journal=/b",
        "memory://?jornal=/a",
        "memory://?x",
        "memory://host",
        "memory:///path",
        "redis://host",
        "",
    ],
)
def test_other_url_is_refused(url: str) -> None:
    """A URL that says something unknown is an error, not a default."""
    with pytest.raises(MemoryUrlError):
        parse_memory_url(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("memory://", None),
        ("memory://?journal=state.journal", Path("state.journal")),
        ("memory://?journal=/var/lib/x%20y", Path("/var/lib/x y")),
    ],
)
def test_url_names_the_journal(url: str, expected: Path | None) -> None:
    """The URL names a journal file, or none."""
    assert expected == parse_memory_url(url)


async def test_queued_fault_is_met_once(clock: ManualClock) -> None:
    """A queued fault is raised by the next call, and by that one only."""
    store = MemorySessionStore(clock=clock)
    store.fail_next(StoreUnavailableError("queued"))

    with pytest.raises(StoreUnavailableError):
        await store.ping()

    await store.ping()


async def test_fault_waits_for_its_method(clock: ManualClock) -> None:
    """A fault of one method passes over calls of others."""
    log = MemoryRevocationLog(clock=clock, entropy=SeededEntropy())
    log.fail_next(StoreUnavailableError("queued"), method="applied", times=2)
    begin = Epoch(await log.incarnation(), 0)

    for _ in range(2):
        with pytest.raises(StoreUnavailableError):
            await log.applied(begin)

    assert {} == await log.applied(begin)


async def test_audit_fault_keeps_nothing() -> None:
    """A record that could not be written is not among the records."""
    sink = MemoryAuditSink()
    sink.fail_next(AuditUnavailableError("queued"))
    with pytest.raises(AuditUnavailableError):
        await sink.write(audit_record(1))

    await sink.write(audit_record(2))

    assert (audit_record(2),) == sink.records


async def test_expired_records_are_dropped(clock: ManualClock) -> None:
    """Memory is given back as time goes on and sessions are added."""
    store = MemorySessionStore(clock=clock)
    for number in range(10):
        await store.add(session_record(number, now=clock.now()))
    clock.advance(timedelta(hours=1))

    await store.add(session_record(10, now=clock.now()))

    assert 1 == len(store)


async def test_id_is_free_after_expiry(clock: ManualClock) -> None:
    """An id may be taken again when its session has expired."""
    store = MemorySessionStore(clock=clock)
    await store.add(session_record(1, now=clock.now()))
    clock.advance(timedelta(hours=1))
    again = session_record(1, now=clock.now())

    await store.add(again)

    assert again == await store.get(again.access_key_id, now=clock.now())


async def test_id_is_free_the_moment_it_ends(clock: ManualClock) -> None:
    """An id is free however short a while ago was looked for what has ended."""
    store = MemorySessionStore(clock=clock)
    lasts = timedelta(milliseconds=10)
    await store.add(session_record(1, now=clock.now(), lasts=lasts))
    with pytest.raises(AccessKeyTakenError):
        await store.add(session_record(1, now=clock.now(), lasts=lasts))
    clock.advance(lasts)
    again = session_record(1, now=clock.now(), lasts=lasts)

    await store.add(again)

    assert again == await store.get(again.access_key_id, now=clock.now())


@pytest.mark.parametrize(("pause", "left"), [(0.99, 2), (1.0, 1)])
async def test_what_has_ended_is_looked_for_each_second(
    clock: ManualClock, pause: float, left: int
) -> None:
    """Adding drops what has ended, once a second."""
    store = MemorySessionStore(clock=clock)
    lasts = timedelta(seconds=0.5)
    await store.add(session_record(1, now=clock.now(), lasts=lasts))
    clock.advance(timedelta(seconds=pause))

    await store.add(session_record(2, now=clock.now()))

    assert left == len(store)


async def test_kept_records_are_dropped_later(clock: ManualClock) -> None:
    """A record is dropped when neither session nor call needs it, shared or not."""
    store = MemorySessionStore(clock=clock)
    record = bound_record(0, now=clock.now(), lasts=timedelta(minutes=1))
    await store.add(record)
    await store.share(record)
    clock.advance(timedelta(minutes=2))
    await store.add(session_record(1, now=clock.now(), lasts=timedelta(hours=9)))
    assert 2 == len(store)

    clock.advance(record.keep_until - clock.now())
    await store.add(session_record(2, now=clock.now()))

    assert 2 == len(store)
    await store.add(record)
    assert await store.discard(record)
