"""Ends what takes too long.

As `asyncio.timeout` does it, which takes twice as long to begin and to end because a
time-out of that kind can be moved. Every call has one, and nearly none runs out: those
of calls share timers, one for all that end within the same moment. A deadline ends a
task at what it waits for, so what is over within its first turn of the loop needs none
(`Deadlines`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from types import TracebackType
from typing import Any, Final, Protocol, Self

# Deadlines of the same twentieth of a second end together, at its end.
_SLOTS_PER_SECOND: Final = 20
# Shorter ones are exact: a twentieth of a second would be a good part of them.
_SHARED_SECONDS_MIN: Final = 1.0


class Ending(Protocol):
    """What is ended when its time is over."""

    def expire(self) -> None:
        """Ends it."""
        ...


class SharedTimers:
    """The timers of the deadlines of one event loop.

    A slot holds the deadlines that run out within the same moment, and the first slot
    has a timer. One whose deadlines were all met stays until its time has come.
    """

    def __init__(self) -> None:
        self._slots: dict[int, set[Ending]] = {}
        self._due: list[int] = []
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """Tells how many deadlines are set."""
        return sum(map(len, self._slots.values()))

    def add(
        self, ending: Ending, seconds: float, loop: asyncio.AbstractEventLoop
    ) -> set[Ending]:
        """Sets a deadline, and returns the slot that it stays in until it is met."""
        number = int((loop.time() + seconds) * _SLOTS_PER_SECOND) + 1
        slot = self._slots.get(number)
        if slot is None:
            slot = self._slots[number] = set()
            heappush(self._due, number)
            if self._due[0] == number:
                self._wait_for_first(loop)
        slot.add(ending)
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
            for ending in self._slots.pop(heappop(self._due)):
                ending.expire()
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
        self._slot: set[Ending] | None = None
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
        loop = task.get_loop()
        if self._shared is not None and self._seconds >= _SHARED_SECONDS_MIN:
            self._slot = self._shared.add(self, self._seconds, loop)
        else:
            delay = max(0.0, self._seconds)
            self._timer = loop.call_later(delay, self.expire)
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


class Asker(Protocol):
    """Whoever waits for a work."""

    def time_remaining(self) -> float | None:
        """Returns for how many seconds it still waits, or None if for ever."""
        ...


@dataclass(slots=True, eq=False)
class Work:
    """What a task does for somebody within a time; see `Deadlines`.

    Attributes:
        asker: who waits for it.
        is_expired: whether it was cancelled for its time alone. It says so when the
            work has ended.
    """

    asker: Asker = field(repr=False)
    is_expired: bool = field(default=False, init=False)
    # None before the work has begun, and when it is over.
    task: asyncio.Task[Any] | None = field(default=None, init=False, repr=False)
    slot: set[Ending] | None = field(default=None, init=False, repr=False)
    timer: asyncio.TimerHandle | None = field(default=None, init=False, repr=False)

    def expire(self) -> None:
        """Cancels it; its timer does so."""
        if self.task is not None:
            self.is_expired = True
            self.task.cancel()


class Deadlines:
    """The deadlines of works, each of which is all that its task does.

    All that have begun in a turn of the loop are looked at in the next one. Those that
    are over by then were never asked for their time; the others have a deadline from
    then on.

    Args:
        seconds_default: the time of a work for which somebody waits for ever.
        seconds_max: the longest time that a work may have.

    Attributes:
        begun: how many works have begun and not ended.
    """

    def __init__(self, *, seconds_default: float, seconds_max: float) -> None:
        self.begun = 0
        self._seconds_default = seconds_default
        self._seconds_max = seconds_max
        self._timers = SharedTimers()
        self._fresh: deque[Work] = deque()

    def __len__(self) -> int:
        """Tells how many deadlines share a timer."""
        return len(self._timers)

    def begin(self, work: Work, task: asyncio.Task[Any] | None) -> None:
        """Begins a work of the present task, which nobody has cancelled so far."""
        assert task is not None, "a deadline is of a task"
        work.task = task
        self.begun += 1
        if not self._fresh:
            task.get_loop().call_soon(self._set_fresh)
        self._fresh.append(work)

    def end(self, work: Work) -> None:
        """Ends a work that was begun, in whatever way."""
        self.begun -= 1
        task, work.task = work.task, None
        if work.slot is not None:
            work.slot.discard(work)
        elif work.timer is not None:
            work.timer.cancel()
        if work.is_expired and task is not None and task.uncancel():
            # Somebody else has cancelled it as well.
            work.is_expired = False

    def _set_fresh(self) -> None:
        """Sets the deadlines of what has begun and is not over."""
        loop = asyncio.get_running_loop()
        try:
            while self._fresh:
                work = self._fresh.popleft()
                if work.task is None:
                    continue
                asked = work.asker.time_remaining()
                if asked is None:
                    seconds = self._seconds_default
                else:
                    seconds = min(asked, self._seconds_max)
                if seconds >= _SHARED_SECONDS_MIN:
                    work.slot = self._timers.add(work, seconds, loop)
                else:
                    work.timer = loop.call_later(max(0.0, seconds), work.expire)
        finally:
            # One that cannot say its time must not take away that of the others.
            if self._fresh:
                loop.call_soon(self._set_fresh)
