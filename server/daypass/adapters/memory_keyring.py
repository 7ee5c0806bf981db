"""The sealed key ring in the memory of one process: what tests share among workers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from daypass.adapters.faults import Faults
from daypass.core.ports import Clock


class MemoryKeyringStore:
    """A `KeyringStore` that forgets all when the process ends.

    Args:
        sealed: the ring that it begins with, or None.
    """

    def __init__(self, sealed: bytes | None = None) -> None:
        self._sealed = sealed
        self._faults = Faults()

    def fail_next(
        self, error: Exception, *, method: str | None = None, times: int = 1
    ) -> None:
        """Queues an error for the next calls, of any method or of one by name."""
        self._faults.add(error, method=method, times=times)

    async def load(self) -> bytes | None:
        """Returns the sealed ring; see the port."""
        self._faults.meet("load")
        return self._sealed

    async def replace(self, sealed: bytes, *, expected: bytes | None) -> bool:
        """Stores a ring in the place of another one; see the port."""
        self._faults.meet("replace")
        if self._sealed != expected:
            return False
        self._sealed = sealed
        return True


class MemoryRingReports:
    """`RingReports` of one process.

    Args:
        clock: tells whose report is over.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._faults = Faults()
        self._said: dict[str, tuple[int, float]] = {}

    def fail_next(
        self, error: Exception, *, method: str | None = None, times: int = 1
    ) -> None:
        """Queues an error for the next calls, of any method or of one by name."""
        self._faults.add(error, method=method, times=times)

    async def report(self, worker_id: str, version: int, *, lasts: timedelta) -> None:
        """Says which ring a worker holds; see the port."""
        self._faults.meet("report")
        ending = self._clock.monotonic() + lasts.total_seconds()
        self._said[worker_id] = (version, ending)

    async def reports(self) -> Mapping[str, int]:
        """Returns what workers have said of late; see the port."""
        self._faults.meet("reports")
        now = self._clock.monotonic()
        return {
            worker: version
            for worker, (version, ending) in self._said.items()
            if ending > now
        }
