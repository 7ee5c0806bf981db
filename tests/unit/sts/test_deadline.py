"""What takes too long is ended, and nothing else is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from daypass.sts.deadline import Asker, Deadline, Deadlines, SharedTimers, Work

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


@dataclass(slots=True)
class Patience:
    """Somebody who waits for so many seconds, and counts who asks."""

    seconds: float | None = HOUR
    asked: int = 0

    def time_remaining(self) -> float | None:
        """Returns the seconds."""
        self.asked += 1
        return self.seconds


class Impatience:
    """Somebody who cannot say for how long."""

    def time_remaining(self) -> float | None:
        """Fails."""
        raise ValueError("canary-2c81")


def deadlines(seconds_default: float = HOUR, seconds_max: float = HOUR) -> Deadlines:
    """Returns deadlines."""
    return Deadlines(seconds_default=seconds_default, seconds_max=seconds_max)


async def done(
    of: Deadlines, asker: Asker, work: Callable[[], Awaitable[object]]
) -> Work:
    """Does a work in a task of its own, and returns it when it has ended."""
    each = Work(asker)

    async def do() -> None:
        of.begin(each, asyncio.current_task())
        try:
            await work()
        finally:
            of.end(each)

    await asyncio.wait({asyncio.ensure_future(do())})
    return each


async def nothing() -> None:
    """Waits for nothing."""


async def test_work_that_never_waits_has_no_deadline() -> None:
    """Nobody asks for the time of what is done in its first turn."""
    of, asker = deadlines(), Patience()

    work = await done(of, asker, nothing)
    await asyncio.sleep(MOMENT)

    assert (0, 0, 0) == (asker.asked, of.begun, len(of))
    assert not work.is_expired


async def test_work_that_waits_is_asked_for_once() -> None:
    """What waits has its time asked for once, and leaves nothing when it is met."""
    of, asker, seen = deadlines(), Patience(), list[tuple[int, int]]()

    async def wait() -> None:
        for _ in range(3):
            await asyncio.sleep(0)
        seen.append((of.begun, len(of)))

    await done(of, asker, wait)

    assert [(1, 1)] == seen
    assert (1, 0, 0) == (asker.asked, of.begun, len(of))


@pytest.mark.parametrize("seconds", [-1.0, 0.0, MOMENT])
async def test_work_that_waits_too_long(seconds: float) -> None:
    """A work is ended by its deadline, and may clean up."""
    cleaned: list[bool] = []

    async def wait() -> None:
        try:
            await forever()
        finally:
            await asyncio.sleep(0)
            cleaned.append(True)

    of = deadlines()
    work = await done(of, Patience(seconds), wait)

    assert (True, [True], 0) == (work.is_expired, cleaned, of.begun)


async def test_work_has_the_time_that_it_may_have() -> None:
    """Who waits for ever waits for the default, and nobody for more than the most."""
    for of, asked in (
        (deadlines(seconds_default=MOMENT), None),
        (deadlines(seconds_max=MOMENT), HOUR),
    ):
        assert (await done(of, Patience(asked), forever)).is_expired


async def test_shared_timer_ends_works() -> None:
    """Works whose times are over in the same moment are ended by one timer."""
    of, loop = deadlines(), asyncio.get_running_loop()
    begun = loop.time()

    works = await asyncio.gather(*(done(of, Patience(1.0), forever) for _ in range(3)))

    assert all(work.is_expired for work in works)
    assert 1.0 <= loop.time() - begun + CLOCK_STEP
    assert (0, 0) == (of.begun, len(of))


async def test_work_cancelled_by_others() -> None:
    """A cancellation from outside is none of the deadline's."""
    of, tasks = deadlines(), list[asyncio.Task[object]]()

    async def wait() -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.append(task)
        asyncio.get_running_loop().call_soon(task.cancel)
        await forever()

    work = await done(of, Patience(), wait)

    assert not work.is_expired
    assert tasks[0].cancelled()


async def test_work_cancelled_by_both() -> None:
    """Where both come at once, that of the others counts."""
    of = deadlines()

    async def wait() -> None:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().call_later(0, task.cancel)
        await forever()

    assert not (await done(of, Patience(0.0), wait)).is_expired


async def test_work_that_takes_its_end_goes_on() -> None:
    """A work that is done all the same leaves its task as it was."""
    of, left = deadlines(), list[int]()
    work = Work(Patience(MOMENT))

    async def do() -> None:
        task = asyncio.current_task()
        of.begin(work, task)
        with contextlib.suppress(asyncio.CancelledError):
            await forever()
        of.end(work)
        assert task is not None
        left.append(task.cancelling())

    await asyncio.ensure_future(do())

    assert [0] == left


async def test_one_that_cannot_say_its_time() -> None:
    """Who cannot say for how long he waits takes no deadline away from others."""
    of, faults = deadlines(), list[str]()
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: faults.append(str(context["exception"]))
    )

    _, work = await asyncio.gather(
        done(of, Impatience(), lambda: asyncio.sleep(MOMENT)),
        done(of, Patience(MOMENT), forever),
    )

    assert (True, ["canary-2c81"]) == (work.is_expired, faults)
