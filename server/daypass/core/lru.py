"""A bounded memory that forgets what has not been used for longest."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LruCache(Generic[K, V]):
    """A mapping of bounded size.

    One thread at a time may use it: an event loop needs no lock.

    Args:
        size_max: how many entries it keeps.
    """

    def __init__(self, *, size_max: int) -> None:
        self._size_max = size_max
        self._entries: OrderedDict[K, V] = OrderedDict()

    def __len__(self) -> int:
        """Returns how many entries there are."""
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """Returns what is remembered, or None, and counts as a use."""
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> None:
        """Remembers a value, and forgets the oldest where there is no room."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self._size_max:
            self._entries.popitem(last=False)
