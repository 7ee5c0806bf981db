"""What sessions on Redis rest on, and how those of an earlier version go on."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from daypass.adapters.record_codec import encode_session, microseconds
from daypass.adapters.redis.stores import RedisStores
from daypass.core import store_limits
from daypass.core.errors import AccessKeyTakenError, StoreUnavailableError
from daypass.core.ports import SessionFilter
from daypass.core.session import SessionRecord
from support.records import (
    ACCOUNT,
    OTHER_ROLE,
    ROLE,
    bound_record,
    session_record,
)
from support.redis_server import RedisServer
from support.stores import running_redis
from support.world import ManualClock

PREFIX = "forms"
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def store_as_before(
    server: RedisServer, stores: RedisStores, record: SessionRecord
) -> None:
    """Stores a record and its places as the version before did."""
    keys = stores.sessions._keys
    text = encode_session(record).decode()
    server.command("SET", keys.session(record.access_key_id), text, "EX", "3600")
    score = repr(microseconds(record.expire_time) // 1_000_000 + 0.25)
    for key in (
        keys.account_list(record.account_id),
        keys.principal_list(record.account_id, record.principal_id),
    ):
        server.command("ZADD", key, "GT", score, record.access_key_id)
        server.command("EXPIRE", key, "180000")


async def listed(
    stores: RedisStores,
    clock: ManualClock,
    *,
    size: int = 100,
    principal: str | None = None,
) -> list[str]:
    """Returns the names of all sessions that are listed, page by page."""
    names: list[str] = []
    cursor = None
    while True:
        page = await stores.sessions.list_sessions(
            SessionFilter(ACCOUNT, principal),
            now=clock.now(),
            limit=size,
            cursor=cursor,
        )
        names += [record.session_name for record in page.records]
        cursor = page.next_cursor
        if cursor is None:
            return names


async def test_record_of_before_goes_on(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A session that the version before stored is found, listed, shared and kept."""
    async with running_redis(server, clock=present_clock, prefix=PREFIX) as stores:
        now = present_clock.now()
        record = bound_record(1, now=now)
        store_as_before(server, stores, record)

        assert record == await stores.sessions.get(record.access_key_id, now=now)
        assert ["session-1"] == await listed(stores, present_clock)
        assert ["session-1"] == await listed(stores, present_clock, principal=ROLE)
        with pytest.raises(AccessKeyTakenError) as taken:
            await stores.sessions.add(bound_record(1, now=now, mint="other"))
        assert record == taken.value.holder
        assert await stores.sessions.share(record)
        assert not await stores.sessions.discard(record)
        assert record == await stores.sessions.get(record.access_key_id, now=now)


async def test_record_of_before_is_discarded(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A session that the version before stored is taken back, and no other one is."""
    async with running_redis(server, clock=present_clock, prefix=PREFIX) as stores:
        now = present_clock.now()
        record = bound_record(1, now=now)
        store_as_before(server, stores, record)

        assert await stores.sessions.discard(bound_record(1, now=now, mint="other"))
        assert record == await stores.sessions.get(record.access_key_id, now=now)

        assert await stores.sessions.discard(record)
        assert None is await stores.sessions.get(record.access_key_id, now=now)


@pytest.mark.parametrize("size", [1, 3, 100])
async def test_old_and_new_are_one_list(
    server: RedisServer, present_clock: ManualClock, size: int
) -> None:
    """Pages show what both versions stored, each once, the first to expire first."""
    async with running_redis(server, clock=present_clock, prefix=PREFIX) as stores:
        now = present_clock.now()
        for number in range(20):
            record = session_record(number, now=now, lasts=HOUR + number // 3 * SECOND)
            if number % 2:
                store_as_before(server, stores, record)
            else:
                await stores.sessions.add(record)

        names = await listed(stores, present_clock, size=size)

    seconds = [int(name.removeprefix("session-")) // 3 for name in names]
    assert {f"session-{number}": 1 for number in range(20)} == Counter(names)
    assert sorted(seconds) == seconds


@pytest.mark.parametrize("at_once", [1, 100])
@pytest.mark.parametrize(("span", "size"), [(5, 7), (40, 13), (3_000, 50)])
async def test_places_in_any_order(
    server: RedisServer,
    present_clock: ManualClock,
    span: int,
    size: int,
    at_once: int,
) -> None:
    """Sessions that come in any order of expiry are listed in it, each once.

    There are enough to fill leaves, cut them, and make them large, and they come one
    by one or many together.
    """
    count = 1_500
    draw = random.Random(span)  # noqa: S311 - the order of a test.
    lasts = {number: draw.randrange(60, 60 + span) for number in range(count)}
    async with running_redis(
        server, clock=present_clock, prefix=f"{PREFIX}{span}-{at_once}"
    ) as stores:
        now = present_clock.now()
        records = [
            session_record(
                number,
                now=now,
                lasts=lasts[number] * SECOND,
                principal_id=ROLE if number % 10 else OTHER_ROLE,
            )
            for number in range(count)
        ]
        for first in range(0, count, at_once):
            some = records[first : first + at_once]
            await asyncio.gather(*map(stores.sessions.add, some))
        names = await listed(stores, present_clock, size=size)
        of_other = await listed(stores, present_clock, size=size, principal=OTHER_ROLE)
        index = stores.sessions._keys.account_index(ACCOUNT)
        leaves = int(server.command("ZCARD", index)[1:])

    numbers = [int(name.removeprefix("session-")) for name in names]
    assert list(range(count)) == sorted(numbers)
    assert sorted(lasts.values()) == [lasts[number] for number in numbers]
    assert count // 10 == len(set(of_other)) == len(of_other)
    assert store_limits.STORE_LEAVES_SMALL_MAX < leaves < count // 4


async def test_pages_hold_while_sessions_come(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """What was there when a listing began is shown once, whatever is added meanwhile."""
    async with running_redis(server, clock=present_clock, prefix=PREFIX) as stores:
        now = present_clock.now()
        draw = random.Random(1)  # noqa: S311 - the order of a test.
        for number in range(200):
            lasts = draw.randrange(60, 90) * SECOND
            await stores.sessions.add(session_record(number, now=now, lasts=lasts))
        seen: list[str] = []
        cursor, further = None, 1_000
        while True:
            page = await stores.sessions.list_sessions(
                SessionFilter(ACCOUNT), now=now, limit=9, cursor=cursor
            )
            seen += [record.session_name for record in page.records]
            cursor = page.next_cursor
            if cursor is None:
                break
            for _ in range(5):
                further += 1
                lasts = draw.randrange(60, 90) * SECOND
                await stores.sessions.add(session_record(further, now=now, lasts=lasts))

    first = Counter(name for name in seen if len(name) < len("session-1000"))
    assert {f"session-{number}": 1 for number in range(200)} == first
    assert 1 == max(Counter(seen).values())


async def test_refused_add_leaves_no_second_place(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A call that is sent again, and expires later, does not list its session twice."""
    async with running_redis(server, clock=present_clock, prefix=PREFIX) as stores:
        now = present_clock.now()
        await stores.sessions.add(bound_record(1, now=now))
        for later in range(1, 20):
            with pytest.raises(AccessKeyTakenError):
                await stores.sessions.add(
                    bound_record(1, now=now + later * SECOND, mint=str(later))
                )

        assert ["session-1"] == await listed(stores, present_clock)
        assert ["session-1"] == await listed(stores, present_clock, size=1)


@pytest.mark.parametrize("others", [0, 1, 5])
async def test_often_refused_add_is_listed_once(
    server: RedisServer, present_clock: ManualClock, others: int
) -> None:
    """A call that is repeated often is listed once, whoever comes in between."""
    async with running_redis(server, clock=present_clock, prefix=PREFIX) as stores:
        now = present_clock.now()
        records = [bound_record(number, now=now) for number in range(1 + 20 * others)]
        first, *rest = records
        await stores.sessions.add(first)
        for turn in range(20):
            for other in rest[turn * others : (turn + 1) * others]:
                await stores.sessions.add(other)
            with pytest.raises(AccessKeyTakenError):
                await stores.sessions.add(first)

        names = sorted(record.session_name for record in records)
        assert names == sorted(await listed(stores, present_clock))


async def test_forgotten_script_is_loaded_again(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A server that has forgotten its scripts places sessions all the same."""
    async with running_redis(server, clock=present_clock, prefix=PREFIX) as stores:
        now = present_clock.now()
        await stores.sessions.add(session_record(1, now=now))
        server.command("SCRIPT", "FLUSH")

        await stores.sessions.add(session_record(2, now=now))

        assert ["session-1", "session-2"] == sorted(await listed(stores, present_clock))


async def test_forgotten_script_of_many(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """Sessions that come together are placed where the script is forgotten as well."""
    async with running_redis(server, clock=present_clock, prefix=PREFIX) as stores:
        now = present_clock.now()
        records = [session_record(number, now=now) for number in range(20)]
        server.command("SCRIPT", "FLUSH")

        await asyncio.gather(*map(stores.sessions.add, records))

        names = await listed(stores, present_clock)
        assert sorted(each.session_name for each in records) == sorted(names)


async def test_harmed_index_refuses_its_own(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """R18: an index that is none refuses its sessions, and no others that come along."""
    async with running_redis(server, clock=present_clock, prefix=PREFIX) as stores:
        now = present_clock.now()
        records = [
            session_record(number, now=now, principal_id=(ROLE, OTHER_ROLE)[number % 2])
            for number in range(20)
        ]
        index = stores.sessions._keys.principal_index(ACCOUNT, OTHER_ROLE)
        server.command("SET", index, "harm")

        outcomes = await asyncio.gather(
            *map(stores.sessions.add, records), return_exceptions=True
        )

        names = await listed(stores, present_clock, principal=ROLE)
    assert [None] * 10 == outcomes[::2]
    assert {"store_refused"} == {
        each.detail
        for each in outcomes[1::2]
        if isinstance(each, StoreUnavailableError)
    }
    assert None not in outcomes[1::2]
    assert sorted(each.session_name for each in records[::2]) == sorted(names)


async def test_full_server_places_nothing(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """An add is refused where there is no room for the places alone."""
    async with running_redis(server, clock=present_clock, prefix=PREFIX) as stores:
        await stores.sessions.add(session_record(1, now=present_clock.now()))
        server.command("CONFIG", "SET", "maxmemory", "1")

        with pytest.raises(StoreUnavailableError) as caught:
            await stores.sessions.add(session_record(2, now=present_clock.now()))

        server.command("CONFIG", "SET", "maxmemory", "0")
    assert "store_full" == caught.value.detail


async def test_lost_profile_is_no_other(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A record whose profile is gone, or was changed, is refused and not guessed at."""
    record = session_record(1, now=present_clock.now())
    async with running_redis(server, clock=present_clock, prefix=PREFIX) as stores:
        await stores.sessions.add(record)
        reference = stores.sessions._profiles.of(record).reference
        key = stores.sessions._keys.profile(reference)
    for harm in (("APPEND", key, " "), ("DEL", key)):
        async with running_redis(server, clock=present_clock, prefix=PREFIX) as other:
            server.command(*harm)

            with pytest.raises(StoreUnavailableError) as caught:
                await other.sessions.get(record.access_key_id, now=present_clock.now())

        assert "store_record_corrupt" == caught.value.detail


async def test_lost_profile_comes_back(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A profile that a failover took is stored again within a minute."""
    one, two, three = (
        session_record(each, now=present_clock.now()) for each in (1, 2, 3)
    )
    async with running_redis(server, clock=present_clock, prefix=PREFIX) as stores:
        await stores.sessions.add(one)
        key = stores.sessions._keys.profile(stores.sessions._profiles.of(one).reference)
        server.command("DEL", key)
        present_clock.advance(store_limits.STORE_PROFILE_AGAIN_AFTER - SECOND)
        await stores.sessions.add(two)
        assert b":0\r\n" == server.command("EXISTS", key)

        present_clock.advance(SECOND)
        await stores.sessions.add(three)

        left = int(server.command("PTTL", key)[1:])
    async with running_redis(server, clock=present_clock, prefix=PREFIX) as other:
        found = await other.sessions.get(one.access_key_id, now=present_clock.now())
    assert one == found
    assert left > timedelta(hours=47) / timedelta(milliseconds=1)


async def test_profile_is_read_once(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """Another worker reads a list of many sessions with their one profile."""
    async with running_redis(server, clock=present_clock, prefix=PREFIX) as stores:
        now = present_clock.now()
        for number in range(30):
            await stores.sessions.add(session_record(number, now=now))
    async with running_redis(server, clock=present_clock, prefix=PREFIX) as other:
        names = await listed(other, present_clock)
        # The one profile of all of them, whose name is the last word of the reply.
        reply = server.command("KEYS", f"{PREFIX}:f:*")
        assert reply.startswith(b"*1\r\n")
        server.command("DEL", reply.split()[-1].decode())

        again = await listed(other, present_clock)

    assert 30 == len(set(names))
    assert names == again


async def test_id_of_another_account_is_listed(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A session whose id does not carry its account is found and listed like others."""
    now = present_clock.now()
    record = replace(session_record(1, now=now), access_key_id="ASIA" + "0" * 16)
    async with running_redis(server, clock=present_clock, prefix=PREFIX) as stores:
        await stores.sessions.add(record)
        await stores.sessions.add(session_record(2, now=now))

        assert record == await stores.sessions.get(record.access_key_id, now=now)
        assert ["session-1", "session-2"] == sorted(await listed(stores, present_clock))
        assert await stores.sessions.discard(record)
        assert ["session-2"] == await listed(stores, present_clock)
