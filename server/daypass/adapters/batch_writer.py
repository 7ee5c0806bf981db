"""Writes what is waiting in one go, in a thread, so that one fsync serves many.

The event loop never waits for the disk. What it gathers is handed over in parcels (see
`hand_over_time`), and what a batch returns is handed back on the loop in the order in
which it was written, also where the one who waited has gone: what is on the disk is then
known in memory too.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, Generic

from daypass.adapters.hand_over_time import HandOverTime
from daypass.adapters.parcel import Entry, ItemT, Parcel, Parcels, ResultT
from daypass.adapters.process_effort import ProcessEffort
from daypass.adapters.writer_thread import WriterThread

# How long a loop that brings more and more keeps the first from the disk.
_GATHER_TIME_MAX: Final = timedelta(milliseconds=2)


class WriterFullError(Exception):
    """As many items are waiting as may wait."""


class WriterClosedError(Exception):
    """The writer takes nothing any more."""


class Listener(Generic[ItemT, ResultT]):
    """Is told how entries fared, all of a parcel at once; by itself it does nothing."""

    def lost(self, items: Sequence[ItemT]) -> None:
        """Takes what was not written and nobody waits for; in the thread."""

    def settled(self, entries: Sequence[Entry[ItemT, ResultT]]) -> None:
        """Sees what was written, on the loop, before those who wait go on."""

    def failed(self, entries: Sequence[Entry[ItemT, ResultT]]) -> None:
        """Sees what was not written, or not in time, before those who wait go on."""

    def error_of(self, error: Exception) -> Exception:
        """Returns what one of those who wait is told of an error."""
        return error


class BatchWriter(Generic[ItemT, ResultT]):
    """Collects items on the loop and commits them, batch by batch, in a thread.

    Args:
        commit: writes a batch durably and returns one result for each item, or
            raises, which fails every item of the batch. Runs in the thread.
        queue_max: how many items may wait.
        batch_max: with so many items a commit takes no more, except those that were
            queued together with the last of them.
        name: of the thread.
        listener: told how items fared.
        wait_time_max: how long an item is waited for at the most, from when the first
            of those that it goes with was; None for without a bound.
        gather_time_max: how long others are waited for at the most.
        is_pressed: tells whether the process has no time to spare; nobody is waited
            for where it has, because fewer commits would gain nothing.
    """

    def __init__(
        self,
        *,
        commit: Callable[[Sequence[ItemT]], Sequence[ResultT]],
        queue_max: int,
        batch_max: int,
        name: str,
        listener: Listener[ItemT, ResultT] | None = None,
        wait_time_max: timedelta | None = None,
        gather_time_max: timedelta = _GATHER_TIME_MAX,
        is_pressed: Callable[[], bool] | None = None,
    ) -> None:
        self._listener = listener or Listener[ItemT, ResultT]()
        self._wait_time_max = wait_time_max
        self._queue_max = queue_max
        self._batch_max = batch_max
        # What was queued and not yet handed to the thread.
        self._parcel: Parcel[ItemT, ResultT] | None = None
        self._time: HandOverTime[ItemT, ResultT] = HandOverTime(
            hand_over=self._hand_over,
            gather_time_max=gather_time_max,
            most=batch_max,
            is_pressed=is_pressed or ProcessEffort().is_whole,
        )
        # How many items were handed over so far.
        self._handed = 0
        self._closing = False
        self._thread: WriterThread[ItemT, ResultT] = WriterThread(
            commit=commit,
            lost=self._listener.lost,
            settle=self._settle,
            batch_max=batch_max,
            name=name,
        )

    def submit(self, item: ItemT) -> asyncio.Future[ResultT]:
        """Queues an item; the future is its result once it is durable.

        Raises:
            WriterFullError: too many items are waiting.
            WriterClosedError: the writer is closed.
        """
        parcel = self._parcel
        if parcel is None or len(parcel.entries) >= parcel.most:
            parcel = self._room_for(1)
        future: asyncio.Future[ResultT] = parcel.loop.create_future()
        parcel.entries.append((item, future, time.monotonic()))
        self._time.expect(parcel)
        if parcel.waiting == 1:
            self._bound_wait(parcel)
        return future

    def submit_all(self, items: Sequence[ItemT]) -> asyncio.Future[ResultT]:
        """Queues items that share a commit.

        Args:
            items: one at least.

        Returns:
            A future that is the result of the first once all of them are durable.

        Raises:
            WriterFullError: too many items are waiting; none of these is queued.
            WriterClosedError: the writer is closed.
        """
        parcel = self._room_for(len(items))
        future: asyncio.Future[ResultT] = parcel.loop.create_future()
        begun = time.monotonic()
        parcel.entries += [(item, future, begun) for item in items]
        # They wait as one does: their commit is one, and so is their caller.
        self._time.expect(parcel)
        if parcel.waiting == 1:
            self._bound_wait(parcel)
        return future

    def add(self, item: ItemT, *, within: timedelta) -> None:
        """Queues an item that nobody waits for.

        It is written with the next one that somebody waits for, or after a while.

        Args:
            item: what to write.
            within: how long it may stay with the loop.

        Raises:
            WriterFullError: too many items are waiting.
            WriterClosedError: the writer is closed.
        """
        parcel = self._parcel
        if parcel is None or len(parcel.entries) >= parcel.most:
            parcel = self._room_for(1)
        parcel.entries.append((item, None, 0.0))
        if len(parcel.entries) == 1:
            self._time.postpone(parcel, within.total_seconds())
        elif len(parcel.entries) >= self._batch_max:
            self._hand_over()

    def close(self) -> bool:
        """Writes what is waiting and ends the thread; waits a bounded time.

        Returns:
            Whether the thread has ended.
        """
        self._hand_over()
        self._closing = True
        return self._thread.close()

    def _room_for(self, count: int) -> Parcel[ItemT, ResultT]:
        """Returns where items may be put; one more, up to what it takes, without asking.

        What is written meanwhile makes room for the next parcel.
        """
        if self._closing:
            raise WriterClosedError
        parcel = self._parcel
        gathered = len(parcel.entries) if parcel else 0
        room = self._queue_max - gathered - (self._handed - self._thread.begun)
        if count > room:
            raise WriterFullError
        if gathered >= self._batch_max:
            self._hand_over()
            parcel = None
        if parcel is None:
            loop = asyncio.get_running_loop()
            parcel = self._parcel = Parcel(loop, min(self._batch_max, room))
        return parcel

    def _bound_wait(self, parcel: Parcel[ItemT, ResultT]) -> None:
        """Bounds how long a parcel is waited for."""
        if self._wait_time_max is not None:
            seconds = self._wait_time_max.total_seconds()
            parcel.run_out = parcel.loop.call_later(seconds, self._run_out, parcel)

    def _hand_over(self) -> None:
        """Gives the thread what was gathered."""
        self._time.begin_anew()
        parcel, self._parcel = self._parcel, None
        if parcel is None:
            return
        self._handed += len(parcel.entries)
        self._thread.hand(parcel)

    def _settle(
        self,
        parcels: Parcels[ItemT, ResultT],
        outcome: Sequence[ResultT] | Exception,
    ) -> None:
        """Tells those who wait for parcels what became of them."""
        start = 0
        for parcel in parcels:
            end = start + len(parcel.entries)
            self._time.left(parcel.waiting)
            if parcel.run_out is not None:
                parcel.run_out.cancel()
            if not isinstance(outcome, Exception):
                _succeed(parcel, outcome[start:end])
            elif not parcel.is_over:
                self._fail(parcel, outcome)
            start = end
        # NOTE: when all are answered; they go on at the next turn of the loop.
        if not isinstance(outcome, Exception):
            for parcel in parcels:
                if not parcel.is_over:
                    self._listener.settled(parcel.entries)

    def _fail(self, parcel: Parcel[ItemT, ResultT], error: Exception) -> None:
        parcel.is_over = True
        for _, future, _ in parcel.entries:
            if future is not None and not future.done():
                future.set_exception(self._listener.error_of(error))
                # A failure that nobody waits for any more is no programming mistake.
                future.exception()
        self._listener.failed(parcel.entries)

    def _run_out(self, parcel: Parcel[ItemT, ResultT]) -> None:
        """Lets nobody wait longer; what was queued is written all the same."""
        if parcel is self._parcel:
            self._hand_over()
        self._fail(parcel, TimeoutError())


def _succeed(parcel: Parcel[ItemT, ResultT], results: Sequence[ResultT]) -> None:
    for (_, future, _), result in zip(parcel.entries, results, strict=True):
        if future is not None and not future.done():
            future.set_result(result)
