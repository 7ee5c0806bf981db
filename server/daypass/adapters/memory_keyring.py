"""The sealed key ring in the memory of one process: what tests share among workers."""

from __future__ import annotations

from daypass.adapters.faults import Faults


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
