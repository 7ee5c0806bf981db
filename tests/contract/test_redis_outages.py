"""What the Redis stores do when the server crashes, hangs or is overrun."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest

from daypass.adapters.redis.servers import SingleServer
from daypass.adapters.redis.stores import open_redis_stores
from daypass.adapters.system import SystemEntropy
from daypass.core import limits, store_limits
from daypass.core.errors import StoreUnavailableError
from daypass.core.ports import SessionFilter
from support.records import ACCOUNT, session_record, temporary_id
from support.redis_server import RedisServer, redis_server
from support.store_load import until
from support.stores import add_many, running_redis
from support.world import ManualClock

# A call of the store, and its share of a machine that others use too.
LONGEST = limits.STORE_WAIT_TIME_MAX.total_seconds() + 1


async def test_crash_fails_and_heals(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """After a crash calls fail as unavailable, and work once the server is back."""
    async with running_redis(server, clock=present_clock) as stores:
        assert [None] == await add_many(stores, present_clock, range(1))
        server.kill()

        failed = await add_many(stores, present_clock, range(1, 300))
        server.start()
        healed = await add_many(stores, present_clock, range(300, 310))

    assert {StoreUnavailableError} == {type(outcome) for outcome in failed}
    assert [None] * 10 == healed


async def test_crash_mid_way_keeps_answers_honest(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """Of adds under way in a crash, each is stored before it is acknowledged, or fails."""
    async with running_redis(server, clock=present_clock) as stores:
        await stores.sessions.ping()
        adding = asyncio.create_task(add_many(stores, present_clock, range(2000)))
        await stores.sessions.ping()
        server.kill()
        outcomes = await adding

    kinds = {type(outcome) for outcome in outcomes}
    assert kinds <= {type(None), StoreUnavailableError}


async def test_store_that_is_down_costs_nothing(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """R23: after some failures callers are refused in the same turn, with a delay."""
    async with running_redis(server, clock=present_clock) as stores:
        server.pause()
        for _ in range(store_limits.STORE_FAILURES_MAX):
            with pytest.raises(StoreUnavailableError):
                await stores.sessions.ping()
        pinging = [asyncio.create_task(stores.sessions.ping()) for _ in range(100)]

        await asyncio.sleep(0)

        assert all(each.done() for each in pinging)
        errors = [each.exception() for each in pinging]
        server.kill()
    assert {("store_circuit_open", limits.STORE_RETRY_AFTER)} == {
        (error.detail, error.retry_after)
        for error in errors
        if isinstance(error, StoreUnavailableError)
    }


async def test_store_that_is_back_is_found(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """R23: callers are served again without one of them having to try first."""
    async with running_redis(server, clock=present_clock) as stores:
        server.kill()
        for _ in range(store_limits.STORE_FAILURES_MAX):
            with pytest.raises(StoreUnavailableError):
                await stores.sessions.ping()

        server.start()
        servers = stores._servers
        assert isinstance(servers, SingleServer)
        await until(lambda: not servers.reads._breaker.is_open)

        await stores.sessions.ping()


async def test_unavailable_says_when_to_come_back(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """The error carries a delay for the caller, and its cause for the log."""
    async with running_redis(server, clock=present_clock) as stores:
        server.kill()

        with pytest.raises(StoreUnavailableError) as caught:
            await stores.sessions.ping()

    assert limits.STORE_RETRY_AFTER == caught.value.retry_after
    assert caught.value.__cause__ is not None


async def test_restart_in_between_is_not_noticed(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A server that restarted while nobody called costs no call."""
    async with running_redis(server, clock=present_clock) as stores:
        await add_many(stores, present_clock, range(1))
        server.kill()
        server.start()
        await asyncio.sleep(0)

        assert [None] == await add_many(stores, present_clock, range(1, 2))


async def test_hang_ends_in_time(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A server that hangs is given up within the bound, for writes and for reads."""
    async with running_redis(server, clock=present_clock) as stores:
        await add_many(stores, present_clock, range(1))
        server.pause()
        start = time.monotonic()

        outcomes = await asyncio.gather(
            stores.sessions.add(session_record(1, now=present_clock.now())),
            stores.sessions.ping(),
            stores.revocations.incarnation(),
            return_exceptions=True,
        )

        took = time.monotonic() - start
        server.resume()
    assert {StoreUnavailableError} == {type(outcome) for outcome in outcomes}
    assert took < LONGEST


async def test_hang_heals(server: RedisServer, present_clock: ManualClock) -> None:
    """After a hang the answers belong to the questions, and all works again."""
    async with running_redis(server, clock=present_clock) as stores:
        server.pause()
        await add_many(stores, present_clock, range(1))
        server.resume()

        healed = await add_many(stores, present_clock, range(1, 50))
        found = [
            await stores.sessions.get(temporary_id(number), now=present_clock.now())
            for number in range(1, 50)
        ]

    assert [None] * 49 == healed
    names = [record.session_name for record in found if record]
    assert [f"session-{number}" for number in range(1, 50)] == names


async def test_waiter_gives_a_hang_up(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """Waiting for an entry ends soon after its time when the server hangs."""
    async with running_redis(server, clock=present_clock) as stores:
        await stores.revocations.wait_after(0, at_most=timedelta(milliseconds=1))
        server.pause()

        with pytest.raises(StoreUnavailableError):
            await stores.revocations.wait_after(0, at_most=timedelta(milliseconds=1))

        server.resume()


async def test_cancelled_mid_way_shifts_no_answer(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """When callers go away while their pipeline is under way, the rest get their own."""
    async with running_redis(server, clock=present_clock) as stores:
        now = present_clock.now()
        await add_many(stores, present_clock, range(300))
        server.pause()
        ids = [temporary_id(number) for number in range(300)]
        getting = [asyncio.create_task(stores.sessions.get(i, now=now)) for i in ids]
        for _ in range(10):
            await asyncio.sleep(0)
        for task in getting[::2]:
            task.cancel()
        server.resume()

        outcomes = await asyncio.gather(*getting, return_exceptions=True)

    expected = [session_record(number, now=now) for number in range(1, 300, 2)]
    assert expected == outcomes[1::2]
    assert {asyncio.CancelledError} == {type(outcome) for outcome in outcomes[::2]}


async def test_connections_stay_few(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """Cancelled calls leave no connection behind."""
    async with running_redis(server, clock=present_clock) as stores:
        for _ in range(20):
            adding = asyncio.create_task(add_many(stores, present_clock, range(50)))
            listing = asyncio.create_task(
                stores.sessions.list_sessions(
                    SessionFilter(ACCOUNT), now=present_clock.now(), limit=10
                )
            )
            await asyncio.sleep(0)
            adding.cancel()
            listing.cancel()
            await asyncio.gather(adding, listing, return_exceptions=True)
        await stores.sessions.ping()

        clients = server.command("CLIENT", "LIST").count(b"id=")

    # One for writes, one for reads, and the one that asks here.
    assert clients <= 3


async def test_full_queue_is_refused(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """Past the bound of the queue a call is told at once to come back."""
    async with running_redis(server, clock=present_clock) as stores:
        server.pause()
        count = limits.STORE_QUEUE_MAX + limits.STORE_BATCH_MAX + 1
        pinging = [asyncio.create_task(stores.sessions.ping()) for _ in range(count)]
        await asyncio.sleep(0)

        with pytest.raises(StoreUnavailableError) as caught:
            await stores.sessions.ping()

        server.resume()
        await asyncio.gather(*pinging, return_exceptions=True)
    assert "store_queue_full" == caught.value.detail


async def test_records_in_one_go_count_in_the_queue(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """More records at once than may wait are refused, each of them."""
    now = present_clock.now()
    count = limits.STORE_QUEUE_MAX + 1
    records = [session_record(number, now=now) for number in range(count)]
    async with running_redis(server, clock=present_clock) as stores:
        outcomes = await stores.sessions.add_many(records)
        page = await stores.sessions.list_sessions(
            SessionFilter(ACCOUNT), now=now, limit=1
        )

    details = {getattr(outcome, "detail", None) for outcome in outcomes}
    assert ({"store_queue_full"}, count, ()) == (details, len(outcomes), page.records)


async def test_closed_store_refuses(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """Whoever calls a store that is closed is told so, and does not wait."""
    async with running_redis(server, clock=present_clock) as stores:
        await stores.sessions.ping()

    with pytest.raises(StoreUnavailableError):
        await stores.sessions.ping()


async def test_wrong_password_is_refused(present_clock: ManualClock) -> None:
    """A server that does not know the password is not used, and none is shown."""
    password = SystemEntropy().token_bytes(12).hex()
    with redis_server("--requirepass", "other") as server:
        url = f"redis://:{password}@127.0.0.1:{server.port}"

        with pytest.raises(StoreUnavailableError) as caught:
            await open_redis_stores(url, clock=present_clock, entropy=SystemEntropy())

    assert password not in repr(caught.value) + repr(caught.value.__cause__)
