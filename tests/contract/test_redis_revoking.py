"""A revocation on Redis is effective everywhere, or the answer does not say so.

What is lost here is the store or its latest writes, while workers that knew them
go on. A follower that is not run stands for a worker that is cut off.

SPEC: design 7; attacks R05, R06, R10.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from daypass.adapters.redis.stores import RedisStores
from daypass.adapters.system import SystemClock
from daypass.core.errors import RevocationViewStaleError, StoreUnavailableError
from daypass.core.ports import Clock
from daypass.core.revocation import EARLIER_WORKERS, Epoch, Revocation
from daypass.sts.revocation_follower import RevocationFollower, Revoker
from daypass.sts.revocation_view import RevocationView
from support.records import revocation
from support.redis_server import RedisServer
from support.stores import running_redis
from support.sts_world import Watcher
from support.world import ManualClock

LEASE = timedelta(seconds=1)
LONG = timedelta(seconds=30)
SOON = timedelta(milliseconds=50)
PREFIX = "shared"


class Worker:
    """What a worker knows of revocations, and how it comes to know it."""

    def __init__(self, stores: RedisStores, *, name: str, clock: Clock) -> None:
        self.log = stores.revocations
        self.view = RevocationView(clock=clock, lease=LEASE)
        self.follower = RevocationFollower(
            log=self.log,
            view=self.view,
            clock=clock,
            worker_id=name,
            lease=LEASE,
            watcher=Watcher(),
        )

    def vouches(self) -> bool:
        """Tells whether it would say of a session that it is not revoked."""
        try:
            return self.view.epoch is not None
        except RevocationViewStaleError:
            return False


class InterruptedLog:
    """A Redis log to which something happens after each entry."""

    def __init__(self, stores: RedisStores, event: Callable[[], object]) -> None:
        self._log = stores.revocations
        self._event = event
        self.incarnation = self._log.incarnation
        self.read_after = self._log.read_after
        self.wait_after = self._log.wait_after
        self.report_applied = self._log.report_applied
        self.withdraw = self._log.withdraw

    async def append(self, entry: Revocation) -> Epoch:
        """Appends, and lets it happen."""
        place = await self._log.append(entry)
        self._event()
        return place

    async def applied(self, entry: Epoch) -> Mapping[str, int]:
        """Asks as a worker does whose follower has found the log that is there."""
        await self._log.incarnation()
        return await self._log.applied(entry)


async def applied(stores: RedisStores) -> dict[str, int]:
    """Returns what the live workers have applied of the log that is there."""
    begin = Epoch(await stores.revocations.incarnation(), 0)
    return dict(await stores.revocations.applied(begin))


async def test_log_lost_after_the_entry_is_noticed(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A log that is gone is not one that nobody follows."""
    async with running_redis(server, clock=present_clock) as stores:
        log = stores.revocations
        entry = await log.append(revocation("a", now=present_clock.now()))
        await log.report_applied("cut off", 0, lease=LONG)
        server.command("FLUSHALL")

        with pytest.raises(StoreUnavailableError) as caught:
            await log.applied(entry)

    assert "revocation_log_replaced" == caught.value.detail


async def test_revoking_fails_when_the_log_is_lost(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A revocation whose log is lost meanwhile is an error, not an answer."""
    async with running_redis(server, clock=present_clock) as stores:
        log = InterruptedLog(stores, lambda: server.command("FLUSHALL"))
        revoker = Revoker(log=log, clock=present_clock, lease=LEASE)

        with pytest.raises(StoreUnavailableError) as caught:
            await revoker.revoke(revocation("a", now=present_clock.now()))

        assert "revocation_log_replaced" == caught.value.detail
        # Asked again, it stands in the log that is there.
        again = Revoker(log=stores.revocations, clock=present_clock, lease=LEASE)
        revoked = await again.revoke(revocation("a", now=present_clock.now()))
    assert (1, True) == (revoked.sequence, revoked.effective_everywhere)


async def test_new_log_reckons_with_earlier_workers(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """While leases on a lost log may last, a new one lists those who hold them."""
    async with running_redis(server, clock=present_clock, lease=LONG) as stores:
        await stores.revocations.report_applied("known", 0, lease=LONG)

        assert {EARLIER_WORKERS: 0, "known": 0} == await applied(stores)


async def test_settled_log_has_no_earlier_workers(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """When a lease has passed since the log began, only its own workers count."""
    async with running_redis(server, clock=present_clock, lease=SOON) as stores:
        first = await stores.revocations.incarnation()
        await stores.revocations.wait_after(0, at_most=2 * SOON)

        assert {} == await applied(stores)
        assert first == await stores.revocations.incarnation()


async def test_log_of_unknown_age_is_not_settled(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A log that does not say when it is settled is taken for one that is not."""
    async with running_redis(server, clock=present_clock, prefix=PREFIX) as stores:
        await stores.revocations.incarnation()
        server.command("HDEL", f"{PREFIX}:{{revocations}}:head", "settled")

        assert {EARLIER_WORKERS: 0} == await applied(stores)


async def test_no_worker_has_the_name_of_the_earlier(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A worker cannot report under the name that stands for unknown ones."""
    async with running_redis(server, clock=present_clock) as stores:
        with pytest.raises(ValueError, match="no worker's"):
            await stores.revocations.report_applied(EARLIER_WORKERS, 0, lease=LEASE)


async def test_worker_of_a_lost_log_is_waited_out(server: RedisServer) -> None:
    """After a restart without data, revoking waits for who is cut off from the new log.

    The clock is the real one: the lease of the worker and that of the log are
    measured by different clocks, and both must agree.
    """
    clock = SystemClock()
    async with (
        running_redis(server, clock=clock, prefix=PREFIX, lease=LEASE) as one,
        running_redis(server, clock=clock, prefix=PREFIX, lease=LEASE) as other,
    ):
        cut_off = Worker(other, name="cut off", clock=clock)
        await cut_off.follower.catch_up()
        server.kill()
        server.start()
        assert cut_off.vouches()
        alive = Worker(one, name="alive", clock=clock)
        following = asyncio.create_task(alive.follower.run())
        while not alive.vouches():
            await one.revocations.wait_after(0, at_most=SOON / 10)

        revoker = Revoker(log=one.revocations, clock=clock, lease=LEASE)
        revoked = await revoker.revoke(revocation("a", now=clock.now()))

        assert revoked.effective_everywhere
        assert not cut_off.vouches()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def test_unsettled_log_makes_the_answer_uncertain(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """Whoever gives up before the log is settled does not say that it is certain."""
    async with running_redis(server, clock=present_clock, lease=LONG) as stores:
        log = InterruptedLog(stores, lambda: None)
        revoker = Revoker(log=log, clock=present_clock, lease=LEASE)
        revoking = asyncio.create_task(
            revoker.revoke(revocation("a", now=present_clock.now()))
        )
        await stores.revocations.wait_after(0, at_most=LONG)
        await applied(stores)
        assert not revoking.done()

        present_clock.advance(2 * LEASE)

        assert not (await revoking).effective_everywhere


async def test_unconfirmed_report_does_not_renew(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A worker that the replica does not know of must not vouch: it may be promoted."""
    with RedisServer("--replicaof", "127.0.0.1", str(server.port)) as replica:
        server.wait_for_replica()
        async with running_redis(server, clock=present_clock, replicas=1) as stores:
            await stores.revocations.incarnation()
            replica.command("REPLICAOF", "NO", "ONE")
            worker = Worker(stores, name="late", clock=present_clock)

            with pytest.raises(StoreUnavailableError) as caught:
                await worker.follower.catch_up()

    assert "store_replicas_short" == caught.value.detail
    assert not worker.vouches()


async def test_promoted_replica_knows_the_workers(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """After a failover the new master waits for whoever may vouch by the old one."""
    with RedisServer("--replicaof", "127.0.0.1", str(server.port)) as replica:
        server.wait_for_replica()
        async with running_redis(
            server, clock=present_clock, replicas=1, prefix=PREFIX
        ) as stores:
            await stores.revocations.report_applied("cut off", 0, lease=LONG)
            server.kill()
            replica.command("REPLICAOF", "NO", "ONE")
        async with running_redis(replica, clock=present_clock, prefix=PREFIX) as stores:
            await stores.revocations.append(revocation("a", now=present_clock.now()))

            assert {"cut off": 0} == await applied(stores)


async def test_master_without_replicas_names_no_workers(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A master that was left by its replicas does not know who reports elsewhere."""
    with RedisServer("--replicaof", "127.0.0.1", str(server.port)) as replica:
        server.wait_for_replica()
        async with running_redis(server, clock=present_clock, replicas=1) as stores:
            await stores.revocations.append(revocation("a", now=present_clock.now()))
            replica.command("REPLICAOF", "NO", "ONE")

            with pytest.raises(StoreUnavailableError) as caught:
                await applied(stores)

    assert "store_replicas_short" == caught.value.detail
