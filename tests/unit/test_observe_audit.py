"""What is counted and timed of the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from daypass.adapters.audit_file import FileAuditSink
from daypass.core.errors import AuditUnavailableError
from daypass.observe_audit import AuditObserver
from daypass.telemetry import names
from daypass.telemetry.metrics_export import build_metrics
from daypass.telemetry.otlp import ServiceIdentity
from support.full_disk import full_disk
from support.metrics import KeptMetrics
from support.records import audit_record


class Observed:
    """An audit file whose watcher counts, and what it has counted.

    Args:
        path: the file.
        bounds: of the file.
    """

    def __init__(self, path: Path, **bounds: Any) -> None:
        self._reader = KeptMetrics()
        identity = ServiceIdentity(name="daypassd", version="0", instance_id="1")
        metrics = build_metrics(identity, endpoint=None, readers=(self._reader,))
        self.observer = AuditObserver(metrics=metrics)
        self.sink = FileAuditSink(path, watcher=self.observer, **bounds)

    def sums(self, name: str) -> dict[tuple[str, str], int]:
        """Returns how often each operation had each outcome."""
        return {
            (
                point.attributes[names.OPERATION],
                point.attributes[names.OUTCOME],
            ): point.value
            for point in self._reader.points(name)
        }

    def timed(self) -> dict[str, int]:
        """Returns how many records of each outcome were timed."""
        return {
            point.attributes[names.OUTCOME]: point.count
            for point in self._reader.points(names.AUDIT_DURATION)
        }

    def seconds(self) -> float:
        """Returns how long all records took together."""
        return float(
            sum(point.sum for point in self._reader.points(names.AUDIT_DURATION))
        )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Returns where the audit file is."""
    return tmp_path / "audit.jsonl"


@pytest.fixture
def observed(path: Path) -> Iterator[Observed]:
    """Returns an audit file that is observed."""
    made = Observed(path)
    yield made
    made.sink.close()


async def test_decisions_are_counted(observed: Observed) -> None:
    """Mints count by outcome or reason, verifications by verdict, others not."""
    sink = observed.sink
    record = audit_record()
    asked = replace(record, operation="VerifyToken", attributes=())

    await sink.write(record)
    await sink.write(record)
    sink.note(replace(record, outcome="refused", reason="AccessDenied"))
    sink.note(replace(asked, attributes=(("verdict", "REVOKED"),)))
    sink.note(replace(asked, outcome="refused", reason="AccessDenied"))
    sink.note(replace(record, operation="ListSessions"))

    assert {
        ("AssumeRole", "allowed"): 2,
        ("AssumeRole", "AccessDenied"): 1,
    } == observed.sums(names.MINTS)
    assert {
        ("VerifyToken", "revoked"): 1,
        ("VerifyToken", "AccessDenied"): 1,
    } == observed.sums(names.VERIFICATIONS)
    assert {"ok": 2} == observed.timed()


async def test_records_together_are_each_counted(
    observed: Observed, path: Path
) -> None:
    """Records of one go are counted and timed one by one, once they are durable."""
    records = [audit_record(number) for number in range(3)]

    with full_disk(10), pytest.raises(AuditUnavailableError):
        await observed.sink.write_many(records)
    await observed.sink.write_many(records[:2])

    assert 2 == len(path.read_bytes().splitlines())
    assert {("AssumeRole", "allowed"): 2} == observed.sums(names.MINTS)
    assert {"AuditUnavailableError": 3, "ok": 2} == observed.timed()


async def test_unwritten_grant_is_not_counted(observed: Observed) -> None:
    """A grant whose record is not durable was not given, and is not counted."""
    with full_disk(10), pytest.raises(AuditUnavailableError):
        await observed.sink.write(audit_record())

    assert {} == observed.sums(names.MINTS)
    assert {"AuditUnavailableError": 1} == observed.timed()


async def test_late_grant_is_not_counted(path: Path) -> None:
    """A record that is written when nobody waits any longer failed, and only that."""
    observed = Observed(path, write_time_max=timedelta())
    with pytest.raises(AuditUnavailableError):
        await observed.sink.write(audit_record())
    observed.sink.close()

    assert 1 == len(path.read_bytes().splitlines())
    assert {} == observed.sums(names.MINTS)
    assert {"AuditUnavailableError": 1} == observed.timed()


@pytest.mark.parametrize("count", [1, 2])
async def test_refused_records_are_timed(path: Path, count: int) -> None:
    """What the queue has no room for failed, and took no time."""
    observed = Observed(path, queue_records_max=0)
    with pytest.raises(AuditUnavailableError):
        await observed.sink.write(audit_record())
    with pytest.raises(AuditUnavailableError):
        await observed.sink.write_many([audit_record()] * count)
    observed.sink.close()

    assert {"AuditUnavailableError": 1 + count} == observed.timed()
    assert 0 == observed.seconds()


@pytest.mark.parametrize("detail", ["taken_back", "take_back_failed"])
def test_taken_back_is_not_counted(observed: Observed, detail: str) -> None:
    """Credentials that did not leave are on record, and no decision of their own."""
    record = replace(audit_record(), operation="AssumeRole", outcome="failed")

    observed.observer.recorded([replace(record, detail=detail)])

    assert {} == observed.sums(names.MINTS)
