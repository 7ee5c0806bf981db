"""The adapters that every contract suite runs against."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daypass.adapters.memory import (
    Journal,
    MemoryDecisionStore,
    MemoryGuardStore,
    MemoryRevocationLog,
    MemorySessionStore,
)
from daypass.adapters.system import SystemEntropy
from support.redis_cluster import RedisCluster
from support.redis_sentinels import SentinelSet
from support.redis_server import RedisServer, redis_server
from support.stores import Store, Stores, running_redis
from support.world import ManualClock

# Servers that come together need more time than a test, the first time.
SLOW = pytest.mark.timeout(120)
# For tests that harm nobody: on a busy machine a server may be silent for a while.
DOWN_AFTER_MILLISECONDS = 60_000
KINDS = (
    "memory",
    "memory-journal",
    "redis",
    pytest.param("redis-sentinel", marks=SLOW),
    pytest.param("redis-cluster", marks=SLOW),
)
# Those that are shared: whose servers, and how many replicas confirm.
SHARED = {
    "redis": ("redis_of_all", 0),
    "redis-sentinel": ("sentinels_of_all", 1),
    "redis-cluster": ("cluster_of_all", 1),
}


@pytest.fixture(scope="session")
def redis_of_all() -> Iterator[RedisServer]:
    """Runs one server for all tests that do not harm it."""
    with redis_server() as server:
        yield server


@pytest.fixture(scope="session")
def redis_with_replica(redis_of_all: RedisServer) -> Iterator[RedisServer]:
    """Attaches a replica to the server for all tests that do not harm it."""
    with RedisServer("--replicaof", "127.0.0.1", str(redis_of_all.port)):
        redis_of_all.wait_for_replica()
        yield redis_of_all


@pytest.fixture(scope="session")
def sentinels_of_all() -> Iterator[SentinelSet]:
    """Runs three sentinels and their servers for all tests that do not harm them."""
    with SentinelSet(down_after=DOWN_AFTER_MILLISECONDS) as sentinels:
        yield sentinels


@pytest.fixture(scope="session")
def cluster_of_all() -> Iterator[RedisCluster]:
    """Runs a cluster of six nodes for all tests that do not harm it."""
    with RedisCluster(node_timeout=DOWN_AFTER_MILLISECONDS) as cluster:
        yield cluster


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """Runs a server that the test may harm."""
    with redis_server() as started:
        yield started


@pytest.fixture
def present_clock() -> ManualClock:
    """Returns a manual clock near the real time, which a Redis server goes by."""
    return ManualClock(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture(params=KINDS)
async def stores(
    request: pytest.FixtureRequest, present_clock: ManualClock, tmp_path: Path
) -> AsyncIterator[Stores]:
    """Returns each pair of stores in turn, empty."""
    clock = present_clock
    if request.param in SHARED:
        fixture, replicas = SHARED[request.param]
        servers: Store = request.getfixturevalue(fixture)
        async with running_redis(servers, clock=clock, replicas=replicas) as opened:
            yield Stores(
                opened.sessions,
                opened.revocations,
                opened.decisions,
                opened.guards,
                clock,
            )
        return
    journal = None
    if request.param == "memory-journal":
        path = tmp_path / "state.journal"
        journal = Journal.open(path, clock=clock, entropy=SystemEntropy())
    sessions = MemorySessionStore(clock=clock, journal=journal)
    log = MemoryRevocationLog(clock=clock, entropy=SystemEntropy(), journal=journal)
    guards = MemoryGuardStore(clock=clock, journal=journal)
    yield Stores(sessions, log, MemoryDecisionStore(), guards, clock)
    if journal is not None:
        journal.close()
