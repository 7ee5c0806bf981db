"""What is known of a server's clock after it was asked once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.adapters.redis.check import compare_clocks
from daypass.adapters.redis.link import Link
from daypass.adapters.redis.routes import FixedRoute
from daypass.adapters.redis.settings import Address, RedisSettings
from daypass.core.errors import StoreUnavailableError
from daypass.core.store_health import ClockDifference
from support.scripted_server import scripted_server
from support.world import START, ManualClock, SeededEntropy

SECOND = timedelta(seconds=1)


def _time(seconds: int, micros: int = 0) -> bytes:
    return b"*2\r\n" + b"".join(
        b"$%d\r\n%s\r\n" % (len(text), text)
        for text in (str(seconds).encode(), str(micros).encode())
    )


async def _compared(
    reply: bytes, clock: ManualClock, *, took: timedelta = timedelta()
) -> ClockDifference:
    """Asks a server that answers so, after so long by our clock."""

    def answer(_: bytes) -> bytes:
        clock.advance(took)
        return reply

    async with scripted_server(answer) as port:
        address = Address("127.0.0.1", port)
        link = Link(
            RedisSettings((address,)),
            route=FixedRoute(address),
            entropy=SeededEntropy(1),
        )
        # The connection is made before: that takes time as well.
        await link.exchange([("PING",)], at_most=SECOND)
        try:
            clock.advance(-took)
            return await compare_clocks(link, clock)
        finally:
            await link.drop()


async def test_difference_is_known_to_the_round_trip(clock: ManualClock) -> None:
    """The store's time may be that of the question, of the answer, or between them."""
    asked = int(START.timestamp())

    found = await _compared(_time(asked + 5, 250_000), clock, took=2 * SECOND)

    ahead = timedelta(seconds=5.25)
    assert ClockDifference(ahead - 2 * SECOND, ahead) == found


async def test_store_behind(clock: ManualClock) -> None:
    """A store that is behind has a negative difference."""
    found = await _compared(_time(int(START.timestamp()) - 3), clock)

    assert ClockDifference(-3 * SECOND, -3 * SECOND) == found


@pytest.mark.parametrize(
    "reply",
    [
        b"-NOPERM this user has no permissions\r\n",
        b"*2\r\n$1\r\nx\r\n$1\r\n0\r\n",
        b"*2\r\n$20\r\n99999999999999999999\r\n$1\r\n0\r\n",
        b"*1\r\n$1\r\n1\r\n",
        b"*2\r\n$13\r\n9999999999999\r\n$1\r\n0\r\n",
        b":1\r\n",
        b"+OK\r\n",
    ],
)
async def test_no_time_is_no_finding(reply: bytes, clock: ManualClock) -> None:
    """What is no time says nothing of the clock, and is not taken for agreement."""
    with pytest.raises(StoreUnavailableError):
        await _compared(reply, clock)
