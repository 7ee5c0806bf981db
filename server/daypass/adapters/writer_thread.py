"""The thread that commits what the event loop has gathered."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import Final, Generic

from daypass.adapters.parcel import ItemT, Parcel, Parcels, ResultT

_CLOSE_TIME_MAX: Final = timedelta(seconds=10)


class WriterThread(Generic[ItemT, ResultT]):
    """Commits parcels in their order, as many at once as have come meanwhile.

    Args:
        commit: writes items durably and returns one result for each, or raises, which
            fails all of them. Runs in the thread.
        lost: takes what was not written and nobody waits for. Runs in the thread, and
            must not fail.
        settle: told on the loop what became of parcels: their results, or the error.
        batch_max: with so many items no further parcel is put into a commit.
        name: of the thread.

    Attributes:
        begun: how many items the thread has begun to write so far.
    """

    def __init__(
        self,
        *,
        commit: Callable[[Sequence[ItemT]], Sequence[ResultT]],
        lost: Callable[[Sequence[ItemT]], None],
        settle: Callable[
            [Parcels[ItemT, ResultT], Sequence[ResultT] | Exception], None
        ],
        batch_max: int,
        name: str,
    ) -> None:
        self._commit = commit
        self._lost = lost
        self._settle = settle
        self._batch_max = batch_max
        self._name = name
        # What was handed over, and None behind the last.
        self._handed: SimpleQueue[Parcel[ItemT, ResultT] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self.begun = 0

    def hand(self, parcel: Parcel[ItemT, ResultT]) -> None:
        """Lets a parcel be written."""
        self._handed.put(parcel)
        # NOTE: the thread begins with the first parcel, so that a process that forks
        # after it has built its parts does not lose the thread.
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name=self._name, daemon=True
            )
            self._thread.start()

    def close(self) -> bool:
        """Writes what was handed over and ends; waits a bounded time.

        Returns:
            Whether the thread has ended.
        """
        thread = self._thread
        if thread is None:
            return True
        self._handed.put(None)
        thread.join(_CLOSE_TIME_MAX.total_seconds())
        return not thread.is_alive()

    def _run(self) -> None:
        while parcels := self._next():
            self._hand_back(parcels, self._written(parcels))

    def _next(self) -> list[Parcel[ItemT, ResultT]]:
        """Waits for a parcel, and takes those behind it; none when closed and empty."""
        parcels: list[Parcel[ItemT, ResultT]] = []
        count = 0
        while count < self._batch_max:
            try:
                # Waits for the first alone.
                parcel = self._handed.get(block=not parcels)
            except Empty:
                break
            if parcel is None:
                # Closed; it stands here again for when nothing waits any more.
                self._handed.put(None)
                break
            parcels.append(parcel)
            count += len(parcel.entries)
        self.begun += count
        return parcels

    def _written(
        self, parcels: Parcels[ItemT, ResultT]
    ) -> Sequence[ResultT] | Exception:
        """Writes parcels in one commit."""
        items = [item for parcel in parcels for item, _, _ in parcel.entries]
        try:
            results = self._commit(items)
            assert len(items) == len(results), "each item has a result"
        except Exception as error:  # noqa: BLE001 - told to those who wait.
            entries = (entry for parcel in parcels for entry in parcel.entries)
            self._lost([item for item, future, _ in entries if future is None])
            return error
        return results

    def _hand_back(
        self,
        parcels: Parcels[ItemT, ResultT],
        outcome: Sequence[ResultT] | Exception,
    ) -> None:
        if not any(parcel.waiting for parcel in parcels):
            return
        # The loop may have ended while the disk was busy; then nobody waits.
        with contextlib.suppress(RuntimeError):
            parcels[0].loop.call_soon_threadsafe(self._settle, parcels, outcome)
