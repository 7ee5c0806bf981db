"""A bounded memory of what was used of late."""

from __future__ import annotations

from typing import Generic, TypeVar

Value = TypeVar("Value")


class Memory(Generic[Value]):
    """Remembers values by digest, and forgets those that were not used for long.

    There are two halves: what is used moves to the young one, and when that is full
    the old one is dropped. So it needs no lock and no list, and a value that was among
    the last half of the bound is always there.

    Args:
        size_max: how many values it holds at the most.
    """

    def __init__(self, size_max: int) -> None:
        self._half = max(1, size_max // 2)
        self._young: dict[bytes, Value] = {}
        self._old: dict[bytes, Value] = {}

    def __len__(self) -> int:
        """Returns how many values are held; one may count twice."""
        return len(self._young) + len(self._old)

    def get(self, digest: bytes) -> Value | None:
        """Returns a value; None where it is not remembered."""
        found = self._young.get(digest)
        if found is None:
            found = self._old.get(digest)
            if found is not None:
                self.put(digest, found)
        return found

    def put(self, digest: bytes, value: Value) -> None:
        """Remembers a value."""
        young = self._young
        if len(young) >= self._half:
            self._old, self._young = young, {}
            young = self._young
        young[digest] = value
