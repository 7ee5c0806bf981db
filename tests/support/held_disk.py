"""A disk that a test holds up, and a writer on it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from datetime import timedelta

from daypass.adapters.batch_writer import BatchWriter, Listener

HOUR = timedelta(hours=1)


class Disk:
    """A disk that a test holds up, and that keeps what was written."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun = threading.Event()
        self.free = threading.Event()
        self.error: Exception | None = None

    def commit(self, items: Sequence[int]) -> list[int]:
        """Writes items when the disk is free; their results are their doubles."""
        self.begun.set()
        self.free.wait(5)
        if self.error is not None:
            raise self.error
        self.batches.append(list(items))
        return [2 * item for item in items]


def writer_on(
    disk: Disk,
    *,
    queue_max: int = 100,
    gather_time_max: timedelta = timedelta(milliseconds=1),
    pressed: bool = True,
    listener: Listener[int, int] | None = None,
    wait_time_max: timedelta | None = None,
) -> BatchWriter[int, int]:
    """Returns a writer with batches of ten at most."""
    return BatchWriter(
        commit=disk.commit,
        queue_max=queue_max,
        batch_max=10,
        name="test-writer",
        gather_time_max=gather_time_max,
        is_pressed=lambda: pressed,
        listener=listener,
        wait_time_max=wait_time_max,
    )


async def until_begun(disk: Disk) -> None:
    """Returns when the thread has taken a batch."""
    await asyncio.to_thread(disk.begun.wait, 5)
