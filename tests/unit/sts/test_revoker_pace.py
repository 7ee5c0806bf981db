"""How soon a revocation knows that it is effective everywhere."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from daypass.adapters.memory import MemoryRevocationLog
from daypass.adapters.system import SystemEntropy
from daypass.core.revocation import Revocation, RevocationScope
from daypass.sts.revocation_follower import Revoker
from simulation.virtual_time import run_virtually
from support.world import START

LEASE = timedelta(seconds=5)


class LoopClock:
    """A clock that is as virtual as the loop."""

    def now(self) -> datetime:
        """Returns the time of day."""
        return datetime.fromtimestamp(self.monotonic(), UTC)

    def monotonic(self) -> float:
        """Returns the seconds that have passed."""
        return asyncio.get_running_loop().time()


async def revoked_after(seconds: float) -> float:
    """Returns when a revocation returns that a worker applies after so many seconds."""
    clock = LoopClock()
    log = MemoryRevocationLog(clock=clock, entropy=SystemEntropy())
    await log.report_applied("one", 0, lease=LEASE)
    revoker = Revoker(log=log, clock=clock, lease=LEASE)
    end = START + timedelta(days=3)
    revoking = asyncio.ensure_future(
        revoker.revoke(Revocation(RevocationScope.SESSION, "a", START, end))
    )
    await asyncio.sleep(seconds)
    await log.report_applied("one", 1, lease=LEASE)

    assert (await revoking).effective_everywhere
    return clock.monotonic()


@pytest.mark.parametrize("seconds", [0.0021, 0.0071, 0.0171, 0.033, 0.065, 0.15])
def test_e12_known_within_a_quarter(seconds: float) -> None:
    """E12: it is known a quarter later at the most, and a millisecond."""

    async def main() -> float:
        return await revoked_after(seconds)

    assert seconds <= run_virtually(main) <= seconds * 1.25 + 0.001


def test_e12_known_within_pause() -> None:
    """E12: whoever waits for long asks twenty times a second."""

    async def main() -> float:
        return await revoked_after(3.333)

    assert run_virtually(main) <= 3.333 + 0.05
