"""The proof of an audit file, and what breaks it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from daypass.adapters.audit_file import (
    AuditCorruptError,
    AuditReport,
    FileAuditSink,
    verify_audit_file,
)
from daypass.core import limits
from daypass.core.ports import AuditRecord
from support.audit_files import request_ids, written
from support.records import audit_record


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Returns where the audit file is."""
    return tmp_path / "audit.jsonl"


async def test_torn_last_line_is_cut_off(path: Path) -> None:
    """Wherever the last line was cut, the chain goes on before it."""
    whole = await written(path)
    last = whole.rindex(b"\n", 0, -1) + 1

    for length in range(last, len(whole)):
        path.write_bytes(whole[:length])
        report = verify_audit_file(path)
        await written(path, 1)
        assert (2, length - last) == (report.count, report.unfinished_bytes)
        assert ["request-0", "request-1", "request-0"] == request_ids(path)
        assert 3 == verify_audit_file(path).count


async def test_torn_first_line_is_cut_off(path: Path) -> None:
    """A file with nothing but a torn line begins anew."""
    whole = await written(path, 1)
    path.write_bytes(whole[:-1])

    await written(path, 1)

    assert 1 == verify_audit_file(path).count


@pytest.mark.parametrize("content", [b"notes", b"{}\n", b"x\n", b"\n", b'{"a":1}\n'])
async def test_foreign_file_is_refused(path: Path, content: bytes) -> None:
    """A file that is no audit file is neither written nor cut."""
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(AuditCorruptError):
        FileAuditSink(path)

    assert content == path.read_bytes()


async def test_changed_byte_is_found(path: Path) -> None:
    """A change of any byte before the last line breaks the chain at or behind it."""
    whole = await written(path, 4)
    ends = [index for index, byte in enumerate(whole) if byte == ord("\n")]

    for index in range(ends[2]):
        damaged = bytearray(whole)
        damaged[index] ^= 0x01
        path.write_bytes(damaged)
        line = 1 + sum(end < index for end in ends)
        with pytest.raises(AuditCorruptError) as caught:
            verify_audit_file(path)
        assert caught.value.line_number in {line, line + 1}


@pytest.mark.parametrize("missing", [0, 1, 2])
async def test_missing_line_is_found(path: Path, missing: int) -> None:
    """A line that was taken out is missed, the first one too."""
    lines = (await written(path, 4)).splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:missing], *lines[missing + 1 :]]))

    with pytest.raises(AuditCorruptError) as caught:
        verify_audit_file(path)

    assert missing + 1 == caught.value.line_number


async def test_missing_end_is_seen_by_the_report(path: Path) -> None:
    """Lines cut off the end change the count and the last hash."""
    lines = (await written(path, 4)).splitlines(keepends=True)
    before = verify_audit_file(path)
    path.write_bytes(b"".join(lines[:3]))

    after = verify_audit_file(path)

    assert (4, 3) == (before.count, after.count)
    assert before.last_hash != after.last_hash


async def test_endless_line_is_refused(path: Path) -> None:
    """A line beyond the bound is not read whole."""
    path.write_bytes(b"x" * (limits.AUDIT_LINE_BYTES_MAX + 1))

    with pytest.raises(AuditCorruptError):
        verify_audit_file(path)


def test_empty_file_is_whole(path: Path) -> None:
    """A file without a record is whole and says so."""
    path.touch()

    assert AuditReport(0, "0" * 64) == verify_audit_file(path)


async def test_moved_file_is_continued(path: Path) -> None:
    """After a rotation the chain goes on in a new file, which proves itself by it."""
    sink = FileAuditSink(path)
    await sink.write(audit_record(0))
    moved = path.with_name("moved")
    path.rename(moved)

    await sink.write(audit_record(1))

    sink.close()
    with pytest.raises(AuditCorruptError):
        verify_audit_file(path)
    assert 2 == verify_audit_file(path, after=verify_audit_file(moved)).count


async def test_long_tail_is_read(path: Path) -> None:
    """The chain continues behind lines that are longer than the first look."""
    sink = FileAuditSink(path)
    long = "\U0001f600" * limits.AUDIT_VALUE_CHARACTERS_MAX
    attributes = tuple((str(n), long) for n in range(10))
    record = audit_record()
    for _ in range(3):
        await sink.write(
            AuditRecord(
                time=record.time,
                request_id="long",
                decision_id="long",
                operation="AssumeRole",
                caller_arn=None,
                caller_access_key_id=None,
                source_address=None,
                outcome="allowed",
                attributes=attributes,
            )
        )
    sink.close()

    await written(path, 1)

    assert 4 == verify_audit_file(path).count


_CHILD = """
import asyncio, sys
from pathlib import Path
from daypass.adapters.audit_file import FileAuditSink
from support.records import audit_record

async def main():
    sink = FileAuditSink(Path(sys.argv[1]))
    number = 0
    while True:
        await asyncio.gather(*(sink.write(audit_record(number)) for _ in range(5)))
        number += 5
        print(number, flush=True)

asyncio.run(main())
"""


def test_killed_process_loses_nothing(path: Path) -> None:
    """What a process acknowledged before it was killed is in the file, and whole."""
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(path)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as child:
        assert child.stdout is not None
        for _ in range(10):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        acknowledged = 5 * (10 + len(child.stdout.readlines()))

    # The last line that was printed may be cut off by the kill.
    assert acknowledged - 5 <= verify_audit_file(path).count
