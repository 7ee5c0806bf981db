"""What becomes of audit records, told once for all that were written together."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence

from daypass.adapters.batch_writer import Listener
from daypass.adapters.parcel import Entry
from daypass.core import limits
from daypass.core.errors import AuditUnavailableError
from daypass.core.ports import AuditRecord


class AuditWatcher:
    """Is told of records, on the loop; by itself it does nothing. It must not fail."""

    def recorded(self, records: Sequence[AuditRecord]) -> None:
        """Sees records, each once: as it is queued, or durable where somebody waits.

        Who waits goes on after that.
        """

    def written(self, seconds: Sequence[float]) -> None:
        """Sees how long records that are durable were waited for."""

    def failed(self, seconds: Sequence[float]) -> None:
        """Sees how long those were waited for that are not durable, or not in time."""


class AuditOutcomes(Listener[AuditRecord, None]):
    """Tells those who wait for records, and a watcher, what became of them.

    Args:
        watcher: told of records.
        held_max: how many records are held at the most.

    Attributes:
        held: what nobody waits for and was not written, the oldest first.
    """

    def __init__(self, watcher: AuditWatcher, *, held_max: int) -> None:
        self._watcher = watcher
        self.held: deque[AuditRecord] = deque(maxlen=held_max)

    def lost(self, items: Sequence[AuditRecord]) -> None:
        """Holds what nobody waits for, to be written with the next records."""
        self.held.extend(items)

    def settled(self, entries: Sequence[Entry[AuditRecord, None]]) -> None:
        """Shows what is durable."""
        self._watcher.written(_waits(entries))
        awaited = [record for record, future, _ in entries if future is not None]
        self._watcher.recorded(awaited)

    def failed(self, entries: Sequence[Entry[AuditRecord, None]]) -> None:
        """Shows that they failed."""
        self._watcher.failed(_waits(entries))

    def error_of(self, error: Exception) -> Exception:
        """Returns the error of one record; each has its own, which collects traces."""
        if not isinstance(error, (OSError, ValueError)):
            return error
        slow = isinstance(error, TimeoutError)
        made = audit_unavailable("audit_slow" if slow else "audit_not_writable")
        made.__cause__ = error
        return made


def audit_unavailable(detail: str) -> AuditUnavailableError:
    """Returns the error of a record that is not durable."""
    return AuditUnavailableError(detail, retry_after=limits.STORE_RETRY_AFTER)


def _waits(entries: Sequence[Entry[AuditRecord, None]]) -> list[float]:
    """Returns how many seconds each record was waited for, where somebody waits."""
    now = time.monotonic()
    return [now - since for _, future, since in entries if future is not None]
