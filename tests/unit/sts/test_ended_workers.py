"""Leases of workers that have ended are withdrawn, and of no others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from daypass.core.errors import StoreUnavailableError
from daypass.core.revocation import Revocation, RevocationScope
from daypass.sts.ended_workers import EndedWorkers
from support.sts_world import LEASE, StsWorld, Watcher
from unit.sts import organisation as org


async def until(holds: Callable[[], bool]) -> None:
    """Returns when something holds."""
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.001)


async def leases(world: StsWorld) -> set[str]:
    """Returns who has a lease on the log."""
    return set(await world.log.applied(world.view.epoch))


async def test_e12_dead_worker_is_not_waited_for(world: StsWorld) -> None:
    """A revocation is effective as soon as it is known that the silent worker is dead."""
    await world.follower.catch_up()
    await world.log.report_applied("dead", 0, lease=LEASE)
    ended = EndedWorkers(log=world.log, watcher=Watcher())
    now = world.clock.now()
    revocation = Revocation(
        RevocationScope.ACCOUNT, org.B, now, now + timedelta(days=3)
    )
    revoking = asyncio.create_task(world.revoker.revoke(revocation))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(ended.run())
        await asyncio.sleep(0.01)
        while await world.follower.catch_up():
            await asyncio.sleep(0)
        await asyncio.sleep(0.01)
        assert not revoking.done()

        ended.note("dead")

        async with asyncio.timeout(5):
            assert (await revoking).effective_everywhere
        running.cancel()


@pytest.mark.parametrize(("failures", "kept"), [(0, 0), (1, 0), (4, 0), (5, 1)])
async def test_store_that_is_away(world: StsWorld, failures: int, kept: int) -> None:
    """It is tried a few times, each failure is told, and then the lease runs out."""
    await world.follower.catch_up()
    before = await leases(world)
    for name in ("dead", "dead too"):
        await world.log.report_applied(name, 0, lease=LEASE)
    watcher = Watcher()
    ended = EndedWorkers(log=world.log, watcher=watcher)
    world.log.fail_next(
        StoreUnavailableError("store_slow"), method="withdraw", times=failures
    )
    ended.note("dead")
    # Its turn comes when the first is done with.
    ended.note("dead too")
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(ended.run())
        while "dead too" in await leases(world):
            await asyncio.sleep(0)
        running.cancel()

    assert kept == len(await leases(world) - before)
    assert failures == len(watcher.errors)


async def test_who_leaves_is_not_waited_for(world: StsWorld) -> None:
    """A worker that answers nobody any more withdraws its own lease."""
    await world.log.report_applied("leaving", 0, lease=LEASE)
    watcher = Watcher()
    ended = EndedWorkers(log=world.log, watcher=watcher)
    world.log.fail_next(StoreUnavailableError("store_slow"), method="withdraw")

    await ended.leave("leaving")
    assert ({"leaving"}, 1) == (
        await leases(world) & {"leaving"},
        len(watcher.errors),
    )
    await ended.leave("leaving")

    assert "leaving" not in await leases(world)
