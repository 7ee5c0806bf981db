"""The stores of one worker on the servers of one URL, opened together."""

from __future__ import annotations

from datetime import timedelta

from daypass.adapters.redis.decisions import RedisDecisionStore
from daypass.adapters.redis.guards import RedisGuardStore
from daypass.adapters.redis.keyring import RedisKeyringStore, RedisRingReports
from daypass.adapters.redis.keys import Keys
from daypass.adapters.redis.revocations import RedisRevocationLog
from daypass.adapters.redis.servers import ClusterServers, Servers, SingleServer
from daypass.adapters.redis.sessions import RedisSessionStore
from daypass.adapters.redis.settings import (
    RedisSettings,
    StoreConfigError,
    Topology,
    parse_redis_url,
)
from daypass.core import limits
from daypass.core.ports import Clock, Entropy
from daypass.core.store_health import StoreFindings


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
        follower_reports: which ring those who follow their key sets were sent.

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
        self._clock = clock
        self._servers: Servers
        if settings.topology is Topology.CLUSTER:
            self._servers = ClusterServers(
                settings, entropy=entropy, log_key=keys.revocations("head")
            )
        else:
            self._servers = SingleServer(settings, entropy=entropy)
        writes, reads = self._servers.writes, self._servers.reads
        self.sessions = RedisSessionStore(
            writes=writes, reads=reads, keys=keys, clock=clock
        )
        self.decisions = RedisDecisionStore(commands=reads, keys=keys)
        self.guards = RedisGuardStore(writes=writes, keys=keys)
        self.keyring = RedisKeyringStore(writes=writes, keys=keys)
        self.ring_reports = RedisRingReports(commands=reads, key=keys.ring_reports())
        self.follower_reports = RedisRingReports(
            commands=reads, key=keys.follower_reports()
        )
        self.revocations = RedisRevocationLog(
            commands=writes,
            waits=self._servers.waits,
            keys=keys,
            clock=clock,
            entropy=entropy,
            lease=lease,
        )

    async def check(self) -> tuple[str, ...]:
        """Checks the server, at start-up.

        Returns:
            Warnings for the operator.

        Raises:
            StoreConfigError: the server must not be used as it is.
            StoreUnavailableError: it does not answer.
        """
        checked = await self._servers.check(self._clock)
        if checked.fault:
            raise StoreConfigError(checked.fault)
        return checked.warnings

    async def examine(self) -> StoreFindings:
        """Checks the server while it is used; see `StoreExaminer`."""
        checked = await self._servers.check(self._clock)
        return StoreFindings(checked.fault, checked.clock)

    async def run(self) -> None:
        """Carries reads and writes until `close` is called, or it is cancelled."""
        await self._servers.run()

    def close(self) -> None:
        """Ends `run`; what is still waiting fails."""
        self._servers.close()


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
