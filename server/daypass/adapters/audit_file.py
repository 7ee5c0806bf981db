"""The audit file: one line a decision, durable before the decision leaves.

A thread writes and syncs what is waiting in one go. When the disk refuses, those
who wait are told so and nothing of the batch stays in the file; the next write
tries again, so that the log recovers without a restart. Records that nobody
waits for are held and written then.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final, final

from daypass.adapters.append_file import AppendFile, FileReplacedError
from daypass.adapters.audit_lines import (
    LINE_START,
    ChainEnd,
    LineMaker,
    follow_line,
    hash_of,
    read_link,
)
from daypass.adapters.audit_outcomes import (
    AuditOutcomes,
    AuditWatcher,
    audit_unavailable,
)
from daypass.adapters.batch_writer import (
    BatchWriter,
    WriterClosedError,
    WriterFullError,
)
from daypass.core import limits
from daypass.core.audit_limits import AUDIT_NOTE_TIME
from daypass.core.errors import AuditUnavailableError
from daypass.core.ports import AuditRecord

_TAIL_BYTES_FIRST: Final = 65_536
# The end of a cut line, and the ends of the two whole ones behind it.
_TAIL_LINE_ENDS: Final = 3


class AuditCorruptError(ValueError):
    """An audit file is not what was written."""

    def __init__(self, line_number: int, reason: str) -> None:
        """Names the first line that is wrong, counted from 1."""
        super().__init__(f"line {line_number} of the audit file is wrong: {reason}")
        self.line_number = line_number


class AuditLockedError(ValueError):
    """Another process writes this audit file."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a whole audit file holds.

    Attributes:
        count: the number of its last record.
        last_hash: the hash of its last record, to be noted elsewhere.
        unfinished_bytes: what stands behind the last whole line, where a write is
            going on or was cut off; it was never acknowledged.
    """

    count: int
    last_hash: str
    unfinished_bytes: int = 0


@final
class FileAuditSink:
    """An `AuditSink` that appends to a file.

    The constructor opens the file, which blocks on the disk, and continues its
    chain. A file that was moved away is made anew, and the chain goes on in it.

    Args:
        path: the file; one process at a time may write it.
        watcher: told of records.
        queue_records_max: how many records may wait.
        write_time_max: how long a record may take.

    Raises:
        AuditLockedError: another process writes it.
        AuditCorruptError: its end is not a chain.
        PrivateFileError: others may read it, or it is no regular file.
        OSError: the disk refused.
    """

    def __init__(
        self,
        path: Path,
        *,
        watcher: AuditWatcher | None = None,
        queue_records_max: int = limits.AUDIT_QUEUE_RECORDS_MAX,
        write_time_max: timedelta = limits.AUDIT_WRITE_TIME_MAX,
    ) -> None:
        self._path = path
        self._queue_records_max = queue_records_max
        self._watcher = watcher or AuditWatcher()
        self._outcomes = AuditOutcomes(self._watcher, held_max=queue_records_max)
        self._held = self._outcomes.held
        self._file: AppendFile | None
        self._file, self._end = _open_chain(path)
        self._lines = LineMaker()
        self._writer: BatchWriter[AuditRecord, None] = BatchWriter(
            commit=self._commit,
            queue_max=queue_records_max,
            batch_max=limits.AUDIT_BATCH_MAX,
            name="daypass-audit",
            listener=self._outcomes,
            wait_time_max=write_time_max,
        )

    def note(self, record: AuditRecord) -> None:
        """Queues a record without waiting; see the port."""
        self._watcher.recorded((record,))
        if len(self._held) >= self._queue_records_max:
            raise audit_unavailable("audit_queue_full")
        try:
            self._writer.add(record, within=AUDIT_NOTE_TIME)
        except (WriterFullError, WriterClosedError) as error:
            raise _not_queued(error) from error

    def write(self, record: AuditRecord) -> asyncio.Future[None]:
        """Returns what is done when the record is durable; see the port."""
        try:
            return self._writer.submit(record)
        except (WriterFullError, WriterClosedError) as error:
            self._watcher.failed((0,))
            raise _not_queued(error) from error

    async def write_many(self, records: Sequence[AuditRecord]) -> None:
        """Returns when all records are durable, in one commit; see the port."""
        if not records:
            return
        try:
            written = self._writer.submit_all(records)
        except (WriterFullError, WriterClosedError) as error:
            self._watcher.failed([0] * len(records))
            raise _not_queued(error) from error
        await written

    def close(self) -> None:
        """Writes what is waiting and closes the file; waits a bounded time."""
        # A thread that a dead disk holds has the file; it is left to it.
        if not self._writer.close():
            return
        with contextlib.suppress(OSError, ValueError):
            self._append(self._held)
        self._drop_file()

    def _commit(self, records: Sequence[AuditRecord]) -> list[None]:
        """Writes records behind those that are held, which are none from then on."""
        self._append([*self._held, *records] if self._held else records)
        self._held.clear()
        return [None] * len(records)

    def _append(self, records: Iterable[AuditRecord]) -> None:
        data, end = self._lines.encode(records, self._end)
        try:
            self._opened().append(data)
        except FileReplacedError:
            self._drop_file()
            self._opened().append(data)
        self._end = end

    def _opened(self) -> AppendFile:
        """Returns the open file, or opens the one that is at the path now."""
        if self._file is None:
            file, end = _open_chain(self._path)
            if end not in {ChainEnd(), self._end}:
                file.close()
                raise AuditCorruptError(1, "it is not the file that was written")
            self._file = file
        return self._file

    def _drop_file(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()


def verify_audit_file(path: Path, *, after: AuditReport | None = None) -> AuditReport:
    """Proves an audit file whole, line by line.

    Args:
        path: the file.
        after: the report of the file that this one continues, if it was moved
            away while the chain went on; without it the chain must begin here.

    Raises:
        AuditCorruptError: a line is wrong; it names the first.
        OSError: the file cannot be read.
    """
    end = ChainEnd(after.count, after.last_hash) if after else ChainEnd()
    number = 0
    with path.open("rb") as file:
        while line := _next_line(file):
            number += 1
            if not line.endswith(b"\n"):
                if len(line) > limits.AUDIT_LINE_BYTES_MAX:
                    raise AuditCorruptError(number, "it is too long")
                return AuditReport(end.count, end.last_hash, len(line))
            try:
                end = follow_line(line[:-1], end)
            except ValueError as error:
                raise AuditCorruptError(number, str(error)) from error
    return AuditReport(end.count, end.last_hash)


def _next_line(file: BinaryIO) -> bytes:
    return file.readline(limits.AUDIT_LINE_BYTES_MAX + 1)


def _open_locked(path: Path) -> AppendFile:
    file = AppendFile(path)
    try:
        fcntl.flock(file.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise AuditLockedError(
            f"{path} is written by another process: give each its own file"
        ) from None
    return file


def _open_chain(path: Path) -> tuple[AppendFile, ChainEnd]:
    file = _open_locked(path)
    try:
        return file, _continue_chain(file)
    except (OSError, ValueError):
        file.close()
        raise


def _continue_chain(file: AppendFile) -> ChainEnd:
    """Cuts off a torn last line and returns the end of the chain.

    The last two lines are checked here; `verify_audit_file` checks all.
    """
    tail = _read_tail(file)
    whole_bytes = tail.rfind(b"\n") + 1
    torn = tail[whole_bytes:]
    if torn[: len(LINE_START)] != LINE_START[: len(torn)]:
        raise AuditCorruptError(1, "it does not end as an audit file does")
    bodies = tail[:whole_bytes].split(b"\n")[:-1][-2:]
    try:
        end = _end_of(bodies)
    except ValueError as error:
        raise AuditCorruptError(tail.count(b"\n"), str(error)) from error
    file.cut(file.length - len(torn))
    return end


def _read_tail(file: AppendFile) -> bytes:
    """Returns the end of a file with two whole lines at least, or the whole file."""
    size = _TAIL_BYTES_FIRST
    tail = file.read_tail(size)
    while len(tail) < file.length and tail.count(b"\n") < _TAIL_LINE_ENDS:
        size *= 2
        tail = file.read_tail(size)
    return tail


def _end_of(bodies: Sequence[bytes]) -> ChainEnd:
    if not bodies:
        return ChainEnd()
    link = read_link(bodies[-1])
    if len(bodies) > 1 and link.last_hash != hash_of(bodies[-2]):
        raise ValueError("it does not carry the hash of the line before")
    return ChainEnd(link.count, hash_of(bodies[-1]))


def _not_queued(error: WriterFullError | WriterClosedError) -> AuditUnavailableError:
    full = isinstance(error, WriterFullError)
    return audit_unavailable("audit_queue_full" if full else "audit_closed")
