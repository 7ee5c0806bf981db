"""Bounded memories: of what was used of late, and of what follows from one snapshot."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# A quarter of the entries is young, and no more than so many: they grow older together,
# and as many may be forgotten then, while the loop waits.
_YOUNG_PART: Final = 4
_YOUNG_MAX: Final = 512


class _Young(dict[K, V]):
    """The entries that were used of late; behind them are those that were not.

    Args:
        size_max: how many are young, before they are older together.
        weight_max: the same for how much they weigh.

    Attributes:
        older: the other entries, the oldest first.
        weights: of all entries that have one.
    """

    __slots__ = ("_size_max", "_weight", "_weight_max", "older", "weights")

    def __init__(self, size_max: int, weight_max: float) -> None:
        super().__init__()
        self._size_max = size_max
        self._weight_max = weight_max
        self._weight = 0
        self.older: OrderedDict[K, V] = OrderedDict()
        self.weights: dict[K, int] = {}

    def __missing__(self, key: K) -> V | None:
        """Returns an older entry, which is young again, or None where there is none."""
        value = self.older.pop(key, None)
        if value is not None:
            self.take(key, value)
        return value

    def take(self, key: K, value: V) -> None:
        """Takes in an entry that is in neither part."""
        if len(self) >= self._size_max or self._weight > self._weight_max:
            self.grow_older()
        if self.weights:
            self._weight += self.weights.get(key, 0)
        self[key] = value

    def grow_older(self) -> None:
        """Puts all entries behind those that are older by now."""
        self.older.update(self)
        self.clear()
        self._weight = 0


class LruCache(Generic[K, V]):
    """A mapping of bounded size, and of bounded weight where entries have one.

    What was used of late is found by a look into a dict, which changes nothing: each
    call makes several. Entries grow older a quarter at a time, or 512, so that of those
    which were used last at least half of what may be kept is there.
    One thread at a time may use it: an event loop needs no lock.

    Args:
        size_max: how many entries it keeps.
        weight_max: how much its entries weigh together; None for any weight.

    Attributes:
        get: returns what is remembered by a key, or None, and counts as a use.
    """

    def __init__(self, *, size_max: int, weight_max: int | None = None) -> None:
        young_max = max(1, min(size_max // _YOUNG_PART, _YOUNG_MAX))
        self._older_max = size_max - young_max
        self._weight_max = float("inf") if weight_max is None else weight_max
        self._weight = 0
        self._young: _Young[K, V] = _Young(young_max, self._weight_max / _YOUNG_PART)
        self._older = self._young.older
        self._weights = self._young.weights
        # NOTE: the function of C, which a method of this class would only call.
        self.get: Callable[[K], V | None] = self._young.__getitem__

    def __len__(self) -> int:
        """Returns how many entries there are."""
        return len(self._young) + len(self._older)

    def put(self, key: K, value: V, *, weight: int = 0) -> None:
        """Remembers a value, and forgets the oldest where there is no room.

        One that weighs more than all together may is not remembered.
        """
        young, older = self._young, self._older
        if weight or self._weights:
            self._weigh(key, weight)
        if key in young:
            young[key] = value
        else:
            if key in older:
                del older[key]
            young.take(key, value)
        if len(older) > self._older_max or self._weight > self._weight_max:
            self._forget_oldest()

    def clear(self) -> None:
        """Forgets everything."""
        self._young.grow_older()
        self._older.clear()
        self._weights.clear()
        self._weight = 0

    def _forget_oldest(self) -> None:
        """Forgets what is too much, young entries only where those are too heavy."""
        while len(self._older) > self._older_max or self._weight > self._weight_max:
            if not self._older:
                self._young.grow_older()
            oldest, _ = self._older.popitem(last=False)
            if self._weights:
                self._weigh(oldest, 0)

    def _weigh(self, key: K, weight: int) -> None:
        self._weight += weight - self._weights.pop(key, 0)
        if weight:
            self._weights[key] = weight


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
        return self.get(key) if snapshot is self._snapshot else None

    def keep(self, key: K, value: V, snapshot: object, *, weight: int = 0) -> None:
        """Remembers what follows from a snapshot, and nothing of any other."""
        if snapshot is not self._snapshot:
            self.clear()
            self._snapshot = snapshot
        self.put(key, value, weight=weight)
