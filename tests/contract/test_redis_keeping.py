"""What the Redis stores keep, for how long, and what they do when it is damaged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.core.errors import StoreUnavailableError
from daypass.core.revocation import Epoch
from support.records import ACCOUNT, revocation, session_record, temporary_id
from support.redis_server import RedisServer
from support.stores import add_many, running_redis
from support.world import ManualClock

LEASE = timedelta(seconds=5)


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

        new = await log.incarnation()
        entry = await log.append(revocation("c", now=present_clock.now()))
        assert old != new
        assert Epoch(new, 1) == entry


async def test_log_of_another_is_not_read(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A worker does not go on in a log that another worker began after a loss."""
    async with (
        running_redis(server, clock=present_clock, prefix="shared") as one,
        running_redis(server, clock=present_clock, prefix="shared") as other,
    ):
        await one.revocations.incarnation()
        server.command("FLUSHALL")
        await other.revocations.append(revocation("a", now=present_clock.now()))

        with pytest.raises(StoreUnavailableError) as caught:
            await one.revocations.read_after(0, limit=10)

        assert "revocation_log_replaced" == caught.value.detail
        await one.revocations.incarnation()
        assert 1 == len(await one.revocations.read_after(0, limit=10))


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
        source, target = (keys.session(temporary_id(each)) for each in (1, 2))
        server.command("COPY", source, target)

        with pytest.raises(StoreUnavailableError):
            await stores.sessions.get(temporary_id(2), now=now)


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

    # Records and their profile, indexes, and the log.
    assert 3 + 1 + 2 + 3 == len(left)
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
        # What is left is the places of the live ones, seven a leaf.
        assert b":10\r\n" == server.command("ZCARD", index)
