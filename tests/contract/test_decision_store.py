"""What every store of denials does."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from support.decisions import decision_record
from support.stores import Stores

SECOND = timedelta(seconds=1)


async def test_unknown_is_none(stores: Stores) -> None:
    """An id that was never kept has no record."""
    assert await stores.decisions.get("absent", now=stores.clock.now()) is None


async def test_kept_is_found(stores: Stores) -> None:
    """A record comes back as it was kept, every member of it."""
    record = decision_record(now=stores.clock.now())

    await stores.decisions.put(record)

    found = await stores.decisions.get(record.decision_id, now=stores.clock.now())
    assert record == found


async def test_one_view_for_both(stores: Stores) -> None:
    """A record of one account, whose views are one, comes back with both."""
    now = stores.clock.now()
    record = decision_record(now=now, resource_view='{"side":"caller"}')

    await stores.decisions.put(record)

    assert record == await stores.decisions.get(record.decision_id, now=now)


async def test_latest_wins(stores: Stores) -> None:
    """A record of the same id replaces the one before."""
    now = stores.clock.now()
    record = decision_record(now=now)
    await stores.decisions.put(record)
    later = replace(record, reason="another")

    await stores.decisions.put(later)

    assert later == await stores.decisions.get(record.decision_id, now=now)


@pytest.mark.parametrize(
    ("passed", "is_there"),
    [(60 * SECOND, False), (61 * SECOND, False), (59 * SECOND, True)],
)
async def test_expiry_is_of_the_record(
    stores: Stores, passed: timedelta, *, is_there: bool
) -> None:
    """A record is gone at its expiry by the caller's time, and not before."""
    record = decision_record(now=stores.clock.now(), lasts=60 * SECOND)
    await stores.decisions.put(record)

    found = await stores.decisions.get(
        record.decision_id, now=stores.clock.now() + passed
    )

    assert is_there == (found is not None)


@pytest.mark.parametrize("decision_id", ["", "*", "a\r\nb", "{x}", "ä" * 100, "\0"])
async def test_hostile_ids_are_ids(stores: Stores, decision_id: str) -> None:
    """Any text names a record, and never another one."""
    now = stores.clock.now()
    await stores.decisions.put(decision_record(now=now))

    assert await stores.decisions.get(decision_id, now=now) is None


async def test_many_at_once(stores: Stores) -> None:
    """Records that are kept at once do not meet."""
    now = stores.clock.now()
    records = [decision_record(number, now=now) for number in range(50)]
    await asyncio.gather(*(stores.decisions.put(record) for record in records))

    found = await asyncio.gather(
        *(stores.decisions.get(record.decision_id, now=now) for record in records)
    )

    assert records == found
