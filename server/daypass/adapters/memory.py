"""The memory adapters: the embedded default, and the fakes of the tests.

They are fakes with behaviour: they do what the ports say, and `fail_next` queues
faults for the calls to come.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from daypass.adapters.faults import Faults
from daypass.adapters.memory_decisions import MemoryDecisionStore
from daypass.adapters.memory_guards import MemoryGuardStore
from daypass.adapters.memory_journal import Journal, JournalLockedError
from daypass.adapters.memory_revocations import MemoryRevocationLog
from daypass.adapters.memory_sessions import MemorySessionStore
from daypass.core.ports import AuditRecord

__all__ = [
    "Journal",
    "JournalLockedError",
    "MemoryAuditSink",
    "MemoryDecisionStore",
    "MemoryGuardStore",
    "MemoryRevocationLog",
    "MemorySessionStore",
    "MemoryUrlError",
    "parse_memory_url",
]

_RECORDS_MAX: Final = 100_000


class MemoryUrlError(ValueError):
    """A `memory://` URL says something that is not known."""


def parse_memory_url(url: str) -> Path | None:
    """Returns the journal file that a `memory://?journal=PATH` URL names, or None.

    Raises:
        MemoryUrlError: it is no such URL.
    """
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    is_plain = not (parts.netloc or parts.path or parts.fragment)
    if parts.scheme != "memory" or not is_plain or len(pairs) > 1:
        raise MemoryUrlError(
            "the store URL must be memory:// or memory://?journal=PATH"
        )
    if not pairs:
        if parts.query:
            raise MemoryUrlError("the option of a memory:// URL is malformed")
        return None
    name, path = pairs[0]
    if name != "journal" or not path:
        raise MemoryUrlError("the one option of a memory:// URL is journal=PATH")
    return Path(path)


class MemoryAuditSink:
    """An `AuditSink` for tests, which keeps the latest records in memory."""

    def __init__(self) -> None:
        self._faults = Faults()
        self._records: deque[AuditRecord] = deque(maxlen=_RECORDS_MAX)

    def fail_next(
        self, error: Exception, *, method: str | None = None, times: int = 1
    ) -> None:
        """Queues an error for the next calls, of any method or of one by name."""
        self._faults.add(error, method=method, times=times)

    @property
    def records(self) -> tuple[AuditRecord, ...]:
        """What was written, the oldest first."""
        return tuple(self._records)

    def note(self, record: AuditRecord) -> None:
        """Keeps a record; see the port."""
        self._faults.meet("note")
        self._records.append(record)

    async def write(self, record: AuditRecord) -> None:
        """Keeps a record; see the port."""
        self._faults.meet("write")
        self._records.append(record)

    async def write_many(self, records: Sequence[AuditRecord]) -> None:
        """Keeps records; see the port."""
        self._faults.meet("write_many")
        self._records.extend(records)
