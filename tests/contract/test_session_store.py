"""What every session store does."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from daypass.core import limits
from daypass.core.errors import AccessKeyTakenError, ValidationError
from daypass.core.ports import SessionFilter
from support.records import (
    ACCOUNT,
    OTHER_ACCOUNT,
    OTHER_ROLE,
    ROLE,
    session_record,
)
from support.stores import Stores

SECOND = timedelta(seconds=1)


async def test_unknown_is_none(stores: Stores) -> None:
    """An id that was never added has no record."""
    found = await stores.sessions.get("ASIA" + "0" * 16, now=stores.clock.now())

    assert found is None


async def test_added_is_found(stores: Stores) -> None:
    """A record comes back as it was added, every member of it."""
    record = session_record(1, now=stores.clock.now())

    await stores.sessions.add(record)

    found = await stores.sessions.get(record.access_key_id, now=stores.clock.now())
    assert record == found


async def test_taken_id_is_refused(stores: Stores) -> None:
    """An id of a live session is not given to another, which stays as it was."""
    now = stores.clock.now()
    record = session_record(1, now=now)
    await stores.sessions.add(record)

    with pytest.raises(AccessKeyTakenError):
        await stores.sessions.add(session_record(1, now=now, principal_id=OTHER_ROLE))

    assert record == await stores.sessions.get(record.access_key_id, now=now)


async def test_racing_adds_have_one_winner(stores: Stores) -> None:
    """Of many who add one id at once, exactly one is told that it has it."""
    now = stores.clock.now()

    outcomes = await asyncio.gather(
        *(stores.sessions.add(session_record(1, now=now)) for _ in range(20)),
        return_exceptions=True,
    )

    kinds = Counter(type(outcome) for outcome in outcomes)
    assert {type(None): 1, AccessKeyTakenError: 19} == kinds


@pytest.mark.parametrize("count", [0, 1, 40])
async def test_added_together_are_found(stores: Stores, count: int) -> None:
    """Records that are added in one go are each stored and listed."""
    now = stores.clock.now()
    records = [session_record(number, now=now) for number in range(count)]

    outcomes = await stores.sessions.add_many(records)

    assert [None] * count == outcomes
    page = await stores.sessions.list_sessions(
        SessionFilter(ACCOUNT), now=now, limit=count + 1
    )
    assert {each.access_key_id: each for each in records} == {
        each.access_key_id: each for each in page.records
    }


async def test_added_together_fail_alone(stores: Stores) -> None:
    """Of records that are added in one go those fail whose ids are taken."""
    now = stores.clock.now()
    there = session_record(2, now=now, principal_id=OTHER_ROLE)
    await stores.sessions.add(there)
    numbers = (1, 2, 3, 3)

    outcomes = await stores.sessions.add_many(
        [session_record(number, now=now) for number in numbers]
    )

    assert [None, there, None, session_record(3, now=now)] == [
        each.holder if isinstance(each, AccessKeyTakenError) else each
        for each in outcomes
    ]
    assert there == await stores.sessions.get(there.access_key_id, now=now)


async def test_taken_id_stays_listed(stores: Stores) -> None:
    """A refused add leaves the lists as they were, also those of its principal."""
    now = stores.clock.now()
    record = session_record(1, now=now)
    await stores.sessions.add(record)
    with pytest.raises(AccessKeyTakenError):
        await stores.sessions.add(session_record(1, now=now, principal_id=OTHER_ROLE))

    listed = await stores.sessions.list_sessions(
        SessionFilter(ACCOUNT), now=now, limit=10
    )
    of_other = await stores.sessions.list_sessions(
        SessionFilter(ACCOUNT, OTHER_ROLE), now=now, limit=10
    )

    assert (record,) == listed.records
    assert () == of_other.records


@pytest.mark.parametrize(
    ("passed", "is_there"),
    [(60 * SECOND, False), (61 * SECOND, False), (59 * SECOND, True)],
)
async def test_expiry_is_of_the_record(
    stores: Stores, passed: timedelta, *, is_there: bool
) -> None:
    """A record is gone at its expiry by the caller's time, and not before."""
    record = session_record(1, now=stores.clock.now(), lasts=60 * SECOND)
    await stores.sessions.add(record)

    found = await stores.sessions.get(
        record.access_key_id, now=stores.clock.now() + passed
    )

    assert is_there == (found is not None)


async def test_list_is_in_order_of_expiry(stores: Stores) -> None:
    """A list begins with the session that expires first."""
    now = stores.clock.now()
    for minutes in (30, 10, 20):
        record = session_record(minutes, now=now, lasts=timedelta(minutes=minutes))
        await stores.sessions.add(record)

    page = await stores.sessions.list_sessions(
        SessionFilter(ACCOUNT), now=now, limit=10
    )

    minutes_left = [
        (each.expire_time - now) / timedelta(minutes=1) for each in page.records
    ]
    assert [10, 20, 30] == minutes_left
    assert page.next_cursor is None


async def test_list_is_of_one_account(stores: Stores) -> None:
    """Sessions of another account are not in a list."""
    now = stores.clock.now()
    await stores.sessions.add(session_record(1, now=now, account_id=OTHER_ACCOUNT))
    await stores.sessions.add(session_record(2, now=now))

    page = await stores.sessions.list_sessions(
        SessionFilter(ACCOUNT), now=now, limit=10
    )

    assert [ACCOUNT] == [record.account_id for record in page.records]


async def test_list_is_of_one_principal(stores: Stores) -> None:
    """Sessions of another principal are not in the list of one."""
    now = stores.clock.now()
    await stores.sessions.add(session_record(1, now=now, principal_id=OTHER_ROLE))
    await stores.sessions.add(session_record(2, now=now))

    page = await stores.sessions.list_sessions(
        SessionFilter(ACCOUNT, ROLE), now=now, limit=10
    )

    assert [ROLE] == [record.principal_id for record in page.records]


async def test_hostile_names_do_not_meet(stores: Stores) -> None:
    """Identifiers that would run into each other as text name different lists."""
    now = stores.clock.now()
    await stores.sessions.add(
        session_record(1, now=now, account_id="1:{a}*", principal_id="b\r\n\0")
    )

    page = await stores.sessions.list_sessions(
        SessionFilter("1", ":{a}*b\r\n\0"), now=now, limit=10
    )

    assert () == page.records


@pytest.mark.parametrize("size", [1, 7, 10])
async def test_pages_cover_all_once(stores: Stores, size: int) -> None:
    """Pages show each session exactly once, also where many expire at one instant."""
    now = stores.clock.now()
    numbers = range(20)
    for number in numbers:
        lasts = timedelta(hours=1 + number // 15)
        await stores.sessions.add(session_record(number, now=now, lasts=lasts))

    seen: list[str] = []
    cursor = None
    while True:
        page = await stores.sessions.list_sessions(
            SessionFilter(ACCOUNT), now=now, limit=size, cursor=cursor
        )
        seen += [record.session_name for record in page.records]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert {f"session-{number}": 1 for number in numbers} == Counter(seen)


async def test_page_after_expiry_goes_on(stores: Stores) -> None:
    """A cursor works on when the session that it points to has expired."""
    now = stores.clock.now()
    for minutes in (10, 20, 30):
        record = session_record(minutes, now=now, lasts=timedelta(minutes=minutes))
        await stores.sessions.add(record)
    sessions = SessionFilter(ACCOUNT)
    first = await stores.sessions.list_sessions(sessions, now=now, limit=1)

    stores.clock.advance(timedelta(minutes=15))
    second = await stores.sessions.list_sessions(
        sessions, now=stores.clock.now(), limit=10, cursor=first.next_cursor
    )

    names = [record.session_name for record in second.records]
    assert ["session-20", "session-30"] == names


async def test_expired_are_not_listed(stores: Stores) -> None:
    """A list shows what is live at the caller's time, down to the second."""
    now = stores.clock.now()
    for seconds in (59, 60, 61):
        record = session_record(seconds, now=now, lasts=timedelta(seconds=seconds))
        await stores.sessions.add(record)

    page = await stores.sessions.list_sessions(
        SessionFilter(ACCOUNT), now=now + 60 * SECOND, limit=10
    )

    assert ["session-61"] == [record.session_name for record in page.records]


async def test_session_of_no_time_is_taken(stores: Stores) -> None:
    """A record that has expired when it is added is taken, and never shown."""
    now = stores.clock.now()
    record = session_record(1, now=now, lasts=timedelta(0))

    await stores.sessions.add(record)

    page = await stores.sessions.list_sessions(SessionFilter(ACCOUNT), now=now, limit=9)
    assert () == page.records
    assert None is await stores.sessions.get(record.access_key_id, now=now)


async def test_large_limit_is_lowered(stores: Stores) -> None:
    """A page is never larger than the bound, whatever is asked for."""
    now = stores.clock.now()
    count = limits.PAGE_SIZE_MAX + 1
    await asyncio.gather(
        *(stores.sessions.add(session_record(each, now=now)) for each in range(count))
    )

    page = await stores.sessions.list_sessions(
        SessionFilter(ACCOUNT), now=now, limit=10 * count
    )

    assert limits.PAGE_SIZE_MAX == len(page.records)
    assert page.next_cursor is not None


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "\n", "A" * 300, "ä"])
async def test_foreign_cursor_is_refused(stores: Stores, cursor: str) -> None:
    """A cursor that the store did not make is an error."""
    with pytest.raises(ValidationError):
        await stores.sessions.list_sessions(
            SessionFilter(ACCOUNT), now=stores.clock.now(), limit=1, cursor=cursor
        )


async def test_cursor_of_another_list_is_refused(stores: Stores) -> None:
    """A cursor of one list is an error in another."""
    now = stores.clock.now()
    for number in range(2):
        await stores.sessions.add(session_record(number, now=now))
    page = await stores.sessions.list_sessions(SessionFilter(ACCOUNT), now=now, limit=1)

    with pytest.raises(ValidationError):
        await stores.sessions.list_sessions(
            SessionFilter(OTHER_ACCOUNT), now=now, limit=1, cursor=page.next_cursor
        )


async def test_cancelled_adds_keep_answers_apart(stores: Stores) -> None:
    """When half of the callers go away, the others get their own answers."""
    now = stores.clock.now()
    records = [session_record(number, now=now) for number in range(300)]
    tasks = [asyncio.create_task(stores.sessions.add(each)) for each in records]
    for number, task in enumerate(tasks[::2]):
        if not number % 10:
            await asyncio.sleep(0)
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    found = await asyncio.gather(
        *(stores.sessions.get(each.access_key_id, now=now) for each in records[1::2])
    )

    assert records[1::2] == found


async def test_ping_returns(stores: Stores) -> None:
    """A store that is there answers."""
    await stores.sessions.ping()


async def test_discarded_is_gone(stores: Stores) -> None:
    """A record that was taken back is neither found nor listed, and its id is free."""
    now = stores.clock.now()
    record, other = session_record(1, now=now), session_record(2, now=now)
    await stores.sessions.add(record)
    await stores.sessions.add(other)

    await stores.sessions.discard(record)

    page = await stores.sessions.list_sessions(
        SessionFilter(ACCOUNT), now=now, limit=10
    )
    assert (other,) == page.records
    assert await stores.sessions.get(record.access_key_id, now=now) is None
    await stores.sessions.add(record)


async def test_discarding_spares_anothers(stores: Stores) -> None:
    """A record of the same id that is not this one stays."""
    now = stores.clock.now()
    record = session_record(1, now=now)
    await stores.sessions.add(record)

    await stores.sessions.discard(session_record(1, now=now, principal_id=OTHER_ROLE))

    assert record == await stores.sessions.get(record.access_key_id, now=now)


async def test_discarding_nothing_succeeds(stores: Stores) -> None:
    """Taking back what is not there changes nothing."""
    now = stores.clock.now()

    await stores.sessions.discard(session_record(1, now=now))

    page = await stores.sessions.list_sessions(
        SessionFilter(ACCOUNT, ROLE), now=now, limit=10
    )
    assert () == page.records
