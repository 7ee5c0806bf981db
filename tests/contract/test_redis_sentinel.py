"""What the Redis stores do behind sentinels, when the primary fails under load."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

import pytest

from daypass.adapters.redis.settings import StoreConfigError
from daypass.adapters.redis.stores import RedisStores, open_redis_stores
from daypass.adapters.system import SystemEntropy
from daypass.core.errors import StoreUnavailableError
from support.records import session_record
from support.redis_sentinels import Sentinel, SentinelSet
from support.store_load import StoreLoad, until
from support.stores import running_redis
from support.world import ManualClock

# Seven servers come together, and one is voted out: the machine has other work too.
pytestmark = pytest.mark.timeout(120)
PREFIX = "load"
WORKERS = 2
# So many of each kind before the fault and after it.
SOME = 100


@pytest.fixture
def sentinels() -> Iterator[SentinelSet]:
    """Runs servers that the test may harm; one second of silence is a failure."""
    with SentinelSet(down_after=1_000) as started:
        yield started


async def workers(
    stack: AsyncExitStack, sentinels: SentinelSet, clock: ManualClock
) -> list[RedisStores]:
    """Opens the stores of workers for as long as the stack lasts."""
    return [
        await stack.enter_async_context(
            running_redis(sentinels, clock=clock, replicas=1, prefix=PREFIX)
        )
        for _ in range(WORKERS)
    ]


@pytest.mark.parametrize("fault", ["kill", "pause"])
async def test_failover_loses_nothing(
    sentinels: SentinelSet,
    present_clock: ManualClock,
    fault: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """R05, R06, E03, E04: nothing acknowledged is lost when a primary dies, or hangs and wakes."""
    first = sentinels.primary
    async with AsyncExitStack() as stack:
        stores = await workers(stack, sentinels, present_clock)
        load = StoreLoad(stores, present_clock)
        async with load.running():
            await load.acknowledge(SOME)
            getattr(first, fault)()
            await until(lambda: sentinels.primary_by_sentinels() != first.port)
            named = time.monotonic()
            if fault == "pause":
                first.resume()
            await load.acknowledge(SOME)
            if fault == "pause":
                # The writers go on until the old primary knows that it is none.
                await until(first.is_replica)
                await load.acknowledge(SOME)
        lost = await load.lost(stores[0])

    back = load.sessions.gap_end - named
    with capsys.disabled():
        print("\n" + load.report(f"failover of a primary by {fault}", lost))  # noqa: T201 - as below.
        print(f"  back {back:.2f} s after a sentinel has named the new one")  # noqa: T201 - the measured figures are part of the promise.
    assert {"sessions": 0, "revocations": 0, "claims": 0} == lost


@contextmanager
def paused(sentinels: list[Sentinel]) -> Iterator[None]:
    """Lets sentinels hang for as long as the block lasts."""
    for each in sentinels:
        each.pause()
    try:
        yield
    finally:
        for each in sentinels:
            each.resume()


async def test_sentinels_are_asked_in_turn(
    sentinels_of_all: SentinelSet, present_clock: ManualClock
) -> None:
    """Of three sentinels one may hang, the first one too."""
    with paused(sentinels_of_all.sentinels[:1]):
        async with running_redis(
            sentinels_of_all, clock=present_clock, replicas=1
        ) as stores:
            await stores.sessions.add(session_record(1, now=present_clock.now()))


@pytest.mark.parametrize(
    ("hanging", "detail"), [(2, "store_primary_unsure"), (3, "store_unreachable")]
)
async def test_minority_of_sentinels_is_not_believed(
    sentinels_of_all: SentinelSet, present_clock: ManualClock, hanging: int, detail: str
) -> None:
    """E05: one sentinel of three does not know what the others have promoted, none knows less."""
    url = f"{sentinels_of_all.url}?replicas=1"

    with (
        paused(sentinels_of_all.sentinels[:hanging]),
        pytest.raises(StoreUnavailableError) as caught,
    ):
        await open_redis_stores(url, clock=present_clock, entropy=SystemEntropy())

    assert detail == caught.value.detail


async def test_slow_sentinels_are_warned_of(
    sentinels_of_all: SentinelSet, present_clock: ManualClock
) -> None:
    """E03: a server says at its start how long its sentinels take, if that is too long."""
    url = f"{sentinels_of_all.url}?replicas=1"

    _, warnings = await open_redis_stores(
        url, clock=present_clock, entropy=SystemEntropy()
    )

    assert any("down-after-milliseconds" in warning for warning in warnings)
    assert not any("failover-timeout" in warning for warning in warnings)


async def test_unknown_name_is_unavailable(
    sentinels_of_all: SentinelSet, present_clock: ManualClock
) -> None:
    """A primary that the sentinels do not know is not found."""
    url = sentinels_of_all.url.replace("/main", "/other")

    with pytest.raises(StoreUnavailableError) as caught:
        await open_redis_stores(
            f"{url}?replicas=1", clock=present_clock, entropy=SystemEntropy()
        )

    assert "store_primary_unknown" == caught.value.detail


async def test_sentinel_is_no_server(
    sentinels_of_all: SentinelSet, present_clock: ManualClock
) -> None:
    """A URL of one server that leads to a sentinel is refused, and says what to write."""
    port = sentinels_of_all.sentinels[0].port

    with pytest.raises(StoreConfigError, match=r"redis\+sentinel://"):
        await open_redis_stores(
            f"redis://127.0.0.1:{port}", clock=present_clock, entropy=SystemEntropy()
        )
