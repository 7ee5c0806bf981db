"""What every audit sink does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from daypass.adapters.audit_file import FileAuditSink
from daypass.adapters.memory import MemoryAuditSink
from daypass.core.ports import AuditSink
from support.records import audit_record


@pytest.fixture(params=["memory", "file"])
def sink(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AuditSink]:
    """Returns each sink in turn."""
    if request.param == "memory":
        yield MemoryAuditSink()
        return
    file = FileAuditSink(tmp_path / "audit.jsonl")
    yield file
    file.close()


async def test_write_returns(sink: AuditSink) -> None:
    """A record that can be written is acknowledged."""
    await sink.write(audit_record())


async def test_writes_at_once_are_all_acknowledged(sink: AuditSink) -> None:
    """Many callers may write at one time."""
    await asyncio.gather(*(sink.write(audit_record(n)) for n in range(1000)))


@pytest.mark.parametrize("count", [0, 1, 300])
async def test_written_together_are_acknowledged(sink: AuditSink, count: int) -> None:
    """Records that follow each other are acknowledged in one go."""
    await sink.write_many([audit_record(number) for number in range(count)])


async def test_note_does_not_wait(sink: AuditSink) -> None:
    """A record can be left behind, and one that is waited for comes after it."""
    sink.note(audit_record(1))

    await sink.write(audit_record(2))
