"""Denials in the memory of one process; a restart forgets them."""

from __future__ import annotations

from datetime import datetime

from daypass.adapters.faults import Faults
from daypass.core import limits
from daypass.core.decision_record import DecisionRecord


class MemoryDecisionStore:
    """A `DecisionStore` that keeps its records in memory.

    The oldest are dropped as further ones are added: those that have expired, and
    those beyond the bound.
    """

    def __init__(self) -> None:
        self._faults = Faults()
        self._records: dict[str, DecisionRecord] = {}

    def fail_next(
        self, error: Exception, *, method: str | None = None, times: int = 1
    ) -> None:
        """Queues an error for the next calls, of any method or of one by name."""
        self._faults.add(error, method=method, times=times)

    def __len__(self) -> int:
        """Tells how many records are held, expired ones perhaps included."""
        return len(self._records)

    async def put(self, record: DecisionRecord) -> None:
        """Keeps a record; see the port."""
        self._faults.meet("put")
        # Taken out first, so that it stands behind those that came before it.
        self._records.pop(record.decision_id, None)
        self._records[record.decision_id] = record
        self._drop(record.decide_time)

    async def get(self, decision_id: str, *, now: datetime) -> DecisionRecord | None:
        """Returns a live record; see the port."""
        self._faults.meet("get")
        record = self._records.get(decision_id)
        return record if record is not None and record.expire_time > now else None

    def _drop(self, now: datetime) -> None:
        """Drops the oldest while there are too many, or they have expired."""
        while self._records:
            oldest = next(iter(self._records))
            expired = self._records[oldest].expire_time <= now
            if not expired and len(self._records) <= limits.MEMORY_DECISIONS_MAX:
                return
            del self._records[oldest]
