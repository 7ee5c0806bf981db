"""The stores of one worker on one Redis server, opened together.

A worker has three connections: one for writes and for what must be as sure as they
are, one for reads and for what may be lost, and one that waits for revocations. A check of the server has its own while it lasts.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from daypass.adapters.redis.check import check_server
from daypass.adapters.redis.coalescer import Coalescer
from daypass.adapters.redis.decisions import RedisDecisionStore
from daypass.adapters.redis.guards import RedisGuardStore
from daypass.adapters.redis.keyring import RedisKeyringStore, RedisRingReports
from daypass.adapters.redis.keys import Keys
from daypass.adapters.redis.link import Link
from daypass.adapters.redis.revocations import RedisRevocationLog
from daypass.adapters.redis.routes import FixedRoute, Route
from daypass.adapters.redis.sentinel import SentinelRoute
from daypass.adapters.redis.sessions import RedisSessionStore
from daypass.adapters.redis.settings import (
    RedisSettings,
    StoreConfigError,
    Topology,
    parse_redis_url,
)
from daypass.core import limits
from daypass.core.ports import Clock, Entropy


class RedisStores:
    """The session store, the revocation log and the denials of one worker.

    Nothing is stored or read before `run` runs.

    Attributes:
        sessions: the session store.
        revocations: the revocation log.
        decisions: the store of denials.
        guards: what happens once on all workers.
        keyring: the sealed key ring.
        ring_reports: which ring each worker holds.

    Args:
        settings: where the server is.
        clock: tells what has expired.
        entropy: names a new log, and varies pauses.
        lease: the longest lease of a worker of this store.
    """

    def __init__(
        self,
        settings: RedisSettings,
        *,
        clock: Clock,
        entropy: Entropy,
        lease: timedelta,
    ) -> None:
        keys = Keys(settings.prefix)
        if settings.topology is Topology.CLUSTER:
            raise StoreConfigError("redis+cluster:// is not available yet")
        self._settings = settings
        self._entropy = entropy
        self._route: Route = FixedRoute(settings.addresses[0])
        if settings.topology is Topology.SENTINEL:
            self._route = SentinelRoute(settings)
        self._waits = self._link()
        self._writes = Coalescer(link=self._link(), replicas=settings.replicas)
        self._reads = Coalescer(link=self._link(), replicas=0)
        self.sessions = RedisSessionStore(
            writes=self._writes, reads=self._reads, keys=keys, clock=clock
        )
        self.decisions = RedisDecisionStore(commands=self._reads, keys=keys)
        self.guards = RedisGuardStore(writes=self._writes, keys=keys)
        self.keyring = RedisKeyringStore(writes=self._writes, keys=keys)
        self.ring_reports = RedisRingReports(commands=self._reads, keys=keys)
        self.revocations = RedisRevocationLog(
            commands=self._writes,
            waits=self._waits,
            keys=keys,
            clock=clock,
            entropy=entropy,
            lease=lease,
        )

    async def check(self) -> tuple[str, ...]:
        """Checks the server, at start-up and for readiness.

        Returns:
            Warnings for the operator.

        Raises:
            StoreConfigError: the server must not be used as it is.
            StoreUnavailableError: it does not answer.
        """
        link = self._link()
        try:
            return await check_server(link, self._settings)
        finally:
            await link.drop()

    async def run(self) -> None:
        """Carries reads and writes until `close` is called, or it is cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._writes.run())
                tasks.create_task(self._reads.run())
        finally:
            await self._waits.drop()

    def _link(self) -> Link:
        return Link(self._settings, route=self._route, entropy=self._entropy)

    def close(self) -> None:
        """Ends `run`; what is still waiting fails."""
        self._writes.close()
        self._reads.close()


async def open_redis_stores(
    url: str,
    *,
    clock: Clock,
    entropy: Entropy,
    lease: timedelta = limits.REVOCATION_LEASE_MAX,
) -> tuple[RedisStores, tuple[str, ...]]:
    """Makes the stores of a URL and checks the server.

    Args:
        url: where the server is.
        clock: tells what has expired.
        entropy: names a new log, and varies pauses.
        lease: the longest lease of a worker of this store; unless it is known, the
            longest that there can be.

    Returns:
        The stores, whose `run` is the caller's to start, and warnings for the
        operator.

    Raises:
        StoreConfigError: the URL is wrong, or the server must not be used.
        StoreUnavailableError: the server does not answer.
    """
    stores = RedisStores(
        parse_redis_url(url), clock=clock, entropy=entropy, lease=lease
    )
    return stores, await stores.check()
