"""When a connection that failed is made again."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from redis.asyncio.connection import Connection

from daypass.adapters.redis.link import Link
from daypass.adapters.redis.routes import FixedRoute
from daypass.adapters.redis.settings import Address, RedisSettings
from daypass.core import store_limits
from daypass.core.errors import StoreUnavailableError
from support.scripted_server import scripted_server

NOWHERE = Address("127.0.0.1", 1)
SECOND = timedelta(seconds=1)
# So many that the pauses have grown to half a second.
FAILURES = 7


class LongestPauses:
    """Draws the longest pause each time."""

    def token_bytes(self, count: int) -> bytes:
        """Returns the largest number."""
        return b"\xff" * count

    id_bytes = token_bytes


class SlowRoute(FixedRoute):
    """Finds no server, and takes a moment for it."""

    def __init__(self) -> None:
        super().__init__(NOWHERE, on_distrust=self._note)
        self.asked = 0
        self.failures = 0

    async def find(self) -> Address:
        """Fails, as when sentinels do not answer."""
        self.asked += 1
        await asyncio.sleep(0.05)
        raise StoreUnavailableError(detail="store_primary_unknown")

    def _note(self) -> None:
        self.failures += 1


class MovingRoute(FixedRoute):
    """Leads to a server that fails, until another one is named."""

    def __init__(self, address: Address) -> None:
        super().__init__(NOWHERE)
        self.named = NOWHERE
        self.better = address
        self.tried: list[Address] = []

    async def find(self) -> Address:
        """Returns the server that is named."""
        self.tried.append(self.named)
        return self.named

    async def look(self) -> Address:
        """Returns the server that is named."""
        return self.named

    def leads_to(self, address: Address) -> bool:
        """Tells whether it is the one that is named."""
        return address == self.named


class WakingRoute(MovingRoute):
    """Leads to a server that is slow to answer, while another one is named."""

    async def check(self, connection: Connection) -> None:
        """Lets the other one be named meanwhile."""
        del connection
        await asyncio.sleep(store_limits.STORE_ANSWER_SLOW.total_seconds())
        self.named = self.better


class HangingRoute(MovingRoute):
    """Leads to a server that never says what it is, while another one is named."""

    async def check(self, connection: Connection) -> None:
        """Asks nothing of the one that is named in the end."""
        del connection
        if self.named != self.better:
            self.named = self.better
            await asyncio.sleep(SECOND.total_seconds())


async def tired(route: MovingRoute) -> Link:
    """Returns a link that has failed so often that its pause is the longest."""
    link = Link(RedisSettings((NOWHERE,)), route=route, entropy=LongestPauses())
    while len(route.tried) < FAILURES:
        with pytest.raises(StoreUnavailableError):
            await link.exchange([("PING",)], at_most=SECOND)
    return link


async def test_another_server_is_not_waited_for() -> None:
    """E03: a server that has not failed is gone to as soon as it is named."""
    async with scripted_server(lambda _: b"+PONG\r\n") as port:
        route = MovingRoute(Address("127.0.0.1", port))
        link = await tired(route)
        route.named = route.better
        began = time.monotonic()

        assert [b"PONG"] == await link.exchange([("PING",)], at_most=SECOND)

        await link.drop()
        # A look, and not the pause of half a second.
        assert 0.25 > time.monotonic() - began


async def test_woken_server_gets_no_command() -> None:
    """E04: one that another was put in the place of while it hung is asked nothing."""
    asked: list[bytes] = []

    def old_primary(data: bytes) -> bytes:
        asked.append(data)
        return b"+PONG\r\n"

    async with (
        scripted_server(old_primary) as old,
        scripted_server(lambda _: b"+NEW\r\n") as new,
    ):
        route = WakingRoute(Address("127.0.0.1", new))
        route.named = Address("127.0.0.1", old)
        link = Link(RedisSettings((NOWHERE,)), route=route, entropy=LongestPauses())

        found = await link.exchange([("PING",)], at_most=SECOND)
        await link.drop()

    assert ([b"NEW"], []) == (found, [each for each in asked if b"PING" in each])


async def test_hanging_server_is_left_for_another() -> None:
    """E04: who waits for a server to say what it is goes where another one is named."""
    async with (
        scripted_server(lambda _: b"+OLD\r\n") as old,
        scripted_server(lambda _: b"+NEW\r\n") as new,
    ):
        route = HangingRoute(Address("127.0.0.1", new))
        route.named = Address("127.0.0.1", old)
        link = Link(RedisSettings((NOWHERE,)), route=route, entropy=LongestPauses())
        began = time.monotonic()

        assert [b"NEW"] == await link.exchange([("PING",)], at_most=SECOND)

        await link.drop()
        assert 0.5 > time.monotonic() - began


@pytest.mark.parametrize("has_failed", [False, True])
async def test_replaced_server_is_not_waited_for(*, has_failed: bool) -> None:
    """E04: what a server has failed at before is given up when another one is named."""
    asked = asyncio.Event()

    def say_nothing(_: bytes) -> bytes:
        asked.set()
        return b""

    async with scripted_server(say_nothing) as port:
        route = MovingRoute(Address("127.0.0.1", 2))
        link = Link(RedisSettings((NOWHERE,)), route=route, entropy=LongestPauses())
        if has_failed:
            with pytest.raises(StoreUnavailableError):
                await link.exchange([("PING",)], at_most=SECOND)
        route.named = Address("127.0.0.1", port)
        began = time.monotonic()
        exchanging = asyncio.create_task(link.exchange([("PING",)], at_most=SECOND / 2))
        await asked.wait()
        route.named = route.better

        with pytest.raises(StoreUnavailableError) as caught:
            await exchanging

        await link.drop()
    assert "store_connection_lost" == caught.value.detail
    # One that has answered until now has all its time.
    assert has_failed == (time.monotonic() - began < 0.4)


async def test_failed_server_is_left_alone() -> None:
    """R23: one that has failed is waited for, however often it is named."""
    route = MovingRoute(NOWHERE)
    link = await tired(route)
    began = time.monotonic()

    with pytest.raises(StoreUnavailableError):
        await link.exchange([("PING",)], at_most=SECOND)

    assert time.monotonic() - began >= 0.4


async def test_another_failure_has_own_pauses() -> None:
    """A server that fails first now is not held to what others have failed at."""
    route = MovingRoute(Address("127.0.0.1", 2))
    link = await tired(route)
    route.named = route.better
    route.tried.clear()
    began = time.monotonic()

    while len(route.tried) < 3:
        with pytest.raises(StoreUnavailableError):
            await link.exchange([("PING",)], at_most=SECOND)

    assert 0.4 > time.monotonic() - began


async def test_waiting_for_a_turn_is_no_failure() -> None:
    """R23: the pause is as long as what was tried makes it, and not what was waited for."""
    pauses, route = LongestPauses(), SlowRoute()
    link = Link(RedisSettings((NOWHERE,)), route=route, entropy=pauses)
    # Half a second each: of two turns within the second of a call one comes too late.
    for _ in range(6):
        await link.distrust()

    with pytest.raises(StoreUnavailableError) as caught:
        await link.exchange([("PING",)], at_most=timedelta(seconds=1))

    assert (1, 7) == (route.asked, route.failures)
    assert "store_primary_unknown" == caught.value.detail
