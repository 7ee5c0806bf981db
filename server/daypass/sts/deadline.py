"""Ends what takes too long.

As `asyncio.timeout` does it, which takes twice as long to begin and to end because a
time-out of that kind can be moved. Every call has one, and nearly none runs out: those
of calls share timers, one for all that end within the same moment. What never waits
cannot run out of time either, and has no deadline (`within`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from heapq import heappop, heappush
from types import TracebackType, coroutine
from typing import Any, Final, Self, TypeVar

T = TypeVar("T")

# Deadlines of the same twentieth of a second end together, at its end.
_SLOTS_PER_SECOND: Final = 20
# Shorter ones are exact: a twentieth of a second would be a good part of them.
_SHARED_SECONDS_MIN: Final = 1.0


class SharedTimers:
    """The timers of the deadlines of one event loop.

    A slot holds the deadlines that run out within the same moment, and the first slot
    has a timer. One whose deadlines were all met stays until its time has come.
    """

    def __init__(self) -> None:
        self._slots: dict[int, set[Deadline]] = {}
        self._due: list[int] = []
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """Tells how many deadlines are set."""
        return sum(map(len, self._slots.values()))

    def add(self, deadline: Deadline, seconds: float) -> set[Deadline]:
        """Sets a deadline, and returns the slot that it stays in until it is met."""
        loop = asyncio.get_running_loop()
        number = int((loop.time() + seconds) * _SLOTS_PER_SECOND) + 1
        slot = self._slots.get(number)
        if slot is None:
            slot = self._slots[number] = set()
            heappush(self._due, number)
            if self._due[0] == number:
                self._wait_for_first(loop)
        slot.add(deadline)
        return slot

    def _wait_for_first(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due = self._due[0] / _SLOTS_PER_SECOND
        self._timer = loop.call_at(due, self._run_out, loop)

    def _run_out(self, loop: asyncio.AbstractEventLoop) -> None:
        """Ends what has taken too long, and waits for the next slot."""
        self._timer = None
        while self._due and self._due[0] / _SLOTS_PER_SECOND <= loop.time():
            for deadline in self._slots.pop(heappop(self._due)):
                deadline.expire()
        if self._due:
            self._wait_for_first(loop)


class Deadline:
    """Cancels the task within it after a time, and raises `TimeoutError` then.

    A cancellation that came from somebody else is let through.

    Args:
        seconds: the time; none that is left ends the block at its first wait.
        shared: the timers of many; without, it has one of its own.
    """

    __slots__ = (
        "_cancelling",
        "_expired",
        "_seconds",
        "_shared",
        "_slot",
        "_task",
        "_timer",
    )

    def __init__(self, seconds: float, shared: SharedTimers | None = None) -> None:
        self._seconds = seconds
        self._shared = shared
        self._expired = False
        self._slot: set[Deadline] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def expired(self) -> bool:
        """Whether the time has run out."""
        return self._expired

    def __enter__(self) -> Self:
        """Begins the time."""
        task = asyncio.current_task()
        assert task is not None, "a deadline is of a task"
        self._task = task
        self._cancelling = task.cancelling()
        if self._shared is not None and self._seconds >= _SHARED_SECONDS_MIN:
            self._slot = self._shared.add(self, self._seconds)
        else:
            delay = max(0.0, self._seconds)
            self._timer = task.get_loop().call_later(delay, self.expire)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends the time."""
        if self._slot is not None:
            self._slot.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        if (
            self._expired
            and self._task.uncancel() <= self._cancelling
            and kind is not None
            and issubclass(kind, asyncio.CancelledError)
        ):
            raise TimeoutError from error

    def expire(self) -> None:
        """Ends the block; its timer does so."""
        self._expired = True
        self._task.cancel()


class DeadlinePassedError(TimeoutError):
    """A work was ended by its own deadline."""


@coroutine
def within(
    work: Coroutine[Any, Any, T],
    seconds_left: Callable[[], float],
    shared: SharedTimers,
) -> Generator[Any, Any, T]:
    """Awaits a work, which has a deadline from its first wait on.

    Args:
        work: what is awaited; it has not begun.
        seconds_left: tells the time that it has then.
        shared: the timers of many.

    Returns:
        What the work returns.

    Raises:
        DeadlinePassedError: it has taken too long.
    """
    try:
        waits_for = work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    deadline = Deadline(seconds_left(), shared)
    try:
        with deadline:
            # As `yield from` does it, which cannot take over a work that has begun.
            while True:
                try:
                    value = yield waits_for
                except BaseException as error:  # noqa: BLE001 - the work's to judge.
                    waits_for = work.throw(error)
                else:
                    waits_for = work.send(value)
    except StopIteration as done:
        result = done.value
        return result
    except TimeoutError as error:
        if deadline.expired:
            raise DeadlinePassedError from error
        raise
