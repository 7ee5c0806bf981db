"""What every place does where workers tell which ring they hold."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from daypass.adapters.memory_keyring import MemoryRingReports
from daypass.core.errors import StoreUnavailableError
from daypass.core.limits import WORKERS_MAX
from daypass.core.ring_reports import RingReports
from support.redis_server import RedisServer
from support.stores import running_redis
from support.world import ManualClock

MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["memory", "redis"])
async def reports(
    request: pytest.FixtureRequest, present_clock: ManualClock
) -> AsyncIterator[RingReports]:
    """Returns each place in turn, empty."""
    if request.param == "memory":
        yield MemoryRingReports(clock=present_clock)
        return
    server: RedisServer = request.getfixturevalue("redis_of_all")
    async with running_redis(server, clock=present_clock) as opened:
        yield opened.ring_reports


async def test_nobody_has_said_anything(reports: RingReports) -> None:
    """Where nobody has said anything there is nothing."""
    assert {} == await reports.reports()


async def test_last_word_counts(reports: RingReports) -> None:
    """Each worker is told with what it said last."""
    for worker, version in (("a", 1), ("b", 1), ("a", 2)):
        await reports.report(worker, version, lasts=MINUTE)

    assert {"a": 2, "b": 1} == await reports.reports()


async def test_word_that_is_over(reports: RingReports) -> None:
    """A word whose time is over is gone."""
    await reports.report("a", 1, lasts=timedelta(0))
    await reports.report("b", 1, lasts=MINUTE)

    assert {"b": 1} == await reports.reports()


async def test_too_many_workers(
    redis_of_all: RedisServer, present_clock: ManualClock
) -> None:
    """More workers than there may be are not noted, and known ones still are."""
    async with running_redis(redis_of_all, clock=present_clock) as opened:
        for number in range(WORKERS_MAX):
            await opened.ring_reports.report(f"w{number}", 1, lasts=MINUTE)

        with pytest.raises(StoreUnavailableError, match="too_many_workers"):
            await opened.ring_reports.report("other", 1, lasts=MINUTE)
        await opened.ring_reports.report("w0", 2, lasts=MINUTE)

        assert 2 == (await opened.ring_reports.reports())["w0"]


async def test_damage_is_unavailable(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A key of another type is not taken for no workers."""
    async with running_redis(server, clock=present_clock, prefix="x") as opened:
        server.command("SET", "x:keyring:workers", "a")

        with pytest.raises(StoreUnavailableError):
            await opened.ring_reports.reports()
