"""What every revocation log does."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from daypass.core.errors import StoreUnavailableError
from daypass.core.revocation import Epoch
from support.records import revocation
from support.stores import Stores

LEASE = timedelta(seconds=5)
SOON = timedelta(milliseconds=50)
LATE = timedelta(seconds=10)


async def append(stores: Stores, *subjects: str) -> list[int]:
    """Appends one revocation after the other."""
    now = stores.clock.now()
    entries = [
        await stores.revocations.append(revocation(each, now=now)) for each in subjects
    ]
    return [entry.sequence for entry in entries]


async def applied(stores: Stores) -> dict[str, int]:
    """Returns what the live workers have applied of the log that is there."""
    begin = Epoch(await stores.revocations.incarnation(), 0)
    return dict(await stores.revocations.applied(begin))


async def test_empty_log_has_no_entries(stores: Stores) -> None:
    """A new log holds nothing."""
    assert () == await stores.revocations.read_after(0, limit=10)


async def test_incarnation_stays(stores: Stores) -> None:
    """A log has one name, whoever asks and however often."""
    first = await stores.revocations.incarnation()
    await append(stores, "a")

    assert first == await stores.revocations.incarnation()
    assert first


async def test_numbers_count_up_from_one(stores: Stores) -> None:
    """Entries are numbered from 1 without a gap."""
    assert [1, 2, 3] == await append(stores, "a", "b", "c")


async def test_entry_comes_back_whole(stores: Stores) -> None:
    """An entry is read as it was appended."""
    entry = revocation("séance:{x}\r\n", now=stores.clock.now())

    place = await stores.revocations.append(entry)

    (read,) = await stores.revocations.read_after(0, limit=10)
    assert place.sequence == read.sequence
    assert entry == read.revocation


async def test_racing_appends_have_no_gap(stores: Stores) -> None:
    """Appends at one time get different numbers that follow each other."""
    now = stores.clock.now()

    places = await asyncio.gather(
        *(stores.revocations.append(revocation(str(n), now=now)) for n in range(50))
    )

    assert list(range(1, 51)) == sorted(place.sequence for place in places)


async def test_number_and_entry_belong_together(stores: Stores) -> None:
    """The number that an append returns is that of its own entry."""
    now = stores.clock.now()
    subjects = [str(number) for number in range(50)]

    places = await asyncio.gather(
        *(stores.revocations.append(revocation(each, now=now)) for each in subjects)
    )

    entries = await stores.revocations.read_after(0, limit=100)
    by_number = {entry.sequence: entry.revocation.subject for entry in entries}
    assert subjects == [by_number[place.sequence] for place in places]


@pytest.mark.parametrize(("after", "expected"), [(3, []), (2, [3]), (0, [1, 2])])
async def test_read_is_by_range(
    stores: Stores, after: int, expected: list[int]
) -> None:
    """Reading begins behind a number and ends at the limit."""
    await append(stores, "a", "b", "c")

    entries = await stores.revocations.read_after(after, limit=2)

    assert expected == [entry.sequence for entry in entries]


async def test_reader_ahead_is_refused(stores: Stores) -> None:
    """A reader that has read more than there is learns that something was lost."""
    await append(stores, "a")

    with pytest.raises(StoreUnavailableError):
        await stores.revocations.read_after(2, limit=10)


async def test_passed_entries_may_go(stores: Stores) -> None:
    """An entry whose time has passed is forgotten, and its number is not reused."""
    now = stores.clock.now()
    await stores.revocations.append(revocation("old", now=now, kept=-LEASE))

    place = await stores.revocations.append(revocation("new", now=now))

    entries = await stores.revocations.read_after(0, limit=10)
    assert 2 == place.sequence
    assert ["new"] == [entry.revocation.subject for entry in entries]


async def test_entries_behind_a_kept_one_stay(stores: Stores) -> None:
    """Entries go from the front only, so that what is read has no gap."""
    now = stores.clock.now()
    await stores.revocations.append(revocation("kept", now=now))
    await stores.revocations.append(revocation("passed", now=now, kept=-LEASE))

    await stores.revocations.append(revocation("new", now=now))

    entries = await stores.revocations.read_after(0, limit=10)
    assert [1, 2, 3] == [entry.sequence for entry in entries]


async def test_wait_ends_with_time(stores: Stores) -> None:
    """Waiting ends when the time is up, without an entry."""
    await append(stores, "a")

    await stores.revocations.wait_after(1, at_most=SOON)

    assert () == await stores.revocations.read_after(1, limit=10)


async def test_wait_ends_at_once_where_there_is_one(stores: Stores) -> None:
    """Waiting ends at once when the entry is there already."""
    await append(stores, "a")

    async with asyncio.timeout(5):
        await stores.revocations.wait_after(0, at_most=LATE)


async def test_wait_ends_with_an_entry(stores: Stores) -> None:
    """Waiting ends soon after an entry is appended, long before its time is up."""
    await stores.revocations.incarnation()
    waiting = asyncio.create_task(stores.revocations.wait_after(0, at_most=LATE))
    await stores.revocations.wait_after(0, at_most=SOON)

    await append(stores, "a")

    async with asyncio.timeout(5):
        await waiting


async def test_wait_can_be_cancelled(stores: Stores) -> None:
    """Whoever gives up waiting leaves the log usable."""
    waiting = asyncio.create_task(stores.revocations.wait_after(0, at_most=LATE))
    await append(stores)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    await append(stores, "a")

    await stores.revocations.wait_after(0, at_most=LATE)
    assert 1 == len(await stores.revocations.read_after(0, limit=10))


async def test_nobody_has_applied_at_first(stores: Stores) -> None:
    """A log that no worker has reported on names none."""
    assert {} == await applied(stores)


async def test_applied_of_another_log_is_refused(stores: Stores) -> None:
    """Who asks about a log that is not there is not told of the workers of another."""
    await append(stores, "a")

    with pytest.raises(StoreUnavailableError) as caught:
        await stores.revocations.applied(Epoch("another", 1))

    assert "revocation_log_replaced" == caught.value.detail


async def test_applied_of_a_lost_entry_is_refused(stores: Stores) -> None:
    """A log that lacks the entry in question does not say who has applied it."""
    await append(stores, "a")
    name = await stores.revocations.incarnation()

    with pytest.raises(StoreUnavailableError) as caught:
        await stores.revocations.applied(Epoch(name, 2))

    assert "revocation_log_behind_reader" == caught.value.detail


async def test_place_names_the_log(stores: Stores) -> None:
    """The place of an entry has the name of the log and the number in it."""
    name = await stores.revocations.incarnation()

    place = await stores.revocations.append(revocation("a", now=stores.clock.now()))

    assert Epoch(name, 1) == place


async def test_reports_are_listed(stores: Stores) -> None:
    """Each worker is listed with what it reported last."""
    await append(stores, "a", "b")
    for worker, number in (("one", 1), ("two:{}*\r\n", 1), ("one", 2)):
        await stores.revocations.report_applied(worker, number, lease=LEASE)

    assert {"one": 2, "two:{}*\r\n": 1} == await applied(stores)


async def test_report_says_what_is_sure(stores: Stores) -> None:
    """A report is answered with the number of the last entry before it."""
    await append(stores, "a", "b")

    sure = await stores.revocations.report_applied("one", 1, lease=LEASE)

    assert 2 == sure


async def test_ended_lease_is_not_listed(stores: Stores) -> None:
    """A worker whose lease has run out is not listed; another is."""
    await stores.revocations.report_applied("gone", 0, lease=SOON / 50)
    await stores.revocations.report_applied("here", 0, lease=LEASE * 10)

    stores.clock.advance(LEASE)
    await stores.revocations.wait_after(0, at_most=SOON)

    assert {"here": 0} == await applied(stores)


async def test_withdrawn_lease_is_not_listed(stores: Stores) -> None:
    """E01: a worker that has ended is not listed any more; another one is."""
    for worker in ("gone", "here"):
        await stores.revocations.report_applied(worker, 0, lease=LEASE * 10)

    await stores.revocations.withdraw("gone")
    await stores.revocations.withdraw("nobody")

    assert {"here": 0} == await applied(stores)


async def test_report_ahead_is_refused(stores: Stores) -> None:
    """A worker cannot have applied what is not in the log."""
    await append(stores, "a")

    with pytest.raises(StoreUnavailableError):
        await stores.revocations.report_applied("one", 2, lease=LEASE)

    assert {} == await applied(stores)
