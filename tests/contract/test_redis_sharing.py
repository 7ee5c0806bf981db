"""Records of signed calls on a Redis that is full, alone, promoted or damaged."""

from __future__ import annotations

import asyncio

import pytest

from daypass.core.errors import AccessKeyTakenError, StoreUnavailableError
from support.records import bound_record
from support.redis_server import RedisServer
from support.stores import running_redis
from support.world import ManualClock


async def test_two_workers_have_one_winner(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """V01: of many adds of one id over two workers, one is made, and all see which."""
    async with (
        running_redis(server, clock=present_clock, prefix="shared") as one,
        running_redis(server, clock=present_clock, prefix="shared") as other,
    ):
        records = [
            bound_record(1, now=present_clock.now(), mint=str(number))
            for number in range(100)
        ]
        outcomes = await asyncio.gather(
            *(
                (one if number % 2 else other).sessions.add(record)
                for number, record in enumerate(records)
            ),
            return_exceptions=True,
        )

    assert 1 == outcomes.count(None)
    winner = records[outcomes.index(None)]
    holders = {
        each.holder for each in outcomes if isinstance(each, AccessKeyTakenError)
    }
    assert {winner} == holders


async def test_shared_by_another_worker(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """What one worker has shared, another that made it cannot take back."""
    async with (
        running_redis(server, clock=present_clock, prefix="shared") as one,
        running_redis(server, clock=present_clock, prefix="shared") as other,
    ):
        record = bound_record(1, now=present_clock.now())
        await one.sessions.add(record)

        assert await other.sessions.share(record)

        assert not await one.sessions.discard(record)


async def test_full_server_shares_nothing(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """R08: when memory is full a record is not shared, and can be taken back."""
    async with running_redis(server, clock=present_clock) as stores:
        record = bound_record(1, now=present_clock.now())
        await stores.sessions.add(record)
        server.command("CONFIG", "SET", "maxmemory", "1")

        with pytest.raises(StoreUnavailableError) as caught:
            await stores.sessions.share(record)

        assert "store_full" == caught.value.detail
        assert await stores.sessions.discard(record)


async def test_sharing_without_replica_is_unsure(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """R06: sharing that no replica has confirmed fails, though it was shared before."""
    record = bound_record(1, now=present_clock.now())
    async with running_redis(server, clock=present_clock, prefix="shared") as stores:
        await stores.sessions.add(record)
        await stores.sessions.share(record)

    async with running_redis(
        server, clock=present_clock, replicas=1, prefix="shared"
    ) as stores:
        with pytest.raises(StoreUnavailableError) as caught:
            await stores.sessions.share(record)

    assert "store_replicas_short" == caught.value.detail


# Longer than the harness waits for the replica: its reason beats a bare timeout.
@pytest.mark.timeout(120)
async def test_shared_survives_failover(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """R05: with `?replicas=1` a record that was shared stands on the promoted replica."""
    record = bound_record(1, now=present_clock.now())
    with RedisServer("--replicaof", "127.0.0.1", str(server.port)) as replica:
        server.wait_for_replica()
        async with running_redis(
            server, clock=present_clock, replicas=1, prefix="shared"
        ) as stores:
            await stores.sessions.add(record)
            assert await stores.sessions.share(record)
        server.kill()
        replica.command("REPLICAOF", "NO", "ONE")

        async with running_redis(
            replica, clock=present_clock, prefix="shared"
        ) as stores:
            assert not await stores.sessions.discard(record)
            with pytest.raises(AccessKeyTakenError) as caught:
                await stores.sessions.add(record)

    assert record == caught.value.holder


@pytest.mark.parametrize("value", ["", "+", "[]", "++", '+{"a":1}'])
async def test_damaged_holder_is_refused(
    server: RedisServer, present_clock: ManualClock, value: str
) -> None:
    """R18: an id that is taken by what we did not write is not issued, nor explained."""
    async with running_redis(server, clock=present_clock, prefix="harmed") as stores:
        record = bound_record(1, now=present_clock.now())
        server.command(
            "SET", stores.sessions._keys.session(record.access_key_id), value
        )

        with pytest.raises(StoreUnavailableError) as caught:
            await stores.sessions.add(record)

    assert "store_record_corrupt" == caught.value.detail
