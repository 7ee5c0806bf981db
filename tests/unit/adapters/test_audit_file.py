"""The audit file."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from daypass.adapters.audit_file import (
    AuditCorruptError,
    AuditLockedError,
    AuditReport,
    FileAuditSink,
    verify_audit_file,
)
from daypass.adapters.private_files import PrivateFileError
from daypass.core import limits
from daypass.core.errors import AuditUnavailableError
from daypass.core.ports import AuditRecord
from support.full_disk import full_disk
from support.records import audit_record
from support.world import START

HOSTILE = "\r\n\u2028\u2029\x85\x1b[31m\0\"\\'<script>\U0001f600\ud800"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Returns where the audit file is."""
    return tmp_path / "audit.jsonl"


async def written(path: Path, count: int = 3) -> bytes:
    """Writes records and returns the bytes of the file."""
    sink = FileAuditSink(path)
    for number in range(count):
        await sink.write(audit_record(number))
    sink.close()
    return path.read_bytes()


def request_ids(path: Path) -> list[str]:
    """Returns the request ids of a file, line by line."""
    return [json.loads(line)["request_id"] for line in path.read_bytes().splitlines()]


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
