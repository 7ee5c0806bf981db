"""What happens once, in the memory of one process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from daypass.adapters.faults import Faults
from daypass.core import guard_limits as limits
from daypass.core.errors import StoreUnavailableError
from daypass.core.ports import GuardKey


@dataclass(frozen=True, slots=True)
class _Value:
    value: bytes
    expire_time: datetime


class MemoryGuardStore:
    """A `GuardStore` that keeps its values in memory."""

    def __init__(self) -> None:
        self._faults = Faults()
        self._values: dict[GuardKey, _Value] = {}

    def fail_next(
        self, error: Exception, *, method: str | None = None, times: int = 1
    ) -> None:
        """Queues an error for the next calls, of any method or of one by name."""
        self._faults.add(error, method=method, times=times)

    def __len__(self) -> int:
        """Tells how many values are held, expired ones perhaps included."""
        return len(self._values)

    async def get(self, key: GuardKey, *, now: datetime) -> bytes | None:
        """Returns the value; see the port."""
        self._faults.meet("get")
        return self._live(key, now)

    async def swap(
        self,
        key: GuardKey,
        expected: bytes | None,
        value: bytes,
        *,
        now: datetime,
        expire_time: datetime,
    ) -> bool:
        """Stores a value if the one before it is the expected one; see the port."""
        self._faults.meet("swap")
        if self._live(key, now) != expected:
            return False
        if key not in self._values:
            self._make_room(now)
        self._values[key] = _Value(value, expire_time)
        return True

    def _live(self, key: GuardKey, now: datetime) -> bytes | None:
        held = self._values.get(key)
        return held.value if held is not None and held.expire_time > now else None

    def _make_room(self, now: datetime) -> None:
        if len(self._values) < limits.MEMORY_GUARDS_MAX:
            return
        # The margin is that of a clock which may jump: this process's own, too.
        oldest = now - limits.GUARD_KEPT_AFTER_EXPIRY
        self._values = {
            key: held for key, held in self._values.items() if held.expire_time > oldest
        }
        if len(self._values) >= limits.MEMORY_GUARDS_MAX:
            raise StoreUnavailableError("guard_store_full")
