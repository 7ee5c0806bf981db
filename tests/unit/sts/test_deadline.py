"""What takes too long is ended, and nothing else is."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

import pytest

from daypass.sts.deadline import (
    Deadline,
    DeadlinePassedError,
    SharedTimers,
    within,
)

MOMENT = 0.005
HOUR = 3600.0
# A loop tells the time in such steps.
CLOCK_STEP = 0.001


async def forever() -> None:
    """Waits until it is cancelled."""
    await asyncio.get_running_loop().create_future()


async def test_too_long_is_ended() -> None:
    """What waits past its time is ended, and the task is not cancelled thereby."""
    deadline = Deadline(MOMENT)
    with pytest.raises(TimeoutError), deadline:
        await forever()

    task = asyncio.current_task()
    assert task is not None
    assert (True, 0) == (deadline.expired, task.cancelling())


@pytest.mark.parametrize("seconds", [0.0, -1.0])
async def test_no_time_left(seconds: float) -> None:
    """Without time the first wait is the last."""
    with pytest.raises(TimeoutError), Deadline(seconds):
        await forever()


async def test_in_time() -> None:
    """What is done in time is left alone, also later."""
    deadline = Deadline(MOMENT)
    with deadline:
        await asyncio.sleep(0)

    await asyncio.sleep(2 * MOMENT)
    assert not deadline.expired


async def test_error_of_its_own() -> None:
    """An error within the time is let through, a time-out of another kind too."""
    for error in (ValueError("a"), TimeoutError("b")):
        deadline = Deadline(HOUR)
        with pytest.raises(type(error), match=str(error)), deadline:
            raise error
        assert not deadline.expired


async def test_error_after_the_time() -> None:
    """What answers the end by an error of its own has that error."""

    async def answer() -> None:
        try:
            await forever()
        except asyncio.CancelledError:
            raise ValueError("mine") from None

    with pytest.raises(ValueError, match="mine"), Deadline(MOMENT):
        await answer()


async def test_cancelled_by_others() -> None:
    """A cancellation from outside is one, and no time-out."""

    async def work() -> None:
        with Deadline(HOUR):
            await forever()

    task = asyncio.ensure_future(work())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cancelled_by_both() -> None:
    """Where both come at once, that of the others counts."""
    begun = asyncio.Event()

    async def work() -> None:
        with Deadline(0.0):
            begun.set()
            await forever()

    task = asyncio.ensure_future(work())
    await begun.wait()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_inner_one_first() -> None:
    """Of two, one within the other, the one that ran out is named."""
    outer, inner = Deadline(HOUR), Deadline(MOMENT)
    with outer, pytest.raises(TimeoutError), inner:
        await forever()

    assert (False, True) == (outer.expired, inner.expired)


async def test_shared_timer_ends_it() -> None:
    """A deadline that shares its timer ends what waits, not early and soon after."""
    timers, loop = SharedTimers(), asyncio.get_running_loop()
    begun = loop.time()

    with pytest.raises(TimeoutError), Deadline(1.0, timers):
        await forever()

    assert 1.0 <= loop.time() - begun + CLOCK_STEP
    assert 0 == len(timers)


async def test_shared_timers_in_order() -> None:
    """The shorter of two ends first, whichever was set first."""
    timers, ended = SharedTimers(), list[float]()

    async def work(seconds: float) -> None:
        with pytest.raises(TimeoutError), Deadline(seconds, timers):
            await forever()
        ended.append(seconds)

    await asyncio.gather(work(1.2), work(1.0), work(1.1))

    assert [1.0, 1.1, 1.2] == ended


async def test_shared_timer_met() -> None:
    """A deadline that was met leaves nothing, and the timers go on for the others."""
    timers = SharedTimers()
    with Deadline(1.0, timers):
        assert 1 == len(timers)
    assert 0 == len(timers)

    with pytest.raises(TimeoutError), Deadline(1.1, timers):
        await forever()


async def test_short_one_is_exact() -> None:
    """A deadline that is shorter than a second has a timer of its own."""
    timers, loop = SharedTimers(), asyncio.get_running_loop()
    begun = loop.time()

    with pytest.raises(TimeoutError), Deadline(MOMENT, timers):
        await forever()

    assert loop.time() - begun < MOMENT + 1 / 20


async def test_shared_timer_of_cancelled() -> None:
    """A cancellation from outside is one, and takes its deadline with it."""
    timers = SharedTimers()

    async def work() -> None:
        with Deadline(HOUR, timers):
            await forever()

    task = asyncio.ensure_future(work())
    await asyncio.sleep(0)
    assert 1 == len(timers)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert 0 == len(timers)


async def test_work_that_never_waits_has_no_deadline() -> None:
    """Nobody asks for the time of what is done before it has waited."""
    asked: list[float] = []

    async def work() -> str:
        return "done"

    def seconds_left() -> float:
        asked.append(HOUR)
        return HOUR

    assert "done" == await within(work(), seconds_left, SharedTimers())
    assert [] == asked


async def test_work_that_waits_goes_on() -> None:
    """What is waited for reaches a work each time, and its result the caller."""
    timers = SharedTimers()

    async def work() -> list[int]:
        loop = asyncio.get_running_loop()
        found = []
        for number in range(3):
            future: asyncio.Future[int] = loop.create_future()
            loop.call_soon(future.set_result, number)
            found.append(await future)
            await asyncio.sleep(0)
        return found

    assert [0, 1, 2] == await within(work(), lambda: HOUR, timers)
    assert 0 == len(timers)


@pytest.mark.parametrize("seconds", [0.0, MOMENT])
async def test_work_that_waits_too_long(seconds: float) -> None:
    """A work is ended by its deadline, and may clean up."""
    cleaned: list[bool] = []

    async def work() -> None:
        try:
            await forever()
        finally:
            await asyncio.sleep(0)
            cleaned.append(True)

    with pytest.raises(DeadlinePassedError):
        await within(work(), lambda: seconds, SharedTimers())
    assert [True] == cleaned


async def test_time_out_of_a_work_is_its_own() -> None:
    """A time-out of another kind is not that of the deadline."""

    async def work() -> None:
        await asyncio.sleep(0)
        raise TimeoutError("mine")

    with pytest.raises(TimeoutError, match="mine") as raised:
        await within(work(), lambda: HOUR, SharedTimers())

    assert not isinstance(raised.value, DeadlinePassedError)


async def test_work_cancelled_by_others() -> None:
    """A cancellation from outside reaches the work, and is no time-out."""
    seen: list[str] = []

    async def work() -> None:
        try:
            await forever()
        except asyncio.CancelledError:
            seen.append("cancelled")
            raise

    task = asyncio.ensure_future(_awaited(work()))
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert ["cancelled"] == seen


async def test_work_that_takes_a_cancellation_goes_on() -> None:
    """A work that handles an error at its first wait may wait again and return."""

    async def work() -> str:
        try:
            await asyncio.wait_for(forever(), MOMENT)
        except TimeoutError:
            await asyncio.sleep(0)
        return "done"

    assert "done" == await within(work(), lambda: HOUR, SharedTimers())


async def _awaited(work: Coroutine[object, object, None]) -> None:
    await within(work, lambda: HOUR, SharedTimers())
