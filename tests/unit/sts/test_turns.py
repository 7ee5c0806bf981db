"""Long work rests as often as its turns last, and no more often."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from daypass.core import work_limits
from daypass.sts.turns import Turns
from support.world import ManualClock

TURN = work_limits.TURN_TIME_MAX
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("lasted", "others"),
    [(TURN - INSTANT, 0), (TURN + INSTANT, 1)],
)
async def test_rest_after_a_turn(lasted: timedelta, others: int) -> None:
    """Others have their turn when one has lasted so long, and not before."""
    clock = ManualClock()
    turns = Turns(clock=clock)
    seen: list[int] = []
    asyncio.get_running_loop().call_soon(seen.append, 1)
    clock.advance(lasted)

    await turns.rest()

    assert others == len(seen)


async def test_rest_begins_a_turn() -> None:
    """After a rest the next turn is as long again."""
    clock = ManualClock()
    turns = Turns(clock=clock)
    clock.advance(TURN + INSTANT)
    await turns.rest()
    seen: list[int] = []
    asyncio.get_running_loop().call_soon(seen.append, 1)

    await turns.rest()

    assert [] == seen
