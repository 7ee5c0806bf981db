"""What is found out about a Redis that is changed, or whose clock is off, while we run.

SPEC: reliability, promise 7, E09 and E13; attacks R07.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from daypass.adapters.redis.stores import open_redis_stores
from daypass.adapters.system import SystemClock, SystemEntropy
from daypass.core.errors import StoreUnavailableError
from daypass.core.store_health import ClockVerdict
from support.redis_cluster import RedisCluster
from support.redis_server import RedisServer
from support.stores import Store, running_redis

# Six nodes come together: the machine has other work too.
pytestmark = pytest.mark.timeout(120)
TOPOLOGIES = {"server": "redis_of_all", "cluster": "cluster_of_all"}
# Far more than any answer here takes, and far less than the bound.
NEARLY = timedelta(seconds=1)


@dataclass
class ShiftedClock:
    """The clock of this machine, ahead by a span or behind."""

    ahead: timedelta

    def now(self) -> datetime:
        """Returns the time of day."""
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        """Returns the seconds that have passed."""
        return time.monotonic()


async def test_e09_policy_changed_at_run_time(server: RedisServer) -> None:
    """E09: an eviction policy set while we run is found, and its end as well."""
    async with running_redis(server, clock=SystemClock()) as stores:
        before = await stores.examine()
        server.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        evicting = await stores.examine()
        server.command("CONFIG", "SET", "maxmemory-policy", "noeviction")
        after = await stores.examine()

    assert ("", "") == (before.fault, after.fault)
    assert "maxmemory-policy is allkeys-lru" in evicting.fault
    assert evicting.clock is None


async def test_e09_one_primary_is_enough(cluster_of_all: RedisCluster) -> None:
    """E09: the policy of one primary of a cluster counts, though another one is away."""
    away, evicting, *_ = cluster_of_all.primaries
    async with running_redis(cluster_of_all, clock=SystemClock(), replicas=1) as stores:
        # Longer than two examinations wait for it; the nodes go on hearing of it.
        away.command("CLIENT", "PAUSE", "4000", "ALL")
        with pytest.raises(StoreUnavailableError):
            await stores.examine()
        evicting.command("CONFIG", "SET", "maxmemory-policy", "volatile-lru")
        try:
            found = await stores.examine()
        finally:
            evicting.command("CONFIG", "SET", "maxmemory-policy", "noeviction")
        # It is answered when the pause is over.
        away.command("PING")

        assert {} == (await stores.examine()).reasons
    assert "maxmemory-policy is volatile-lru" in found.fault


async def test_store_away_is_no_finding(server: RedisServer) -> None:
    """A server that does not answer is away, and nothing else is known of it."""
    async with running_redis(server, clock=SystemClock()) as stores:
        server.kill()

        with pytest.raises(StoreUnavailableError):
            await stores.examine()


@pytest.mark.parametrize("topology", TOPOLOGIES)
async def test_clocks_of_one_machine_agree(
    topology: str, request: pytest.FixtureRequest
) -> None:
    """A server on our own machine has our time, within what its answer took."""
    servers: Store = request.getfixturevalue(TOPOLOGIES[topology])
    replicas = 1 if topology == "cluster" else 0
    async with running_redis(servers, clock=SystemClock(), replicas=replicas) as stores:
        found = await stores.examine()

    assert found.clock is not None
    assert found.clock.least <= timedelta() <= found.clock.most
    assert ({}, ClockVerdict.AGREES) == (found.reasons, found.clock_verdict)


@pytest.mark.parametrize("topology", TOPOLOGIES)
@pytest.mark.parametrize(
    ("ahead", "verdict", "says"),
    [
        (timedelta(hours=1), ClockVerdict.SKEWED, "3600.0 s behind this server's"),
        (timedelta(hours=-1), ClockVerdict.SKEWED, "3600.0 s ahead of this server's"),
        (timedelta(seconds=4), ClockVerdict.SKEWED, "behind"),
        (NEARLY, ClockVerdict.AGREES, ""),
        (-NEARLY, ClockVerdict.AGREES, ""),
    ],
)
async def test_e13_clock_that_differs(
    topology: str,
    ahead: timedelta,
    verdict: ClockVerdict,
    says: str,
    request: pytest.FixtureRequest,
) -> None:
    """E13: a clock of ours that is ahead of the store's, or behind it, is noticed."""
    servers: Store = request.getfixturevalue(TOPOLOGIES[topology])
    options = "?replicas=1" if topology == "cluster" else ""
    stores, _ = await open_redis_stores(
        f"{servers.url}{options}", clock=ShiftedClock(ahead), entropy=SystemEntropy()
    )

    found = await stores.examine()

    assert verdict is found.clock_verdict
    assert says in found.reasons.get("clock", "")
