"""Keys in a Redis rotate by clocks that agree with it, and by no others.

SPEC: reliability, promise 3, E10 and E13; decision 0029.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from daypass.adapters.system import SystemEntropy
from daypass.key_rotation import clock_agrees
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.generate import new_ring
from support.redis_server import RedisServer
from support.ring_workers import HOUR, RULES, RingWorker, sealed, stored
from support.stores import running_redis


@dataclass
class MovedClock:
    """The clock of this machine, set ahead or back."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        """Returns the time of day."""
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        """Returns the seconds that have passed."""
        return time.monotonic()


@pytest.mark.parametrize("ahead", [72 * HOUR, timedelta(seconds=-10)])
async def test_e13_clock_is_set(redis_of_all: RedisServer, ahead: timedelta) -> None:
    """E13: a worker whose clock is set takes no step until it is set right again."""
    clock = MovedClock()
    async with running_redis(redis_of_all, clock=clock) as stores:
        # Its first keys have been active for so long that the next ones are due.
        ring = new_ring(
            SystemEntropy(), clock.now() - RULES.period, algorithms=(Algorithm.EDDSA,)
        )
        await stores.keyring.replace(sealed(ring), expected=None)
        worker = RingWorker(
            stores.keyring, clock, clock_agrees=partial(clock_agrees, stores.examine)
        )
        await worker.holder.open()

        clock.ahead = ahead
        await worker.rotator.turn()
        held_back = await stored(stores.keyring)
        clock.ahead = timedelta()
        await worker.rotator.turn()

        assert (1, 4) == (held_back.version, (await stored(stores.keyring)).version)
        assert ([], 2) == (worker.notes.unreadable, worker.notes.confirmed)
