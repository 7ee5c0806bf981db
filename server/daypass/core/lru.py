"""Bounded memories: of what was used last, of what came last, of one snapshot."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class LruCache(Generic[K, V]):
    """A mapping of bounded size, and of bounded weight where entries have one.

    One thread at a time may use it: an event loop needs no lock.

    Args:
        size_max: how many entries it keeps.
        weight_max: how much its entries weigh together; None for any weight.
    """

    def __init__(self, *, size_max: int, weight_max: int | None = None) -> None:
        self._size_max = size_max
        self._weight_max = weight_max
        self._weight = 0
        self._weights: dict[K, int] = {}
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

    def put(self, key: K, value: V, *, weight: int = 0) -> None:
        """Remembers a value, and forgets the oldest where there is no room.

        One that weighs more than all together may is not remembered.
        """
        entries = self._entries
        entries[key] = value
        entries.move_to_end(key)
        if weight or self._weights:
            self._weigh(key, weight)
        while len(entries) > self._size_max or self._is_too_heavy():
            oldest, _ = entries.popitem(last=False)
            if self._weights:
                self._weigh(oldest, 0)

    def clear(self) -> None:
        """Forgets everything."""
        self._entries.clear()
        self._weights.clear()
        self._weight = 0

    def _is_too_heavy(self) -> bool:
        return self._weight_max is not None and self._weight > self._weight_max

    def _weigh(self, key: K, weight: int) -> None:
        self._weight += weight - self._weights.pop(key, 0)
        if weight:
            self._weights[key] = weight


class LatestCache(Generic[K, V]):
    """A mapping of bounded size that forgets what came first.

    To look something up leaves no trace, and is no more than to look it up in a
    dictionary. So it is for what is asked for with every call, and made again at small
    cost: what is used all the time is forgotten as well, once in so many that come.

    One thread at a time may use it.

    Args:
        size_max: how many entries it keeps.

    Attributes:
        get: returns what is remembered of a key, or None.
    """

    def __init__(self, *, size_max: int) -> None:
        self._size_max = size_max
        self._entries: dict[K, V] = {}
        self.get: Callable[[K], V | None] = self._entries.get

    def __len__(self) -> int:
        """Returns how many entries there are."""
        return len(self._entries)

    def put(self, key: K, value: V) -> None:
        """Remembers a value, and forgets the oldest where there is no room."""
        entries = self._entries
        # What comes again is as young as what is new.
        entries.pop(key, None)
        entries[key] = value
        if len(entries) > self._size_max:
            del entries[next(iter(entries))]

    def clear(self) -> None:
        """Forgets everything."""
        self._entries.clear()


class SnapshotCache(LruCache[K, V]):
    """Remembers what follows from one snapshot, as long as nothing of another comes.

    It is asked by `find` and told by `keep`.

    Args:
        size_max: how many entries it keeps.
        weight_max: how much its entries weigh together; None for any weight.
    """

    def __init__(self, *, size_max: int, weight_max: int | None = None) -> None:
        super().__init__(size_max=size_max, weight_max=weight_max)
        self._snapshot: object = None

    def find(self, key: K, snapshot: object) -> V | None:
        """Returns what follows from this very snapshot, or None."""
        if snapshot is not self._snapshot:
            return None
        # As `get`, of which a call makes several.
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def keep(self, key: K, value: V, snapshot: object, *, weight: int = 0) -> None:
        """Remembers what follows from a snapshot, and nothing of any other."""
        if snapshot is not self._snapshot:
            self.clear()
            self._snapshot = snapshot
        self.put(key, value, weight=weight)
