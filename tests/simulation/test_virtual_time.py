"""The loop whose time goes on when there is nothing left to do."""

from __future__ import annotations

import asyncio

import pytest

from simulation.virtual_time import NobodyWakesError, VirtualLoop, run_virtually


async def _sleeper(name: str, seconds: float, woken: list[str]) -> None:
    await asyncio.sleep(seconds)
    woken.append(name)


def test_nobody_waits() -> None:
    """Whoever sleeps longer wakes later, at the very time, and a year takes none."""

    async def main() -> tuple[list[str], float]:
        woken: list[str] = []
        year = 365 * 86_400.0
        await asyncio.gather(
            _sleeper("year", year, woken), _sleeper("day", 86_400.0, woken)
        )
        return woken, asyncio.get_running_loop().time()

    assert (["day", "year"], 365 * 86_400.0) == run_virtually(main)


def test_time_runs_out() -> None:
    """A time limit is one of virtual time."""

    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                await asyncio.sleep(60)
        return asyncio.get_running_loop().time()

    assert 30.0 == run_virtually(main)


def test_threads_are_none() -> None:
    """What would go to a thread is done at once, and so is what it raises."""

    def fail() -> None:
        raise ValueError("no")

    async def main() -> int:
        with pytest.raises(ValueError, match="no"):
            await asyncio.to_thread(fail)
        return await asyncio.to_thread(int, "7")

    assert 7 == run_virtually(main)


def test_nobody_wakes() -> None:
    """A world in which all wait for ever says so, and does not hang."""
    loop = VirtualLoop()
    waiting = loop.create_future()

    with pytest.raises(NobodyWakesError):
        loop.run_until_complete(waiting)

    loop.close()
