"""Who is told what becomes of what a thread writes in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from daypass.adapters.batch_writer import Listener
from daypass.adapters.parcel import Entry
from support.held_disk import HOUR, Disk, writer_on


@pytest.fixture
def disk() -> Disk:
    """Returns a disk that is free."""
    made = Disk()
    made.free.set()
    return made


class Heard(Listener[int, int]):
    """A listener that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, list[int]]] = []

    def lost(self, items: Sequence[int]) -> None:
        """Keeps items."""
        self.told.append(("lost", list(items)))

    def settled(self, entries: Sequence[Entry[int, int]]) -> None:
        """Keeps items."""
        self.told.append(("settled", [item for item, _, _ in entries]))

    def failed(self, entries: Sequence[Entry[int, int]]) -> None:
        """Keeps items."""
        self.told.append(("failed", [item for item, _, _ in entries]))

    def error_of(self, error: Exception) -> Exception:
        """Says which error it was."""
        return LookupError(type(error).__name__)


class Broken(Listener[int, int]):
    """A listener that raises whatever it is told."""

    def settled(self, entries: Sequence[Entry[int, int]]) -> None:
        """Raises."""
        raise RuntimeError(len(entries))

    def failed(self, entries: Sequence[Entry[int, int]]) -> None:
        """Raises."""
        raise RuntimeError(len(entries))


async def test_waits_are_bounded(disk: Disk) -> None:
    """Past the bound nobody waits, each has an error of its own, and it is written."""
    disk.free.clear()
    heard = Heard()
    writer = writer_on(disk, listener=heard, wait_time_max=timedelta(milliseconds=1))
    waiting = [writer.submit(1), writer.submit(2)]

    errors = await asyncio.gather(*waiting, return_exceptions=True)
    disk.free.set()
    writer.close()
    await asyncio.sleep(0)

    assert ["TimeoutError", "TimeoutError"] == [str(each) for each in errors]
    assert errors[0] is not errors[1]
    assert [[1, 2]] == disk.batches
    assert [("failed", [1, 2])] == heard.told


async def test_listener_hears_of_all_together(disk: Disk) -> None:
    """What was written is told once, before those who wait go on."""
    heard = Heard()
    writer = writer_on(disk, listener=heard, wait_time_max=HOUR)
    writer.add(0, within=HOUR)
    waiting = [writer.submit(1), writer.submit(2)]

    async def first() -> list[tuple[str, list[int]]]:
        await waiting[0]
        return list(heard.told)

    assert [("settled", [0, 1, 2])] == await first()
    writer.close()


async def test_listener_hears_of_failures(disk: Disk) -> None:
    """What nobody waits for is lost first, and then all of it has failed."""
    disk.error = OSError("full")
    heard = Heard()
    writer = writer_on(disk, listener=heard)
    writer.add(0, within=HOUR)

    with pytest.raises(LookupError, match="OSError"):
        await writer.submit(1)

    writer.close()
    assert [("lost", [0]), ("failed", [0, 1])] == heard.told


@pytest.mark.parametrize("fails", [False, True])
async def test_listener_that_breaks_holds_up_nobody(disk: Disk, *, fails: bool) -> None:
    """Those who wait are told even where the listener raises, against its contract."""
    disk.error = OSError("full") if fails else None
    raised: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: raised.append(context.get("exception"))
    )
    writer = writer_on(disk, listener=Broken())

    (outcome,) = await asyncio.gather(writer.submit(1), return_exceptions=True)

    writer.close()
    assert (disk.error if fails else 2) == outcome
    assert [RuntimeError] == [type(each) for each in raised]
