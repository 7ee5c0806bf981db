"""What happens once, on a Redis that is shared, full, slow, damaged or lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from daypass.adapters.guard_record import guard_name
from daypass.adapters.redis.stores import RedisStores
from daypass.core import limits
from daypass.core.errors import StoreUnavailableError
from daypass.core.ports import GuardKey
from support.redis_server import RedisServer
from support.stores import running_redis
from support.world import ManualClock

KEY = GuardKey("test", ("code",))
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MILLISECOND = timedelta(milliseconds=1)


async def claim(
    stores: RedisStores,
    clock: ManualClock,
    *,
    key: GuardKey = KEY,
    lasts: timedelta = MINUTE,
) -> bool:
    """Claims one thing, the same unless a key is given."""
    now = clock.now()
    return await stores.guards.swap(key, None, b"x", now=now, expire_time=now + lasts)


async def test_two_workers_have_one_winner(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """J58, M02: of a hundred claims over two workers, exactly one succeeds."""
    async with (
        running_redis(server, clock=present_clock, prefix="shared") as one,
        running_redis(server, clock=present_clock, prefix="shared") as other,
    ):
        outcomes = await asyncio.gather(
            *(claim(each, present_clock) for _ in range(50) for each in (one, other))
        )

    assert 100 == len(outcomes)
    assert 1 == outcomes.count(True)


async def test_two_workers_count_together(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """M08: counts over two workers lose none, and never go down."""
    seen: list[int] = []

    async def count(stores: RedisStores) -> None:
        while True:
            now = present_clock.now()
            held = await stores.guards.get(KEY, now=now)
            value = int(held or 0) + 1
            if await stores.guards.swap(
                KEY, held, b"%d" % value, now=now, expire_time=now + MINUTE
            ):
                seen.append(value)
                return

    async with (
        running_redis(server, clock=present_clock, prefix="shared") as one,
        running_redis(server, clock=present_clock, prefix="shared") as other,
    ):
        await asyncio.gather(*(count(each) for _ in range(10) for each in (one, other)))

    assert set(range(1, 21)) == set(seen)


async def test_claim_survives_a_worker(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """M08: what a worker that has ended claimed stays claimed for the others."""
    async with running_redis(server, clock=present_clock, prefix="shared") as one:
        assert await claim(one, present_clock)

    async with running_redis(server, clock=present_clock, prefix="shared") as other:
        assert not await claim(other, present_clock)


# Longer than the harness waits for the replica: its reason beats a bare timeout.
@pytest.mark.timeout(120)
async def test_acknowledged_claim_survives_failover(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """R05: with `?replicas=1` a claim stands on the replica that is promoted."""
    with RedisServer("--replicaof", "127.0.0.1", str(server.port)) as replica:
        server.wait_for_replica()
        async with running_redis(
            server, clock=present_clock, replicas=1, prefix="shared"
        ) as stores:
            assert await claim(stores, present_clock)
        server.kill()
        replica.command("REPLICAOF", "NO", "ONE")

        async with running_redis(
            replica, clock=present_clock, prefix="shared"
        ) as stores:
            assert not await claim(stores, present_clock)


async def test_claim_without_its_replica_is_unsure(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """R06: a claim that no replica has confirmed fails, and nobody else gets it."""
    async with running_redis(server, clock=present_clock) as stores:
        # A server that has not run the script yet answers that it has to be loaded.
        assert await claim(stores, present_clock)
    async with running_redis(
        server, clock=present_clock, replicas=1, prefix="shared"
    ) as stores:
        with pytest.raises(StoreUnavailableError) as caught:
            await claim(stores, present_clock)
        assert "store_replicas_short" == caught.value.detail
        with pytest.raises(StoreUnavailableError):
            await stores.guards.get(KEY, now=present_clock.now())

    async with running_redis(server, clock=present_clock, prefix="shared") as stores:
        assert not await claim(stores, present_clock)


async def test_full_server_claims_nothing(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """R08: when memory is full a claim fails, and can be made when there is room."""
    async with running_redis(server, clock=present_clock) as stores:
        server.command("CONFIG", "SET", "maxmemory", "1")
        with pytest.raises(StoreUnavailableError) as caught:
            await claim(stores, present_clock)
        assert "store_full" == caught.value.detail
        assert await stores.guards.get(KEY, now=present_clock.now()) is None

        server.command("CONFIG", "SET", "maxmemory", "0")

        assert await claim(stores, present_clock)


async def test_lost_server_claims_nothing(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """M09: while the server is away both reading and claiming are refused."""
    async with running_redis(server, clock=present_clock) as stores:
        server.kill()

        with pytest.raises(StoreUnavailableError) as caught:
            await claim(stores, present_clock)
        with pytest.raises(StoreUnavailableError):
            await stores.guards.get(KEY, now=present_clock.now())

    assert limits.STORE_RETRY_AFTER == caught.value.retry_after


async def test_lost_answer_leaves_it_claimed(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A claim whose answer is lost fails, and is seen as made by whoever tries again."""
    async with running_redis(server, clock=present_clock) as stores:
        assert await claim(stores, present_clock, key=GuardKey("other", ()))
        server.pause()
        with pytest.raises(StoreUnavailableError):
            await claim(stores, present_clock)
        server.resume()

        assert not await claim(stores, present_clock)
        assert b"x" == await stores.guards.get(KEY, now=present_clock.now())


async def test_server_an_hour_ahead_forgets_nothing(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """R09: by a server whose clock is an hour ahead a claim lasts as long as it says."""
    present_clock.step(-HOUR)
    async with running_redis(server, clock=present_clock) as stores:
        assert await claim(stores, present_clock)
        present_clock.advance(MINUTE - MILLISECOND)
        assert not await claim(stores, present_clock)

        present_clock.advance(MILLISECOND)

        assert await claim(stores, present_clock)


async def test_server_an_hour_behind_adds_nothing(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """R10: by a server whose clock is an hour behind a claim lasts no longer."""
    present_clock.step(HOUR)
    async with running_redis(server, clock=present_clock) as stores:
        assert await claim(stores, present_clock)
        assert not await claim(stores, present_clock)

        present_clock.advance(MINUTE)

        assert await claim(stores, present_clock)


@pytest.mark.parametrize("lasts", [MINUTE, HOUR])
async def test_server_that_would_forget_is_refused(
    server: RedisServer, present_clock: ManualClock, lasts: timedelta
) -> None:
    """R09: a server so far ahead that it would forget at once acknowledges nothing."""
    present_clock.step(-DAY - lasts)
    async with running_redis(server, clock=present_clock) as stores:
        for _ in range(2):
            with pytest.raises(StoreUnavailableError) as caught:
                await claim(stores, present_clock, lasts=lasts)
            assert "store_clock_ahead" == caught.value.detail


async def test_key_outlives_its_value_by_a_day(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """R09: the key is kept for a day beyond the expiry of the value, and not for ever."""
    async with running_redis(server, clock=present_clock, prefix="kept") as stores:
        await claim(stores, present_clock, lasts=HOUR)

        reply = server.command("PTTL", f"kept:g:{guard_name(KEY)}")
        left = int(reply[1:]) * MILLISECOND

    assert HOUR + DAY - MINUTE < left <= HOUR + DAY + MINUTE


@pytest.mark.parametrize(
    "value", ["", ":", "x:y", "-1:x", "+1:x", "0x1:y", "1e3:x", " 1:x", "9" * 17 + ":x"]
)
async def test_damage_is_not_a_value(
    server: RedisServer, present_clock: ManualClock, value: str
) -> None:
    """R18: a value that we did not write is neither read nor overwritten."""
    async with running_redis(server, clock=present_clock, prefix="harmed") as stores:
        server.command("SET", f"harmed:g:{guard_name(KEY)}", value)

        with pytest.raises(StoreUnavailableError) as read:
            await stores.guards.get(KEY, now=present_clock.now())
        with pytest.raises(StoreUnavailableError) as swapped:
            await claim(stores, present_clock)

    assert "store_record_corrupt" == read.value.detail
    assert "store_record_corrupt" == swapped.value.detail


async def test_other_type_is_not_a_value(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """R18: a key of another type is refused."""
    async with running_redis(server, clock=present_clock, prefix="harmed") as stores:
        server.command("LPUSH", f"harmed:g:{guard_name(KEY)}", "1:x")

        with pytest.raises(StoreUnavailableError):
            await stores.guards.get(KEY, now=present_clock.now())
        with pytest.raises(StoreUnavailableError):
            await claim(stores, present_clock)


async def test_forgotten_script_is_loaded_again(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """R14: a server that forgets its scripts gets them again, and claims once."""
    async with running_redis(server, clock=present_clock) as stores:
        assert await claim(stores, present_clock)
        server.command("SCRIPT", "FLUSH")

        assert not await claim(stores, present_clock)
