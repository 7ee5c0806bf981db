"""When a connection that failed is made again."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from daypass.adapters.redis.link import Link
from daypass.adapters.redis.routes import FixedRoute
from daypass.adapters.redis.settings import Address, RedisSettings
from daypass.core.errors import StoreUnavailableError

NOWHERE = Address("127.0.0.1", 1)


class LongestPauses:
    """Draws the longest pause each time, and counts the pauses."""

    def __init__(self) -> None:
        self.drawn = 0

    def token_bytes(self, count: int) -> bytes:
        """Returns the largest number."""
        self.drawn += 1
        return b"\xff" * count


class SlowRoute(FixedRoute):
    """Finds no server, and takes a moment for it."""

    def __init__(self) -> None:
        super().__init__(NOWHERE)
        self.asked = 0

    async def find(self) -> Address:
        """Fails, as when sentinels do not answer."""
        self.asked += 1
        await asyncio.sleep(0.05)
        raise StoreUnavailableError(detail="store_primary_unknown")


async def test_waiting_for_a_turn_is_no_failure() -> None:
    """R23: the pause is as long as what was tried makes it, and not what was waited for."""
    pauses, route = LongestPauses(), SlowRoute()
    link = Link(RedisSettings((NOWHERE,)), route=route, entropy=pauses)
    # Half a second each: of two turns within the second of a call one comes too late.
    for _ in range(6):
        await link.distrust()

    with pytest.raises(StoreUnavailableError) as caught:
        await link.exchange([("PING",)], at_most=timedelta(seconds=1))

    assert (1, 7) == (route.asked, pauses.drawn)
    assert "store_primary_unknown" == caught.value.detail
