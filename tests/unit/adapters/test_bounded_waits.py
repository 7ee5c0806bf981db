"""How long futures are waited for."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from daypass.adapters.bounded_waits import BoundedWaits

MOMENT = timedelta(milliseconds=5)
HOUR = timedelta(hours=1)


def future() -> asyncio.Future[int]:
    """Returns a future of the running loop."""
    return asyncio.get_running_loop().create_future()


async def test_wait_ends() -> None:
    """A future that nothing comes of fails after the span."""
    waits, never = BoundedWaits(MOMENT), future()
    waits.bound(never)

    with pytest.raises(TimeoutError):
        await never


async def test_wait_ends_with_its_error() -> None:
    """Each fails with an error of its own, of the kind that was asked for."""
    waits = BoundedWaits(MOMENT, lambda: KeyError("slow"))
    first, second = future(), future()
    waits.bound(first)
    waits.bound(second)

    failed = await asyncio.gather(first, second, return_exceptions=True)

    assert [KeyError, KeyError] == list(map(type, failed))
    assert failed[0] is not failed[1]


async def test_each_has_its_own_time() -> None:
    """A later one is bounded as well, when the timer of the first has run."""
    waits, first, second = BoundedWaits(MOMENT), future(), future()
    waits.bound(first)
    with pytest.raises(TimeoutError):
        await first

    waits.bound(second)

    with pytest.raises(TimeoutError):
        await second


async def test_one_behind_another_ends() -> None:
    """One that was begun while the timer ran ends too."""
    waits, first, second = BoundedWaits(MOMENT), future(), future()
    waits.bound(first)
    await asyncio.sleep(0)
    waits.bound(second)

    results = await asyncio.gather(first, second, return_exceptions=True)

    assert [TimeoutError, TimeoutError] == [type(each) for each in results]


async def test_done_future_stays_as_it_is() -> None:
    """What has come in time is not touched, nor what others wait for still."""
    waits, never = BoundedWaits(MOMENT), future()
    done = future()
    waits.bound(done)
    waits.bound(never)
    done.set_result(7)

    with pytest.raises(TimeoutError):
        await never

    assert 7 == await done


async def test_what_is_done_is_forgotten() -> None:
    """Nothing is kept of futures that are done, however many there are."""
    waits = BoundedWaits(HOUR)
    for number in range(1000):
        each = future()
        waits.bound(each)
        each.set_result(number)

    assert 1 == len(waits)
