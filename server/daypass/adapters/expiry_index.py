"""Access key ids in the order in which their sessions expire."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence

from daypass.adapters.session_cursor import Position


class ExpiryIndex:
    """Places in their order, from the front of which the expired ones go.

    Sessions expire at whole seconds, so that many share a rank. Those of one rank are
    put in order only when somebody reads them, which is seldom: adding one takes the
    same time however many there are.
    """

    __slots__ = ("_ids", "_ranks")

    def __init__(self) -> None:
        self._ids: dict[int, list[str]] = {}
        # The keys of it, in order.
        self._ranks: list[int] = []

    def __len__(self) -> int:
        """Tells how many places there are."""
        return sum(map(len, self._ids.values()))

    def __bool__(self) -> bool:
        """Tells whether there is any place."""
        return bool(self._ranks)

    def add(self, rank: int, access_key_id: str) -> None:
        """Adds a place."""
        self.add_all(rank, [access_key_id])

    def add_all(self, rank: int, access_key_ids: Sequence[str]) -> None:
        """Adds places of one rank."""
        ids = self._ids.get(rank)
        if ids is not None:
            ids.extend(access_key_ids)
            return
        self._ids[rank] = list(access_key_ids)
        insort(self._ranks, rank)

    def remove(self, rank: int, access_key_id: str) -> None:
        """Removes a place, if it is there."""
        ids = self._ids.get(rank)
        if ids is None or access_key_id not in ids:
            return
        ids.remove(access_key_id)
        if not ids:
            del self._ids[rank]
            del self._ranks[bisect_left(self._ranks, rank)]

    def remove_until(self, rank: int) -> list[str]:
        """Removes the places up to a rank, that rank included, and returns their ids."""
        if not self._ranks or self._ranks[0] > rank:
            return []
        count = bisect_right(self._ranks, rank)
        passed = self._ranks[:count]
        del self._ranks[:count]
        return [each for one in passed for each in sorted(self._ids.pop(one))]

    def after(self, position: Position, count: int) -> list[Position]:
        """Returns the next so many places behind one."""
        found: list[Position] = []
        for index in range(bisect_left(self._ranks, position.rank), len(self._ranks)):
            rank = self._ranks[index]
            ids = self._ids[rank]
            # Where it was read before, and few came since, that is soon done.
            ids.sort()
            passed = bisect_right(ids, position.access_key_id)
            start = passed if rank == position.rank else 0
            wanted = ids[start : start + count - len(found)]
            found += [Position(rank, each) for each in wanted]
            if len(found) == count:
                break
        return found
