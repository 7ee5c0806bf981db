"""What every session store does with the record of a signed call (attacks V01)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from daypass.core.errors import AccessKeyTakenError
from daypass.core.ports import SessionFilter
from daypass.core.session import SessionRecord
from support.records import ACCOUNT, bound_record, session_record
from support.stores import Stores

MINUTE = timedelta(minutes=1)


async def holder_of(stores: Stores, record: SessionRecord) -> SessionRecord | None:
    """Tries to add a record, and returns who has its id already."""
    try:
        await stores.sessions.add(record)
    except AccessKeyTakenError as taken:
        return taken.holder
    return None


async def is_listed(stores: Stores, record: SessionRecord) -> bool:
    """Tells whether a record is listed."""
    page = await stores.sessions.list_sessions(
        SessionFilter(ACCOUNT), now=stores.clock.now(), limit=100
    )
    return record in page.records


async def test_bound_is_found(stores: Stores) -> None:
    """A record comes back with its binding, and shows it to whoever comes second."""
    record = bound_record(1, now=stores.clock.now())
    await stores.sessions.add(record)

    second = await holder_of(stores, bound_record(1, now=stores.clock.now(), mint="2"))

    assert record == second
    found = await stores.sessions.get(record.access_key_id, now=stores.clock.now())
    assert record == found


async def test_all_who_race_see_the_winner(stores: Stores) -> None:
    """Of many who add one id at once, those who lose are shown who has it."""
    now = stores.clock.now()
    records = [bound_record(1, now=now, mint=str(number)) for number in range(50)]

    holders = await asyncio.gather(*(holder_of(stores, each) for each in records))

    assert 1 == holders.count(None)
    winner = records[holders.index(None)]
    assert {winner} == {each for each in holders if each is not None}


@pytest.mark.parametrize(
    ("lasts", "kept", "passed", "is_taken"),
    [
        (5 * MINUTE, 16 * MINUTE, 15 * MINUTE, True),
        (5 * MINUTE, 16 * MINUTE, 16 * MINUTE, False),
        (60 * MINUTE, 16 * MINUTE, 59 * MINUTE, True),
        (0 * MINUTE, 16 * MINUTE, MINUTE, True),
    ],
)
async def test_id_is_taken_while_the_call_is_good(
    stores: Stores,
    lasts: timedelta,
    kept: timedelta,
    passed: timedelta,
    *,
    is_taken: bool,
) -> None:
    """V01: an id is taken until session and call are over, also where one is before."""
    # The server of the store goes by real time, which a test cannot move.
    begin = stores.clock.now() - passed
    record = bound_record(1, now=begin, lasts=lasts, kept=kept)
    await stores.sessions.add(record)

    second = await holder_of(stores, bound_record(1, now=stores.clock.now(), mint="2"))

    assert is_taken == (record == second)


async def test_kept_is_not_live(stores: Stores) -> None:
    """A record whose session has ended is neither found nor listed while it is kept."""
    record = bound_record(1, now=stores.clock.now(), lasts=MINUTE)
    await stores.sessions.add(record)
    assert await is_listed(stores, record)

    stores.clock.advance(MINUTE)

    assert None is await stores.sessions.get(
        record.access_key_id, now=stores.clock.now()
    )
    assert not await is_listed(stores, record)
    assert record == await holder_of(stores, bound_record(1, now=stores.clock.now()))


async def test_shared_is_not_discarded(stores: Stores) -> None:
    """A record that was shared stays as it was, whoever takes it back, and is listed."""
    now = stores.clock.now()
    record = bound_record(1, now=now)
    await stores.sessions.add(record)

    assert await stores.sessions.share(record)

    assert not await stores.sessions.discard(record)
    assert record == await stores.sessions.get(record.access_key_id, now=now)
    assert await is_listed(stores, record)
    assert record == await holder_of(stores, record)


async def test_sharing_twice_is_sharing(stores: Stores) -> None:
    """A record that is shared can be shared again."""
    record = bound_record(1, now=stores.clock.now())
    await stores.sessions.add(record)

    assert [True, True] == [await stores.sessions.share(record) for _ in range(2)]


async def test_discarded_is_not_shared(stores: Stores) -> None:
    """A record that was taken back cannot be shared, and its id is free."""
    record = bound_record(1, now=stores.clock.now())
    await stores.sessions.add(record)

    assert await stores.sessions.discard(record)

    assert not await stores.sessions.share(record)
    assert await holder_of(stores, bound_record(1, now=stores.clock.now())) is None


async def test_shared_ends_in_its_time(stores: Stores) -> None:
    """Sharing a record does not make it last."""
    record = bound_record(1, now=stores.clock.now(), lasts=MINUTE)
    await stores.sessions.add(record)
    await stores.sessions.share(record)

    stores.clock.advance(MINUTE)

    assert None is await stores.sessions.get(
        record.access_key_id, now=stores.clock.now()
    )


async def test_another_of_the_same_id_is_let_be(stores: Stores) -> None:
    """Of two that were tried for one call, neither shares or takes back the other."""
    now = stores.clock.now()
    record, other = bound_record(1, now=now), bound_record(1, now=now, mint="other")
    await stores.sessions.add(record)

    assert not await stores.sessions.share(other)
    assert await stores.sessions.discard(other)

    assert record == await stores.sessions.get(record.access_key_id, now=now)
    assert await stores.sessions.discard(record)


async def test_nothing_is_not_shared(stores: Stores) -> None:
    """What was never added cannot be shared."""
    assert not await stores.sessions.share(session_record(1, now=stores.clock.now()))


async def test_sharing_and_discarding_agree(stores: Stores) -> None:
    """Of a sharing and a discarding at once, exactly one has its way."""
    now = stores.clock.now()
    records = [bound_record(number, now=now) for number in range(40)]
    await asyncio.gather(*(stores.sessions.add(each) for each in records))

    outcomes = await asyncio.gather(
        *(
            asyncio.gather(stores.sessions.share(each), stores.sessions.discard(each))
            if number % 2
            else asyncio.gather(
                stores.sessions.discard(each), stores.sessions.share(each)
            )
            for number, each in enumerate(records)
        )
    )

    for number, (first, second) in enumerate(outcomes):
        assert first != second
        shared = first if number % 2 else second
        found = await stores.sessions.get(records[number].access_key_id, now=now)
        assert shared == (found is not None)
