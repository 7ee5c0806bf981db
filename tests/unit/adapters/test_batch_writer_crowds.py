"""Those who wait for the thread that writes in batches wait for each other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from daypass.adapters.batch_writer import BatchWriter
from support.held_disk import HOUR, Disk, until_begun, writer_on


@pytest.fixture
def disk() -> Disk:
    """Returns a disk that is free."""
    made = Disk()
    made.free.set()
    return made


async def one_by_one(
    writer: BatchWriter[int, int], items: Sequence[int]
) -> list[asyncio.Future[int]]:
    """Queues items with more turns in between than are waited for."""
    waiting = []
    for item in items:
        waiting.append(writer.submit(item))
        for _ in range(5):
            await asyncio.sleep(0)
    return waiting


async def test_crowd_comes_together(disk: Disk) -> None:
    """Where eight have waited at once, the next eight share a commit as well."""
    writer = writer_on(disk, gather_time_max=HOUR)
    await asyncio.gather(*(writer.submit(item) for item in range(8)))

    await asyncio.gather(*await one_by_one(writer, range(8, 16)))

    writer.close()
    assert [list(range(8)), list(range(8, 16))] == disk.batches


async def test_half_of_a_crowd_goes_while_the_disk_is_busy(disk: Disk) -> None:
    """What comes while others are written is half of them all, and goes together."""
    writer = writer_on(disk, gather_time_max=HOUR)
    await asyncio.gather(*(writer.submit(item) for item in range(8)))
    disk.free.clear()
    disk.begun.clear()
    first = await one_by_one(writer, range(8, 16))
    await until_begun(disk)
    second = await one_by_one(writer, range(16, 21))

    disk.free.set()
    await asyncio.gather(*first, *second)

    writer.close()
    assert [list(range(8, 16)), list(range(16, 21))] == disk.batches[1:]


async def test_two_are_no_crowd(disk: Disk) -> None:
    """Where two have waited at once, one alone is written at once."""
    writer = writer_on(disk, gather_time_max=HOUR)
    await asyncio.gather(writer.submit(0), writer.submit(1))

    await writer.submit(2)

    writer.close()
    assert [[0, 1], [2]] == disk.batches


async def test_crowd_that_has_left_is_not_waited_for(disk: Disk) -> None:
    """What comes alone is written after a moment, and at once when it always does."""
    writer = writer_on(disk)
    await asyncio.gather(*(writer.submit(item) for item in range(8)))
    for item in (8, 9, 10):
        await writer.submit(item)

    disk.begun.clear()
    last = writer.submit(11)
    for _ in range(10):
        await asyncio.sleep(0)
    # The loop stands still meanwhile, and no timer of it can run out.
    is_at_once = disk.begun.wait(1)

    await last
    writer.close()
    assert is_at_once
    assert [[8], [9], [10], [11]] == disk.batches[1:]


async def test_it_is_looked_who_else_comes(disk: Disk) -> None:
    """Where each has come alone, every 64th time the next ones are waited for."""
    writer = writer_on(disk, gather_time_max=HOUR)
    for item in range(63):
        await writer.submit(item)

    waiting = await one_by_one(writer, range(63, 67))

    writer.close()
    await asyncio.gather(*waiting)
    assert [[item] for item in range(63)] == disk.batches[:63]
    assert [[63, 64, 65, 66]] == disk.batches[63:]


async def test_nobody_is_waited_for_with_time_to_spare(disk: Disk) -> None:
    """A process that has time to spare writes what comes alone at once, every time."""
    writer = writer_on(disk, gather_time_max=HOUR, pressed=False)
    await asyncio.gather(*(writer.submit(item) for item in range(8)))

    for item in range(8, 80):
        await writer.submit(item)

    writer.close()
    assert [[item] for item in range(8, 80)] == disk.batches[1:]
