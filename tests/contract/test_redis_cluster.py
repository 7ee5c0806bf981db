"""What the Redis stores do on a cluster: slots that move, and primaries that fail."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from daypass.adapters.redis.cluster_map import slot_of
from daypass.adapters.redis.keys import Keys
from daypass.adapters.redis.settings import StoreConfigError
from daypass.adapters.redis.stores import RedisStores, open_redis_stores
from daypass.adapters.system import SystemEntropy
from daypass.core import limits
from support.records import ACCOUNT, ROLE
from support.redis_cluster import Node, RedisCluster
from support.store_load import StoreLoad, until
from support.stores import add_many, running_redis
from support.world import ManualClock

# Six nodes come together, and one is voted out: the machine has other work too.
pytestmark = pytest.mark.timeout(120)
PREFIX = "load"
WORKERS = 2
# So many of each kind before the fault and after it.
SOME = 100
MOVED_SLOTS = 200
TAKEN_SLOTS = 50


@pytest.fixture
def cluster() -> Iterator[RedisCluster]:
    """Runs nodes that the test may harm; one second of silence is a failure."""
    with RedisCluster(node_timeout=1_000) as started:
        yield started


@pytest.fixture
def patient_cluster() -> Iterator[RedisCluster]:
    """Runs nodes whose slots a test may move; none is voted out."""
    with RedisCluster(node_timeout=60_000) as started:
        yield started


async def workers(
    stack: AsyncExitStack, cluster: RedisCluster, clock: ManualClock
) -> list[RedisStores]:
    """Opens the stores of workers for as long as the stack lasts."""
    return [
        await stack.enter_async_context(
            running_redis(cluster, clock=clock, replicas=1, prefix=PREFIX)
        )
        for _ in range(WORKERS)
    ]


def slot_of_key(key: str) -> int:
    """Returns the slot of a key."""
    slot = slot_of(("GET", key))
    assert slot is not None
    return slot


def home(cluster: RedisCluster, slot: int) -> tuple[Node, Node]:
    """Returns the primary that has a slot at first, and another one."""
    number = slot // cluster.share
    return cluster.primaries[number], cluster.primaries[number - 1]


@pytest.mark.parametrize("fault", ["kill", "pause"])
async def test_failover_loses_nothing(
    cluster: RedisCluster,
    present_clock: ManualClock,
    fault: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """R05, R06, E03, E04: nothing acknowledged is lost when a primary dies, or hangs and wakes."""
    slot = slot_of_key(Keys(PREFIX).revocations("head"))
    first, _ = home(cluster, slot)
    replica = cluster.replicas[cluster.primaries.index(first)]
    async with AsyncExitStack() as stack:
        stores = await workers(stack, cluster, present_clock)
        load = StoreLoad(stores, present_clock)
        async with load.running():
            await load.acknowledge(SOME)
            getattr(first, fault)()
            await until(replica.is_primary)
            # With one replica each, nothing is confirmed until the old primary is one.
            if fault == "pause":
                first.resume()
            else:
                await asyncio.to_thread(first.start)
            await load.acknowledge(SOME)
            await until(lambda: not first.is_primary())
            await load.acknowledge(SOME)
        lost = await load.lost(stores[0])

    with capsys.disabled():
        print("\n" + load.report(f"failover of a node by {fault}", lost))  # noqa: T201 - the measured figures are part of the promise.
    assert {"sessions": 0, "revocations": 0, "claims": 0} == lost


async def test_moving_slots_fails_nothing(
    patient_cluster: RedisCluster,
    present_clock: ManualClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """R03, R04, E07: while slots move, those of the log and the indexes too, no call fails."""
    keys = Keys(PREFIX)
    busy = (
        keys.revocations("head"),
        keys.account_index(ACCOUNT),
        keys.principal_index(ACCOUNT, ROLE),
    )
    slots = list(dict.fromkeys([*map(slot_of_key, busy), *range(MOVED_SLOTS)]))
    async with AsyncExitStack() as stack:
        stores = await workers(stack, patient_cluster, present_clock)
        load = StoreLoad(stores, present_clock)
        following = asyncio.create_task(follow(stores[0]))
        async with load.running():
            await load.acknowledge(SOME)
            for slot in slots:
                ends = home(patient_cluster, slot)
                await asyncio.to_thread(patient_cluster.move_slot, slot, *ends)
            await load.acknowledge(SOME)
        is_following = not following.done()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        lost = await load.lost(stores[0])

    with capsys.disabled():
        print("\n" + load.report(f"{len(slots)} slots moved", lost))  # noqa: T201 - the measured figures are part of the promise.
    assert {"sessions": 0, "revocations": 0, "claims": 0} == lost
    assert [{}] * 3 == [dict(kind.refused) for kind in load.kinds.values()]
    assert is_following


async def test_failover_after_slots_moved_loses_nothing(
    cluster: RedisCluster,
    present_clock: ManualClock,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """E03, E07: a node that has taken in slots, that of the log too, dies and loses nothing."""
    log = slot_of_key(Keys(PREFIX).revocations("head"))
    source, target = home(cluster, log)
    replica = cluster.replicas[cluster.primaries.index(target)]
    first = cluster.primaries.index(source) * cluster.share
    slots = list(dict.fromkeys([log, *range(first, first + TAKEN_SLOTS)]))
    async with AsyncExitStack() as stack:
        stores = await workers(stack, cluster, present_clock)
        load = StoreLoad(stores, present_clock)
        async with load.running():
            await load.acknowledge(SOME)
            for slot in slots:
                await asyncio.to_thread(cluster.move_slot, slot, source, target)
            # What is moved is acknowledged by nobody: its replica has it by then.
            await load.acknowledge(SOME)
            target.kill()
            await until(replica.is_primary)
            await asyncio.to_thread(target.start)
            await load.acknowledge(SOME)
        owner = await asyncio.to_thread(replica.has_slot, log)
        lost = await load.lost(stores[0])

    with capsys.disabled():
        print("\n" + load.report(f"{len(slots)} slots moved, and a failover", lost))  # noqa: T201 - the measured figures are part of the promise.
    assert {"sessions": 0, "revocations": 0, "claims": 0} == lost
    assert owner


async def follow(stores: RedisStores) -> None:
    """Reads the log and waits for more, as a worker does."""
    log = stores.revocations
    sequence = 0
    while True:
        entries = await log.read_after(sequence, limit=limits.REVOCATIONS_READ_MAX)
        if entries:
            sequence = entries[-1].sequence
        await log.wait_after(sequence, at_most=timedelta(milliseconds=250))


async def test_sessions_are_spread(
    cluster_of_all: RedisCluster, present_clock: ManualClock
) -> None:
    """R02: sessions of one account are on all nodes."""
    prefix = "spread"
    async with running_redis(
        cluster_of_all, clock=present_clock, replicas=1, prefix=prefix
    ) as stores:
        assert {None} == set(await add_many(stores, present_clock, range(90)))

        counts = [
            node.command("KEYS", f"{prefix}:s:*").partition(b"\r\n")[0]
            for node in cluster_of_all.primaries
        ]

    assert 90 == sum(int(count[1:]) for count in counts)
    assert all(int(count[1:]) > 10 for count in counts)


async def test_unconfirmed_cluster_is_refused(
    cluster_of_all: RedisCluster, present_clock: ManualClock
) -> None:
    """R05: a cluster that promotes replicas is refused unless they confirm."""
    with pytest.raises(StoreConfigError, match="replicas=1"):
        await open_redis_stores(
            cluster_of_all.url, clock=present_clock, entropy=SystemEntropy()
        )


async def test_node_is_no_server(
    cluster_of_all: RedisCluster, present_clock: ManualClock
) -> None:
    """A URL of one server that leads to a node is refused, and says what to write."""
    port = cluster_of_all.primaries[0].port

    with pytest.raises(StoreConfigError, match=r"redis\+cluster://"):
        await open_redis_stores(
            f"redis://127.0.0.1:{port}", clock=present_clock, entropy=SystemEntropy()
        )


@pytest.fixture
def evicting_cluster(cluster_of_all: RedisCluster) -> Iterator[RedisCluster]:
    """Lets one node of the cluster drop state when memory is short."""
    change = ("CONFIG", "SET", "maxmemory-policy")
    cluster_of_all.primaries[2].command(*change, "allkeys-lru")
    yield cluster_of_all
    cluster_of_all.primaries[2].command(*change, "noeviction")


async def test_evicting_node_is_refused(
    evicting_cluster: RedisCluster, present_clock: ManualClock
) -> None:
    """R07: one node of several that may drop state is enough."""
    with pytest.raises(StoreConfigError, match="noeviction"):
        await open_redis_stores(
            f"{evicting_cluster.url}?replicas=1",
            clock=present_clock,
            entropy=SystemEntropy(),
        )
