"""A thread that writes what is waiting in one go, so that one fsync serves many.

The event loop never waits for the disk. What somebody waits for is handed to the thread
when a few turns of the loop bring no more, or after a moment: a commit takes as long as
a call does, and each waking of the thread takes the interpreter from the loop. Where the
process has no time to spare, those who have waited at once of late are waited for first,
or half of them while the thread is busy (decision 0071). What a batch returns is handed
back on the loop in the order in which it was written, also where the one who waited has
gone: what is on the disk is then known in memory too.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import Final, Generic, TypeVar

from daypass.adapters.process_effort import ProcessEffort

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

_CLOSE_TIME_MAX: Final = timedelta(seconds=10)
# After so many turns that bring no more, no more is expected soon.
_QUIET_TURNS: Final = 3
# How long a loop that brings more and more keeps the first from the disk.
_GATHER_TIME_MAX: Final = timedelta(milliseconds=2)
# Two callers are no crowd: neither waits for the other.
_NO_CROWD: Final = 2
# So often it is waited for as long, whoever has waited at once: a disk that is quicker
# than the next call leaves nobody waiting beside another, however many there are.
_LOOKED_EVERY: Final = 64

# An item, and who waits for it; None for nobody.
_Queued = tuple[ItemT, asyncio.Future[ResultT] | None]
_Futures = Sequence[asyncio.Future[ResultT] | None]
_Settle = Callable[[_Futures[ResultT], object], None]


class WriterFullError(Exception):
    """As many items are waiting as may wait."""


class WriterClosedError(Exception):
    """The writer takes nothing any more."""


class BatchWriter(Generic[ItemT, ResultT]):
    """Collects items on the loop and commits them, batch by batch, in a thread.

    Args:
        commit: writes a batch durably and returns one result for each item, or
            raises, which fails every item of the batch. Runs in the thread.
        queue_max: how many items may wait.
        batch_max: how many items one commit takes, and the rest of those that were
            queued together with the last of them.
        name: of the thread.
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
        gather_time_max: timedelta = _GATHER_TIME_MAX,
        is_pressed: Callable[[], bool] | None = None,
    ) -> None:
        self._gather_seconds_max = gather_time_max.total_seconds()
        self._is_pressed = is_pressed or ProcessEffort().is_whole
        self._commit = commit
        self._queue_max = queue_max
        self._batch_max = batch_max
        self._name = name
        # What was queued and not yet handed to the thread; of the loop alone.
        self._gathered: list[_Queued[ItemT, ResultT]] = []
        self._handing_over: asyncio.Handle | None = None
        # Whether that is as soon as no more comes, how much there was at the turn
        # before, and how many turns have brought no more.
        self._is_due = False
        self._waits_for_crowd = False
        self._seen = self._quiet = 0
        self._due_by = 0.0
        # For how many of what was gathered somebody waits, for how many in all, and
        # for how many at once of late.
        self._awaited_here = self._awaited = self._crowd = 0
        # How often it was handed over, and whether this time nothing cuts it short.
        self._handed_over = 0
        self._looks = False
        # What the thread was handed, and None behind the last; how much the loop
        # has handed over and the thread has begun to write.
        self._handed: SimpleQueue[list[_Queued[ItemT, ResultT]] | None] = SimpleQueue()
        self._handed_count = self._begun_count = 0
        # Handed over and not yet begun; of the thread alone.
        self._waiting: deque[_Queued[ItemT, ResultT]] = deque()
        self._closing = False
        self._thread: threading.Thread | None = None

    def submit(self, item: ItemT) -> asyncio.Future[ResultT]:
        """Queues an item; the future is its result once it is durable.

        Raises:
            WriterFullError: too many items are waiting.
            WriterClosedError: the writer is closed.
        """
        return self.submit_all((item,))

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
        self._check_room(len(items))
        loop = asyncio.get_running_loop()
        future: asyncio.Future[ResultT] = loop.create_future()
        self._gathered += [(item, future) for item in items]
        # They wait as one does: their commit is one, and so is their caller.
        self._awaited_here += 1
        self._awaited += 1
        self._crowd = max(self._crowd, self._awaited)
        if not self._is_due:
            self._hand_over_soon(loop)
        elif self._waits_for_crowd and not self._looks and self._is_crowd_here():
            self._look_from_now(loop)
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
        self._check_room(1)
        self._gathered.append((item, None))
        if self._is_due:
            return
        loop = asyncio.get_running_loop()
        if len(self._gathered) >= self._batch_max:
            self._hand_over_soon(loop)
        elif self._handing_over is None:
            seconds = within.total_seconds()
            self._handing_over = loop.call_later(seconds, self._hand_over)

    def close(self) -> bool:
        """Writes what is waiting and ends the thread; waits a bounded time.

        Returns:
            Whether the thread has ended.
        """
        self._hand_over()
        self._closing = True
        thread = self._thread
        if thread is None:
            return True
        self._handed.put(None)
        thread.join(_CLOSE_TIME_MAX.total_seconds())
        return not thread.is_alive()

    def _check_room(self, count: int) -> None:
        if self._closing:
            raise WriterClosedError
        waiting = self._handed_count - self._begun_count
        if len(self._gathered) + waiting + count > self._queue_max:
            raise WriterFullError

    def _hand_over_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hands over soon, whatever was to be handed over later."""
        self._is_due = True
        seconds = self._gather_seconds_max
        self._due_by = loop.time() + seconds
        self._handed_over += 1
        pressed = self._is_pressed()
        self._looks = pressed and self._handed_over % _LOOKED_EVERY == 0
        if not pressed or (self._is_crowd_here() and not self._looks):
            self._look_from_now(loop)
            return
        if self._handing_over is not None:
            self._handing_over.cancel()
        self._waits_for_crowd = True
        self._handing_over = loop.call_later(seconds, self._stop_waiting)

    def _is_crowd_here(self) -> bool:
        """Tells whether as many wait here as may be expected.

        While one half of those who call again and again wait for the disk, the other
        half comes together. A disk that is quicker than that has nothing to do
        meanwhile.
        """
        crowd = min(self._crowd, self._batch_max)
        if self._awaited == self._awaited_here and crowd > _NO_CROWD:
            return self._awaited_here >= crowd
        return 2 * self._awaited_here >= crowd

    def _stop_waiting(self) -> None:
        """Hands over what came of a crowd that is no longer there."""
        self._crowd = max(self._awaited, self._crowd // 2)
        self._hand_over()

    def _look_from_now(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._handing_over is not None:
            self._handing_over.cancel()
        self._waits_for_crowd = False
        self._seen = self._quiet = 0
        self._handing_over = loop.call_soon(self._look_again, loop)

    def _look_again(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hands over, unless more may come and there is time for it."""
        gathered = len(self._gathered)
        self._quiet = 0 if gathered > self._seen else self._quiet + 1
        waits = self._quiet < _QUIET_TURNS and gathered < self._batch_max
        if waits and loop.time() < self._due_by:
            self._seen = gathered
            self._handing_over = loop.call_soon(self._look_again, loop)
            return
        self._hand_over()

    def _hand_over(self) -> None:
        """Gives the thread what was gathered."""
        if self._handing_over is not None:
            self._handing_over.cancel()
            self._handing_over = None
        self._is_due = self._waits_for_crowd = False
        self._awaited_here = 0
        if not self._gathered:
            return
        gathered, self._gathered = self._gathered, []
        self._handed_count += len(gathered)
        self._handed.put(gathered)
        # NOTE: the thread begins with the first item, so that a process that forks
        # after it has built its parts does not lose the thread.
        if self._thread is None:
            self._thread = threading.Thread(
                target=self._run, name=self._name, daemon=True
            )
            self._thread.start()

    def _run(self) -> None:
        while batch := self._next_batch():
            items = [item for item, _ in batch]
            futures = [future for _, future in batch]
            try:
                results = self._commit(items)
            except Exception as error:  # noqa: BLE001 - handed to those who wait.
                self._hand_back(futures, _fail, error)
            else:
                self._hand_back(futures, _succeed, results)

    def _next_batch(self) -> list[_Queued[ItemT, ResultT]]:
        """Waits for items; returns none when closed and empty."""
        waiting = self._waiting
        while len(waiting) < self._batch_max:
            try:
                # Waits for the first alone.
                handed = self._handed.get(block=not waiting)
            except Empty:
                break
            if handed is None:
                # Closed; it stands here again for when nothing waits any more.
                self._handed.put(None)
                break
            waiting.extend(handed)
        count = min(len(waiting), self._batch_max)
        batch = [waiting.popleft() for _ in range(count)]
        # What was queued together is not divided: it has one outcome.
        last = batch[-1][1] if batch else None
        while last is not None and waiting and waiting[0][1] is last:
            batch.append(waiting.popleft())
        self._begun_count += len(batch)
        return batch

    def _hand_back(
        self, futures: _Futures[ResultT], settle: _Settle[ResultT], outcome: object
    ) -> None:
        # Each once, also where it waits for several items.
        waited_for = list(dict.fromkeys(each for each in futures if each is not None))
        if not waited_for:
            return
        loop = waited_for[0].get_loop()
        # The loop may have ended while the disk was busy; then nobody waits.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(
                self._settled, len(waited_for), settle, futures, outcome
            )

    def _settled(
        self,
        count: int,
        settle: _Settle[ResultT],
        futures: _Futures[ResultT],
        outcome: object,
    ) -> None:
        self._awaited -= count
        settle(futures, outcome)


def _succeed(
    futures: Sequence[asyncio.Future[ResultT] | None], results: object
) -> None:
    assert isinstance(results, Sequence)
    for future, result in zip(futures, results, strict=True):
        if future is not None and not future.done():
            future.set_result(result)


def _fail(futures: Sequence[asyncio.Future[ResultT] | None], error: object) -> None:
    assert isinstance(error, Exception)
    for future in futures:
        if future is not None and not future.done():
            future.set_exception(error)
            # A failure that nobody waits for any more is no programming mistake.
            future.exception()
