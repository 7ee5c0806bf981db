"""What is good once is used up once, whatever the clock does meanwhile (S43, J58)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.adapters.memory import MemoryGuardStore
from daypass.core.errors import StoreUnavailableError
from daypass.core.ports import GuardKey
from daypass.sts.single_use import use_up
from support.world import START, ManualClock

THING = GuardKey("thing", ("one",))
ENDS = START + timedelta(minutes=5)


@pytest.fixture
def guards(clock: ManualClock) -> MemoryGuardStore:
    """Returns the guards of a store whose clock is right."""
    return MemoryGuardStore(clock=clock)


async def test_used_once(guards: MemoryGuardStore) -> None:
    """The first one has it, and the second one has not."""
    assert await use_up(guards, THING, now=START, expire_time=ENDS)
    assert not await use_up(guards, THING, now=START, expire_time=ENDS)


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=1)])
async def test_over_is_not_unused(guards: MemoryGuardStore, late: timedelta) -> None:
    """A worker whose clock says that a thing is over does not take it for unused.

    It was judged a moment before, when the clock was right, and somebody has used it.
    """
    assert await use_up(guards, THING, now=START, expire_time=ENDS)

    assert not await use_up(guards, THING, now=ENDS + late, expire_time=ENDS)


async def test_good_to_the_last(guards: MemoryGuardStore) -> None:
    """A thing that ends in a moment can still be used."""
    now = ENDS - timedelta(microseconds=1)

    assert await use_up(guards, THING, now=now, expire_time=ENDS)


async def test_store_that_is_away(guards: MemoryGuardStore) -> None:
    """Where the store cannot tell nobody is told that it was unused."""
    guards.fail_next(StoreUnavailableError("down"))

    with pytest.raises(StoreUnavailableError):
        await use_up(guards, THING, now=START, expire_time=ENDS)
