"""The thread that writes in batches."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from daypass.adapters.batch_writer import (
    BatchWriter,
    WriterClosedError,
    WriterFullError,
)
from support.held_disk import HOUR, Disk, until_begun, writer_on


@pytest.fixture
def disk() -> Disk:
    """Returns a disk that is free."""
    made = Disk()
    made.free.set()
    return made


async def test_each_gets_its_own_result(disk: Disk) -> None:
    """Results come back to those whose items they belong to."""
    writer = writer_on(disk)

    results = await asyncio.gather(*(writer.submit(item) for item in range(50)))

    writer.close()
    assert [2 * item for item in range(50)] == results


async def test_items_together_share_a_batch(disk: Disk) -> None:
    """Items that are queued together are not divided, whatever waits before them."""
    disk.free.clear()
    writer = writer_on(disk)
    first = writer.submit(0)
    await until_begun(disk)
    rest = [
        writer.submit(1),
        writer.submit_all(range(2, 20)),
        writer.submit_all(range(20, 22)),
    ]

    disk.free.set()
    results = await asyncio.gather(first, *rest)

    writer.close()
    assert [0, 2, 4, 40] == results
    assert [[0], list(range(1, 20)), [20, 21]] == disk.batches


async def test_items_together_fail_together(disk: Disk) -> None:
    """Items that are queued together have one outcome."""
    disk.error = OSError("full")
    writer = writer_on(disk)

    with pytest.raises(OSError, match="full"):
        await writer.submit_all(range(15))

    writer.close()


@pytest.mark.parametrize("waiting", [6, 7])
async def test_items_together_find_room_or_none(disk: Disk, waiting: int) -> None:
    """Items that are queued together are all queued, or none of them is."""
    writer = writer_on(disk, queue_max=10)
    for number in range(waiting):
        writer.add(number, within=HOUR)

    if waiting == 6:
        await writer.submit_all(range(4))
    else:
        with pytest.raises(WriterFullError):
            writer.submit_all(range(4))

    writer.close()
    written = [*range(waiting), *(range(4) if waiting == 6 else ())]
    assert written == [item for batch in disk.batches for item in batch]


async def test_waiting_items_share_a_batch(disk: Disk) -> None:
    """What waits while the disk is busy is written in one go, up to the bound."""
    disk.free.clear()
    writer = writer_on(disk)
    first = writer.submit(0)
    await until_begun(disk)
    rest = [writer.submit(item) for item in range(1, 13)]

    disk.free.set()
    await asyncio.gather(first, *rest)

    writer.close()
    assert [[0], list(range(1, 11)), [11, 12]] == disk.batches


async def test_failure_is_of_the_batch(disk: Disk) -> None:
    """An error reaches all of its batch, and the next batch is tried anew."""
    writer = writer_on(disk)
    disk.error = OSError("full")
    with pytest.raises(OSError, match="full"):
        await writer.submit(1)
    disk.error = None

    result = await writer.submit(2)

    writer.close()
    assert 4 == result


@pytest.mark.parametrize(("waiting", "is_full"), [(2, False), (3, True)])
async def test_queue_is_bounded(disk: Disk, waiting: int, *, is_full: bool) -> None:
    """Past the bound an item is refused at once; those that wait are written."""
    disk.free.clear()
    writer = writer_on(disk, queue_max=2)
    taken = writer.submit(0)
    await until_begun(disk)

    outcomes: list[object] = []
    for item in range(waiting):
        try:
            outcomes.append(writer.submit(item))
        except WriterFullError as error:
            outcomes.append(error)

    disk.free.set()
    await taken
    writer.close()
    assert is_full == isinstance(outcomes[-1], WriterFullError)


async def test_loop_is_free_meanwhile(disk: Disk) -> None:
    """The loop turns while the disk hangs."""
    disk.free.clear()
    writer = writer_on(disk)
    future = writer.submit(1)
    await until_begun(disk)

    assert not future.done()

    disk.free.set()
    assert 2 == await future
    writer.close()


async def test_abandoned_item_is_written(disk: Disk) -> None:
    """Whoever gives up waiting does not take back what was queued."""
    disk.free.clear()
    writer = writer_on(disk)
    future = writer.submit(1)
    await until_begun(disk)
    future.cancel()
    disk.free.set()

    await writer.submit(2)

    writer.close()
    assert [[1], [2]] == disk.batches


async def test_close_writes_what_waits(disk: Disk) -> None:
    """Closing waits for what was queued."""
    writer = writer_on(disk)
    futures = [writer.submit(item) for item in range(30)]

    assert writer.close()

    assert list(range(30)) == [item for batch in disk.batches for item in batch]
    await asyncio.gather(*futures)


async def test_one_turn_is_one_batch(disk: Disk) -> None:
    """What one turn of the loop queues is handed to the thread in one go."""
    writer = writer_on(disk)

    await asyncio.gather(*(writer.submit(item) for item in range(8)))

    writer.close()
    assert [list(range(8))] == disk.batches


async def test_turns_that_follow_share_a_batch(disk: Disk) -> None:
    """What the next turns bring goes along, so that a busy loop has fewer commits."""
    writer = writer_on(disk)
    waiting = []
    for item in range(5):
        waiting.append(writer.submit(item))
        await asyncio.sleep(0)

    await asyncio.gather(*waiting)

    writer.close()
    assert [list(range(5))] == disk.batches


async def test_loop_that_brings_ever_more_is_not_waited_for(disk: Disk) -> None:
    """The first is written after a moment, and not when no more comes."""
    most = 1_000_000
    writer = BatchWriter(
        commit=disk.commit, queue_max=most, batch_max=most, name="test-writer"
    )
    first, number = writer.submit(0), 0
    while not first.done():
        number += 1
        writer.add(number, within=HOUR)
        await asyncio.sleep(0)

    writer.close()
    assert 0 == first.result()
    assert 1 < len(disk.batches[0]) <= number


async def test_added_item_goes_with_the_next(disk: Disk) -> None:
    """What nobody waits for is written before, and with, what somebody waits for."""
    writer = writer_on(disk)
    writer.add(1, within=HOUR)

    assert 4 == await writer.submit(2)

    writer.close()
    assert [[1, 2]] == disk.batches


async def test_added_item_is_written_in_time(disk: Disk) -> None:
    """What nobody waits for is written by itself after its time."""
    disk.free.clear()
    writer = writer_on(disk)
    writer.add(1, within=timedelta(milliseconds=1))

    await until_begun(disk)
    disk.free.set()

    writer.close()
    assert [[1]] == disk.batches


async def test_added_items_that_fill_a_batch_are_written(disk: Disk) -> None:
    """A whole batch of what nobody waits for is written at once."""
    disk.free.clear()
    writer = writer_on(disk)
    for item in range(10):
        writer.add(item, within=HOUR)

    await until_begun(disk)
    disk.free.set()

    writer.close()
    assert [list(range(10))] == disk.batches


async def test_close_writes_what_was_added(disk: Disk) -> None:
    """Closing does not wait for the time of what nobody waits for."""
    writer = writer_on(disk)
    writer.add(1, within=HOUR)

    assert writer.close()

    assert [[1]] == disk.batches


@pytest.mark.parametrize("added", [2, 3])
async def test_added_items_are_bounded(disk: Disk, added: int) -> None:
    """What nobody waits for counts like all else."""
    writer = writer_on(disk, queue_max=3)
    for item in range(added):
        writer.add(item, within=HOUR)

    full = False
    try:
        writer.add(4, within=HOUR)
    except WriterFullError:
        full = True

    writer.close()
    assert full == (added == 3)


async def test_failure_of_added_items_is_of_nobody(disk: Disk) -> None:
    """Where nobody waits a failure is told to nobody, and the writer goes on."""
    writer = writer_on(disk)
    disk.error = OSError("full")
    writer.add(1, within=HOUR)
    with pytest.raises(OSError, match="full"):
        await writer.submit(2)
    disk.error = None

    assert 6 == await writer.submit(3)

    writer.close()
    assert [[3]] == disk.batches


async def test_commit_that_forgets_a_result_fails() -> None:
    """A commit that does not return a result for each item fails those that wait."""
    writer: BatchWriter[int, int] = BatchWriter(
        commit=lambda _: [], queue_max=1, batch_max=1, name="test-writer"
    )

    with pytest.raises(AssertionError, match="each item has a result"):
        await writer.submit(1)

    writer.close()


async def test_closed_writer_refuses(disk: Disk) -> None:
    """Nothing is taken after closing, and closing twice is harmless."""
    writer = writer_on(disk)
    assert writer.close()
    assert writer.close()

    with pytest.raises(WriterClosedError):
        writer.submit(1)
    with pytest.raises(WriterClosedError):
        writer.add(1, within=HOUR)
