"""The file in which the memory stores outlive a restart.

Sessions, guards and revocations stand in one append-only file, which is synced
before any of them is acknowledged and rewritten without what no longer matters when it is
opened and when it has grown. One process at a time may have it: a second one is
refused by a lock, because each would hold a part of the truth only.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from daypass.adapters.append_file import AppendFile
from daypass.adapters.batch_writer import BatchWriter
from daypass.adapters.guard_record import GuardRecord
from daypass.adapters.journal_lines import (
    JournalContent,
    JournalCorruptError,
    begin_line,
    discard_line,
    guard_line,
    read_journal,
    revocation_line,
    session_line,
)
from daypass.adapters.private_files import open_private, replace_private
from daypass.core import limits
from daypass.core.ports import Clock, Entropy
from daypass.core.revocation import Revocation
from daypass.core.session import SessionRecord

_INCARNATION_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Discarded:
    """A session that is not one after all: its credentials were never handed out."""

    record: SessionRecord


JournalEntry = SessionRecord | GuardRecord | Revocation | Discarded


class JournalLockedError(ValueError):
    """Another process has the journal."""


class Journal:
    """An open journal; see `open` for how to get one.

    Attributes:
        incarnation: names the revocation log that is in the file.
        sessions: the records that were kept and were in the file when it was opened.
        guards: the values of guards that were in the file when it was opened.
        revocations: the revocations that were in the file when it was opened.
        sequence: the number of the last revocation that was then logged.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock,
        lock: int,
        content: JournalContent,
        rewrite_bytes_min: int,
    ) -> None:
        """Takes over an open journal; `open` is for callers."""
        self._path = path
        self._clock = clock
        self._lock = lock
        self._rewrite_bytes_min = rewrite_bytes_min
        self.incarnation = content.incarnation
        self.sessions = content.sessions
        self.guards = content.guards
        self.revocations = content.revocations
        self.sequence = content.sequence
        self._last_sequence = content.sequence
        self._file = AppendFile(path)
        self._rewrite_at = self._next_rewrite()
        self._writer: BatchWriter[JournalEntry, int] = BatchWriter(
            commit=self._commit,
            queue_max=limits.STORE_QUEUE_MAX,
            batch_max=limits.STORE_BATCH_MAX,
            name="daypass-journal",
        )

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Clock,
        entropy: Entropy,
        rewrite_bytes_min: int = limits.JOURNAL_REWRITE_BYTES_MIN,
    ) -> Journal:
        """Opens a journal, or makes it where there is none; blocks on the disk.

        Args:
            path: the file; a lock file stands beside it.
            clock: what has expired is left out.
            entropy: names a new log.
            rewrite_bytes_min: by how much it grows before it is rewritten.

        Raises:
            JournalLockedError: another process has it.
            JournalCorruptError: a line before the last is damaged.
            PrivateFileError: others may read it, or it is no regular file.
            OSError: the disk refused.
        """
        lock = _take_lock(path)
        try:
            content = _load(path, clock.now(), entropy)
            replace_private(path, content.lines)
            return cls(
                path,
                clock=clock,
                lock=lock,
                content=content,
                rewrite_bytes_min=rewrite_bytes_min,
            )
        except BaseException:
            os.close(lock)
            raise

    def submit(self, entry: JournalEntry) -> asyncio.Future[int]:
        """Queues an entry.

        Returns:
            A future that is done when the entry is durable: the number of a
            revocation, or 0 for anything else. It fails with `OSError` where the
            disk refused; the entry is then not in the file.

        Raises:
            WriterFullError: too many entries are waiting.
            WriterClosedError: the journal is closed.
        """
        return self._writer.submit(entry)

    def close(self) -> None:
        """Writes what is waiting, closes the file and gives up the lock."""
        # A thread that a dead disk holds has the file; both are left to it.
        if not self._writer.close():
            return
        with contextlib.suppress(OSError):
            self._file.close()
        os.close(self._lock)

    def _commit(self, entries: Sequence[JournalEntry]) -> list[int]:
        lines: list[bytes] = []
        numbers: list[int] = []
        sequence = self._last_sequence
        for entry in entries:
            if isinstance(entry, Revocation):
                sequence += 1
                lines.append(revocation_line(entry))
                numbers.append(sequence)
            else:
                lines.append(_line(entry))
                numbers.append(0)
        self._file.append(b"".join(lines))
        self._last_sequence = sequence
        if self._file.length >= self._rewrite_at:
            self._rewrite()
        return numbers

    def _rewrite(self) -> None:
        """Leaves out what no longer matters; when it cannot, the file grows on."""
        with contextlib.suppress(OSError, JournalCorruptError):
            content = read_journal(self._file.read_all(), now=self._clock.now())
            replace_private(self._path, content.lines)
            old, self._file = self._file, AppendFile(self._path)
            old.close()
        self._rewrite_at = self._next_rewrite()

    def _next_rewrite(self) -> int:
        return self._file.length + max(self._file.length, self._rewrite_bytes_min)


def _line(entry: SessionRecord | GuardRecord | Discarded) -> bytes:
    if isinstance(entry, Discarded):
        return discard_line(entry.record)
    if isinstance(entry, GuardRecord):
        return guard_line(entry)
    return session_line(entry)


def _take_lock(path: Path) -> int:
    lock = open_private(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise JournalLockedError(
            f"{path} is in use by another process: one process only can keep its"
            " state in a file; for several workers use a redis:// store"
        ) from None
    return lock


def _load(path: Path, now: datetime, entropy: Entropy) -> JournalContent:
    try:
        descriptor = open_private(path, os.O_RDONLY)
    except FileNotFoundError:
        incarnation = entropy.token_bytes(_INCARNATION_BYTES).hex()
        return read_journal(begin_line(incarnation, 0), now=now)
    with os.fdopen(descriptor, "rb") as file:
        return read_journal(file.read(), now=now)
