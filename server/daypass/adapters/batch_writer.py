"""A thread that writes what is waiting in one go, so that one fsync serves many.

The event loop never waits for the disk. What a batch returns is handed back on
the loop in the order in which it was written, also where the one who waited has
gone: what is on the disk is then known in memory too.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, Generic, TypeVar

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

_CLOSE_TIME_MAX: Final = timedelta(seconds=10)


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
        batch_max: how many items one commit takes.
        name: of the thread.
    """

    def __init__(
        self,
        *,
        commit: Callable[[Sequence[ItemT]], Sequence[ResultT]],
        queue_max: int,
        batch_max: int,
        name: str,
    ) -> None:
        self._commit = commit
        self._queue_max = queue_max
        self._batch_max = batch_max
        self._name = name
        self._waiting: deque[tuple[ItemT, asyncio.Future[ResultT]]] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None

    def submit(self, item: ItemT) -> asyncio.Future[ResultT]:
        """Queues an item; the future is its result once it is durable.

        Raises:
            WriterFullError: too many items are waiting.
            WriterClosedError: the writer is closed.
        """
        future: asyncio.Future[ResultT] = asyncio.get_running_loop().create_future()
        # A failure that nobody waits for any more is no programming mistake.
        future.add_done_callback(_look_at)
        with self._changed:
            if self._closing:
                raise WriterClosedError
            if len(self._waiting) >= self._queue_max:
                raise WriterFullError
            self._waiting.append((item, future))
            # NOTE: the thread begins with the first item, so that a process that
            # forks after it has built its parts does not lose the thread.
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name=self._name, daemon=True
                )
                self._thread.start()
            self._changed.notify()
        return future

    def close(self) -> bool:
        """Writes what is waiting and ends the thread; waits a bounded time.

        Returns:
            Whether the thread has ended.
        """
        with self._changed:
            self._closing = True
            self._changed.notify()
            thread = self._thread
        if thread is None:
            return True
        thread.join(_CLOSE_TIME_MAX.total_seconds())
        return not thread.is_alive()

    def _run(self) -> None:
        while batch := self._next_batch():
            items = [item for item, _ in batch]
            futures = [future for _, future in batch]
            try:
                results = self._commit(items)
            except Exception as error:  # noqa: BLE001 - handed to those who wait.
                _hand_back(futures, _fail, error)
            else:
                _hand_back(futures, _succeed, results)

    def _next_batch(self) -> list[tuple[ItemT, asyncio.Future[ResultT]]]:
        """Waits for items; returns none when closed and empty."""
        with self._changed:
            while not self._waiting and not self._closing:
                self._changed.wait()
            count = min(len(self._waiting), self._batch_max)
            return [self._waiting.popleft() for _ in range(count)]


def _hand_back(
    futures: Sequence[asyncio.Future[ResultT]],
    settle: Callable[[Sequence[asyncio.Future[ResultT]], object], None],
    outcome: object,
) -> None:
    # The loop may have ended while the disk was busy; then nobody waits.
    with contextlib.suppress(RuntimeError):
        futures[0].get_loop().call_soon_threadsafe(settle, futures, outcome)


def _succeed(futures: Sequence[asyncio.Future[ResultT]], results: object) -> None:
    assert isinstance(results, Sequence)
    for future, result in zip(futures, results, strict=True):
        if not future.done():
            future.set_result(result)


def _fail(futures: Sequence[asyncio.Future[ResultT]], error: object) -> None:
    assert isinstance(error, Exception)
    for future in futures:
        if not future.done():
            future.set_exception(error)


def _look_at(future: asyncio.Future[ResultT]) -> None:
    if not future.cancelled():
        future.exception()
