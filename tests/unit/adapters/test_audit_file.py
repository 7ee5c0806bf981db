"""The audit file."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from daypass.adapters.audit_file import (
    AuditLockedError,
    FileAuditSink,
    verify_audit_file,
)
from daypass.adapters.private_files import PrivateFileError
from daypass.core import limits
from daypass.core.ports import AuditRecord
from support.audit_files import request_ids, written
from support.records import audit_record
from support.world import START

HOSTILE = "\r\n\u2028\u2029\x85\x1b[31m\0\"\\'<script>\U0001f600\ud800"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Returns where the audit file is."""
    return tmp_path / "audit.jsonl"


async def test_record_is_durable_on_return(path: Path) -> None:
    """When a write returns, the line is in the file, before any closing."""
    sink = FileAuditSink(path)

    await sink.write(audit_record(7))

    assert ["request-7"] == request_ids(path)
    sink.close()


async def test_line_holds_the_whole_record(path: Path) -> None:
    """Every member of a record is in its line."""
    (line,) = (await written(path, 1)).splitlines()

    members = json.loads(line)
    absent = {"caller_access_key_id": None, "issued_access_key_id": None}
    assert {
        "sequence": 1,
        "previous": "0" * 64,
        "time": "2026-01-02T03:04:05.000000+00:00",
        "request_id": "request-0",
        "decision_id": "decision-0",
        "operation": "AssumeRole",
        "caller_arn": "arn:aws:iam::111122223333:user/dev",
        "source_address": "127.0.0.1",
        "outcome": "allowed",
        "reason": "",
        "detail": "",
        "resource": "",
        "decided_by": "",
        "attributes": {"number": "0"},
        **absent,
    } == members


async def test_writes_at_once_are_chained(path: Path) -> None:
    """Many writers at one time make one chain without a gap."""
    sink = FileAuditSink(path)

    await asyncio.gather(*(sink.write(audit_record(n)) for n in range(500)))

    sink.close()
    assert 500 == verify_audit_file(path).count


async def test_order_is_kept(path: Path) -> None:
    """Records stand in the file as they came, noted ones included."""
    sink = FileAuditSink(path)
    sink.note(audit_record(0))
    await sink.write(audit_record(1))
    sink.note(audit_record(2))

    sink.close()

    assert ["request-0", "request-1", "request-2"] == request_ids(path)


async def test_chain_goes_on_over_restarts(path: Path) -> None:
    """The next life of a server continues the chain of the last."""
    await written(path, 2)
    await written(path, 2)

    assert 4 == verify_audit_file(path).count


async def test_hostile_values_stay_in_their_line(path: Path) -> None:
    """No value ends a line, leaves ASCII or speaks to a terminal."""
    sink = FileAuditSink(path)
    await sink.write(audit_record(resource=HOSTILE))
    sink.close()

    data = path.read_bytes()

    assert 1 == data.count(b"\n")
    assert not set(data) & {*range(10), *range(11, 32), *range(127, 256)}
    assert HOSTILE == json.loads(data)["resource"]


@pytest.mark.parametrize("extra", [0, 1, 1_000_000])
async def test_long_values_are_cut(path: Path, extra: int) -> None:
    """A value is kept up to the bound, and the line says how much is missing."""
    most = limits.AUDIT_VALUE_CHARACTERS_MAX
    sink = FileAuditSink(path)
    await sink.write(audit_record(resource="x" * (most + extra)))
    sink.close()

    kept = json.loads(path.read_bytes())["resource"]

    assert "x" * most + (f"[{extra} more]" if extra else "") == kept


async def test_longest_line_is_within_the_bound(path: Path) -> None:
    """A record with everything at its longest can still be verified."""
    text = "\U0001f600" * (limits.AUDIT_VALUE_CHARACTERS_MAX + 1)
    attributes = tuple(
        (f"{n}{text}", text) for n in range(2 * limits.AUDIT_ATTRIBUTES_MAX)
    )
    sink = FileAuditSink(path)
    names = ("request_id", "decision_id", "operation", "caller_arn", "outcome")
    more = ("reason", "detail", "resource", "decided_by", "issued_access_key_id")
    texts = dict.fromkeys(
        (*names, *more, "caller_access_key_id", "source_address"), text
    )
    await sink.write(AuditRecord(time=START, attributes=attributes, **texts))
    sink.close()

    assert 1 == verify_audit_file(path).count
    assert path.stat().st_size < limits.AUDIT_LINE_BYTES_MAX


async def test_file_is_private(path: Path) -> None:
    """The file is readable by its owner only."""
    await written(path)

    assert 0o600 == path.stat().st_mode & 0o777


async def test_open_to_others_is_refused(path: Path) -> None:
    """A file that others may read is not written."""
    await written(path)
    path.chmod(0o640)

    with pytest.raises(PrivateFileError):
        FileAuditSink(path)


async def test_second_writer_is_refused(path: Path) -> None:
    """Two writers of one file would break the chain, so the second is refused."""
    sink = FileAuditSink(path)

    with pytest.raises(AuditLockedError):
        FileAuditSink(path)

    sink.close()
