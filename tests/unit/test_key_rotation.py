"""When the clock of a server is good enough to rotate by (E13)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.core import store_limits
from daypass.core.errors import StoreUnavailableError
from daypass.core.store_health import ClockDifference, StoreFindings
from daypass.key_rotation import clock_agrees

MOST = store_limits.STORE_CLOCK_DIFFERENCE_MAX
MORE = MOST + timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("ahead", "agrees"), [(MOST, True), (-MOST, True), (MORE, False), (-MORE, False)]
)
async def test_clock_of_store_decides(ahead: timedelta, *, agrees: bool) -> None:
    """A clock that surely differs from that of the store by too much is wrong."""

    async def examine() -> StoreFindings:
        return StoreFindings(clock=ClockDifference(ahead, ahead))

    assert agrees is await clock_agrees(examine)


async def test_slow_answer_proves_nothing() -> None:
    """A difference that may be how long the answer took is none."""

    async def examine() -> StoreFindings:
        return StoreFindings(clock=ClockDifference(MOST, MOST + timedelta(hours=1)))

    assert await clock_agrees(examine)


async def test_store_without_clock_agrees() -> None:
    """Where the store is in the process there is one clock."""

    async def examine() -> StoreFindings:
        return StoreFindings()

    assert await clock_agrees(examine)


async def test_no_answer_is_no_answer() -> None:
    """A store that is away says nothing of the clock."""

    async def examine() -> StoreFindings:
        raise StoreUnavailableError("store_slow")

    with pytest.raises(StoreUnavailableError):
        await clock_agrees(examine)
