"""A loop whose time goes on only when there is nothing left to do.

Nobody waits for real: where all tasks wait, the time is at once that of the first
timer. So hours pass in seconds, and the order of events depends on nothing but the
program. What would go to a thread is done at once.
"""

from __future__ import annotations

import asyncio
from asyncio import base_events
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, TypeVarTuple, cast

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class NobodyWakesError(Exception):
    """All tasks wait, and no timer will wake any of them."""


class _Leap:
    """Stands where a loop waits for sockets, and lets time pass instead."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> list[Any]:
        """Returns at once, at the time of the first timer."""
        if timeout is None:
            raise NobodyWakesError
        if timeout > 0:
            self._loop.leap()
        return []


class VirtualLoop(base_events.BaseEventLoop):
    """An event loop that owns its time, and has no sockets and no threads."""

    def __init__(self) -> None:
        super().__init__()
        self._virtual_seconds = 0.0
        # What the base class asks where it would wait for sockets.
        self._selector = _Leap(self)
        # What is due within it is due; it must not vanish beside the time of years.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Returns the seconds since this world began."""
        return self._virtual_seconds

    def leap(self) -> None:
        """Goes on to the first timer."""
        scheduled = cast("list[asyncio.TimerHandle]", vars(self)["_scheduled"])
        self._virtual_seconds = max(self._virtual_seconds, scheduled[0].when())

    def run_in_executor(
        self, executor: object, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Does what a thread would do, in this turn."""
        del executor
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - as a thread hands on whatever it met.
            done.set_exception(error)
        return done

    def _process_events(self, event_list: list[Any]) -> None:
        """Has nothing to do, because nothing comes from outside."""

    def _write_to_self(self) -> None:
        """Has nobody to wake: what is called soon is in the next turn."""


def run_virtually(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs a coroutine in a world of its own, and ends all that it has begun."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(main())
    finally:
        close(loop)


def close(loop: VirtualLoop) -> None:
    """Ends all that was begun in a loop, and the loop."""
    loop.run_until_complete(_end_all())
    loop.close()


async def _end_all() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
