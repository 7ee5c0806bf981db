"""What the Redis stores do when the server crashes, hangs, fills up or forgets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from daypass.adapters.redis.settings import StoreConfigError
from daypass.adapters.redis.stores import RedisStores, open_redis_stores
from daypass.adapters.system import SystemEntropy
from daypass.core import limits
from daypass.core.errors import StoreUnavailableError
from daypass.core.ports import SessionFilter
from support.records import ACCOUNT, revocation, session_record
from support.redis_server import RedisServer, redis_server
from support.stores import running_redis
from support.world import ManualClock

LEASE = timedelta(seconds=5)
# A call of the store, and its share of a machine that others use too.
LONGEST = limits.STORE_WAIT_TIME_MAX.total_seconds() + 1


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """Runs a server that the test may harm."""
    with redis_server() as started:
        yield started


async def add_many(
    stores: RedisStores, clock: ManualClock, numbers: range
) -> list[BaseException | None]:
    """Adds sessions at one time and returns what became of each."""
    now = clock.now()
    return await asyncio.gather(
        *(stores.sessions.add(session_record(each, now=now)) for each in numbers),
        return_exceptions=True,
    )


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
            await stores.sessions.get(f"ASIA{number:016d}", now=present_clock.now())
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


async def test_full_server_refuses_sessions(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """When memory is full nothing is issued, and what is there can be read."""
    async with running_redis(server, clock=present_clock) as stores:
        await add_many(stores, present_clock, range(1))
        server.command("CONFIG", "SET", "maxmemory", "1")

        (refused,) = await add_many(stores, present_clock, range(1, 2))

        assert isinstance(refused, StoreUnavailableError)
        assert "store_full" == refused.detail
        now = present_clock.now()
        assert await stores.sessions.get(f"ASIA{0:016d}", now=now) is not None


async def test_full_server_still_revokes(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """When memory is full revoking goes on, from the first entry of a new log."""
    async with running_redis(server, clock=present_clock) as stores:
        server.command("CONFIG", "SET", "maxmemory", "1")
        log = stores.revocations

        number = await log.append(revocation("a", now=present_clock.now()))
        await log.report_applied("one", number, lease=LEASE)

        assert {"one": 1} == await log.applied()
        assert 1 == len(await log.read_after(0, limit=10))


async def test_full_server_heals(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """When memory is there again, sessions are stored again."""
    async with running_redis(server, clock=present_clock) as stores:
        server.command("CONFIG", "SET", "maxmemory", "1")
        await add_many(stores, present_clock, range(1))
        server.command("CONFIG", "SET", "maxmemory", "0")

        healed = await add_many(stores, present_clock, range(1))

    assert [None] == healed


async def test_evicting_server_is_refused_at_start(present_clock: ManualClock) -> None:
    """A server that may drop state is not used, and the error says how to mend it."""
    with (
        redis_server("--maxmemory-policy", "allkeys-lru") as server,
        pytest.raises(StoreConfigError, match="CONFIG SET maxmemory-policy noeviction"),
    ):
        await open_redis_stores(
            server.url, clock=present_clock, entropy=SystemEntropy()
        )


async def test_evicting_policy_is_seen_later(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A policy that is changed while we run fails the next check."""
    async with running_redis(server, clock=present_clock) as stores:
        server.command("CONFIG", "SET", "maxmemory-policy", "volatile-ttl")

        with pytest.raises(StoreConfigError):
            await stores.check()


async def test_missing_replica_fails_writes(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """Without its replica no write is acknowledged, and the connection is given up."""
    async with running_redis(server, clock=present_clock, replicas=1) as stores:
        outcomes = await add_many(stores, present_clock, range(5))

        assert {"store_replicas_short"} == {
            outcome.detail
            for outcome in outcomes
            if isinstance(outcome, StoreUnavailableError)
        }
        assert stores._writes._link._connection is None
        with pytest.raises(StoreUnavailableError):
            await stores.revocations.append(revocation("a", now=present_clock.now()))


async def test_attached_replica_confirms(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """With its replica a write is acknowledged, and stands on the replica then."""
    with RedisServer("--replicaof", "127.0.0.1", str(server.port)) as replica:
        server.wait_for_replica()
        prefix = "replicated"
        async with running_redis(
            server, clock=present_clock, replicas=1, prefix=prefix
        ) as stores:
            outcomes = await add_many(stores, present_clock, range(5))
            keys = replica.command("KEYS", f"{prefix}:s:*")

    assert [None] * 5 == outcomes
    assert keys.startswith(b"*5\r\n")


async def test_demoted_master_is_refused(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A master that becomes a replica takes no writes, and fails the check."""
    async with running_redis(server, clock=present_clock) as stores:
        await add_many(stores, present_clock, range(1))
        server.command("REPLICAOF", "127.0.0.1", "1")

        (refused,) = await add_many(stores, present_clock, range(1, 2))

        assert isinstance(refused, StoreUnavailableError)
        assert "store_is_replica" == refused.detail
        with pytest.raises(StoreConfigError):
            await stores.check()


async def test_forgotten_scripts_are_loaded_again(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A server that forgets its scripts gets them again, and nothing is lost."""
    async with running_redis(server, clock=present_clock) as stores:
        await stores.revocations.append(revocation("a", now=present_clock.now()))
        server.command("SCRIPT", "FLUSH")

        number = await stores.revocations.append(
            revocation("b", now=present_clock.now())
        )

        assert 2 == number
        outcomes = await add_many(stores, present_clock, range(100))
        assert {None} == set(outcomes)


async def test_replaced_log_is_noticed(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """When the log is lost every call fails until its new name has been asked for."""
    async with running_redis(server, clock=present_clock) as stores:
        log = stores.revocations
        old = await log.incarnation()
        await log.append(revocation("a", now=present_clock.now()))
        server.command("FLUSHALL")

        with pytest.raises(StoreUnavailableError):
            await log.append(revocation("b", now=present_clock.now()))
        with pytest.raises(StoreUnavailableError):
            await log.report_applied("one", 0, lease=LEASE)
        with pytest.raises(StoreUnavailableError):
            await log.read_after(0, limit=10)

        assert old != await log.incarnation()
        assert 1 == await log.append(revocation("c", now=present_clock.now()))


@pytest.mark.parametrize(
    "harm",
    [
        ("DEL", "harmed:{revocations}:entries"),
        ("XDEL", "harmed:{revocations}:entries", "1-0"),
        ("XDEL", "harmed:{revocations}:entries", "2-0"),
        ("HSET", "harmed:{revocations}:head", "sequence", "5"),
        ("XADD", "harmed:{revocations}:entries", "9-0", "until", "0", "x", "x"),
    ],
)
async def test_damaged_log_is_not_read(
    server: RedisServer, present_clock: ManualClock, harm: tuple[str, ...]
) -> None:
    """A log that misses an entry, or has one too many, is not taken for whole."""
    async with running_redis(server, clock=present_clock, prefix="harmed") as stores:
        for subject in ("a", "b"):
            await stores.revocations.append(
                revocation(subject, now=present_clock.now())
            )
        server.command(*harm)

        with pytest.raises(StoreUnavailableError) as caught:
            await stores.revocations.read_after(0, limit=10)

    assert "revocation_log_damaged" == caught.value.detail


@pytest.mark.parametrize("value", ["", "[]", "[1]", '{"a":1}', "\x80\x04.", "[" * 99])
async def test_foreign_value_is_no_record(
    server: RedisServer, present_clock: ManualClock, value: str
) -> None:
    """A value that we did not write is refused and not shown."""
    async with running_redis(server, clock=present_clock, prefix="harmed") as stores:
        record = session_record(1, now=present_clock.now())
        await stores.sessions.add(record)
        key = stores.sessions._keys.session(record.access_key_id)
        server.command("SET", key, value)

        with pytest.raises(StoreUnavailableError):
            await stores.sessions.get(record.access_key_id, now=present_clock.now())


async def test_record_of_another_is_refused(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A record that was copied below another key is not taken for that key's."""
    async with running_redis(server, clock=present_clock) as stores:
        now = present_clock.now()
        await stores.sessions.add(session_record(1, now=now))
        keys = stores.sessions._keys
        source, target = (keys.session(f"ASIA{each:016d}") for each in (1, 2))
        server.command("COPY", source, target)

        with pytest.raises(StoreUnavailableError):
            await stores.sessions.get(f"ASIA{2:016d}", now=now)


async def test_every_key_expires(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """No key is kept for ever, and the log no shorter than its last entry."""
    kept = timedelta(days=30)
    async with running_redis(server, clock=present_clock) as stores:
        await add_many(stores, present_clock, range(3))
        await stores.revocations.append(
            revocation("a", now=present_clock.now(), kept=kept)
        )
        await stores.revocations.report_applied("one", 1, lease=LEASE)
        keys = server.command("KEYS", "*").split(b"\r\n")[2::2]
        left = {key: int(server.command("PTTL", key.decode())[1:]) for key in keys}

    assert 3 + 2 + 3 == len(left)
    assert min(left.values()) > 0
    in_log = [span for key, span in left.items() if key.endswith((b"head", b"entries"))]
    assert min(in_log) > (kept - timedelta(minutes=1)) / timedelta(milliseconds=1)


async def test_report_keeps_an_idle_log(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A log without entries is not forgotten while a worker reports on it."""
    async with running_redis(server, clock=present_clock, prefix="idle") as stores:
        name = await stores.revocations.incarnation()
        server.command("PEXPIRE", "idle:{revocations}:head", "60000")

        await stores.revocations.report_applied("one", 0, lease=LEASE)

        left = int(server.command("PTTL", "idle:{revocations}:head")[1:])
        assert left > timedelta(days=1) / timedelta(milliseconds=1)
        assert name == await stores.revocations.incarnation()


async def test_fast_worker_clock_forgets_nothing(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A worker whose clock is days ahead does not drop entries that still matter."""
    async with running_redis(server, clock=present_clock) as stores:
        await stores.revocations.append(revocation("a", now=present_clock.now()))
        present_clock.step(timedelta(days=10))

        await stores.revocations.append(revocation("b", now=present_clock.now()))

        assert 2 == len(await stores.revocations.read_after(0, limit=10))


async def test_indexes_are_swept(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """Entries of expired sessions leave the indexes as further ones are added."""
    async with running_redis(server, clock=present_clock) as stores:
        await add_many(stores, present_clock, range(100))
        present_clock.advance(timedelta(hours=2))

        await add_many(stores, present_clock, range(100, 164))

        index = stores.sessions._keys.account_index(ACCOUNT)
        assert b":64\r\n" == server.command("ZCARD", index)


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
