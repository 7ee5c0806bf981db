"""What the Redis stores do when the server is full, evicts, or loses its part."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.adapters.redis.servers import SingleServer
from daypass.adapters.redis.settings import StoreConfigError
from daypass.adapters.redis.stores import open_redis_stores
from daypass.adapters.system import SystemEntropy
from daypass.core.errors import StoreUnavailableError
from support.records import revocation, temporary_id
from support.redis_server import RedisServer, redis_server
from support.stores import add_many, running_redis
from support.world import ManualClock

LEASE = timedelta(seconds=5)


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
        assert await stores.sessions.get(temporary_id(0), now=now) is not None


async def test_full_server_still_revokes(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """When memory is full revoking goes on, from the first entry of a new log."""
    async with running_redis(server, clock=present_clock) as stores:
        server.command("CONFIG", "SET", "maxmemory", "1")
        log = stores.revocations

        entry = await log.append(revocation("a", now=present_clock.now()))
        await log.report_applied("one", entry.sequence, lease=LEASE)

        assert {"one": 1} == await log.applied(entry)
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
        servers = stores._servers
        assert isinstance(servers, SingleServer)
        assert servers.writes._link._connection is None
        with pytest.raises(StoreUnavailableError):
            await stores.revocations.append(revocation("a", now=present_clock.now()))


# Longer than the harness waits for the replica: its reason beats a bare timeout.
@pytest.mark.timeout(120)
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

        entry = await stores.revocations.append(
            revocation("b", now=present_clock.now())
        )

        assert 2 == entry.sequence
        outcomes = await add_many(stores, present_clock, range(100))
        assert {None} == set(outcomes)
