"""The audit file on a disk that is full, slow, or not there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from daypass.adapters.audit_file import (
    FileAuditSink,
    verify_audit_file,
)
from daypass.core.errors import AuditUnavailableError
from support.audit_files import request_ids, written
from support.full_disk import full_disk
from support.records import audit_record


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Returns where the audit file is."""
    return tmp_path / "audit.jsonl"


async def test_full_disk_refuses_in_time(path: Path) -> None:
    """On a full disk a write fails, and nothing of it stays."""
    sink = FileAuditSink(path)
    await sink.write(audit_record(0))
    with full_disk(path.stat().st_size + 10), pytest.raises(AuditUnavailableError):
        await sink.write(audit_record(1))

    await sink.write(audit_record(2))

    sink.close()
    assert ["request-0", "request-2"] == request_ids(path)
    assert 2 == verify_audit_file(path).count


async def test_noted_record_outlives_a_full_disk(path: Path) -> None:
    """A record that nobody waits for is written when there is room again."""
    sink = FileAuditSink(path)
    with full_disk(10):
        sink.note(audit_record(0))
        with pytest.raises(AuditUnavailableError):
            await sink.write(audit_record(1))

    await sink.write(audit_record(2))

    sink.close()
    assert ["request-0", "request-2"] == request_ids(path)


async def test_close_writes_held_records(path: Path) -> None:
    """A record that was held for a full disk is written at the latest at the end."""
    sink = FileAuditSink(path)
    with full_disk(10):
        sink.note(audit_record(0))
        with pytest.raises(AuditUnavailableError):
            await sink.write(audit_record(1))

    sink.close()

    assert ["request-0"] == request_ids(path)


async def test_held_records_are_bounded(path: Path) -> None:
    """While the disk refuses, notes are refused too once as many wait as may."""
    sink = FileAuditSink(path, queue_records_max=2)
    with full_disk(10):
        for number in range(2):
            sink.note(audit_record(number))
            with pytest.raises(AuditUnavailableError):
                await sink.write(audit_record())
        with pytest.raises(AuditUnavailableError):
            sink.note(audit_record(2))

    sink.close()
    assert ["request-0", "request-1"] == request_ids(path)


async def test_folder_in_its_place_refuses(path: Path) -> None:
    """While a folder is where the file was, writes fail; then they go on."""
    sink = FileAuditSink(path)
    await sink.write(audit_record(0))
    path.rename(path.with_name("moved"))
    path.mkdir()
    with pytest.raises(AuditUnavailableError):
        await sink.write(audit_record(1))
    path.rmdir()

    await sink.write(audit_record(2))

    sink.close()
    assert ["request-2"] == request_ids(path)


async def test_foreign_file_in_its_place_refuses(path: Path) -> None:
    """A file that somebody puts in place of ours is not written."""
    await written(path, 1)
    foreign = path.with_name("foreign")
    await written(foreign, 2)
    sink = FileAuditSink(path)
    foreign.replace(path)

    with pytest.raises(AuditUnavailableError):
        await sink.write(audit_record(5))

    sink.close()
    assert 2 == verify_audit_file(path).count


async def test_slow_disk_is_refused_in_time(path: Path) -> None:
    """A write that takes too long fails; the record gets there all the same."""
    sink = FileAuditSink(path, write_time_max=timedelta())
    with pytest.raises(AuditUnavailableError) as caught:
        await sink.write(audit_record(0))

    sink.close()

    assert "audit_slow" == caught.value.detail
    assert ["request-0"] == request_ids(path)


async def test_full_queue_is_refused(path: Path) -> None:
    """Past the bound of the queue a record is refused at once."""
    sink = FileAuditSink(path, queue_records_max=0)

    with pytest.raises(AuditUnavailableError) as caught:
        await sink.write(audit_record(0))

    sink.close()
    assert "audit_queue_full" == caught.value.detail


async def test_closed_sink_refuses(path: Path) -> None:
    """Nothing is taken after closing."""
    sink = FileAuditSink(path)
    sink.close()

    with pytest.raises(AuditUnavailableError):
        await sink.write(audit_record(0))
