"""Access key ids in the order in which their sessions expire."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from itertools import islice

from daypass.adapters.session_cursor import Position


class ExpiryIndex:
    """A sorted list of places, from the front of which the expired ones go.

    Sessions come in nearly in the order of their expiry, so that adding one
    touches the end of the list only.
    """

    __slots__ = ("_positions",)

    def __init__(self) -> None:
        self._positions: list[Position] = []

    def __len__(self) -> int:
        """Tells how many places there are."""
        return len(self._positions)

    def add(self, position: Position) -> None:
        """Adds a place."""
        insort(self._positions, position)

    def remove(self, position: Position) -> None:
        """Removes a place, if it is there."""
        index = bisect_left(self._positions, position)
        if self._positions[index : index + 1] == [position]:
            del self._positions[index]

    def remove_until(self, rank: int) -> list[Position]:
        """Removes the places up to a rank, that rank included, and returns them."""
        if not self._positions or self._positions[0].rank > rank:
            return []
        count = bisect_right(self._positions, rank, key=lambda place: place.rank)
        removed = self._positions[:count]
        del self._positions[:count]
        return removed

    def after(self, position: Position | None, count: int) -> list[Position]:
        """Returns the next so many places behind one, or from the front."""
        start = 0 if position is None else bisect_right(self._positions, position)
        return list(islice(self._positions, start, start + count))
