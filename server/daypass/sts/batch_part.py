"""The items of a batch wait for each other before the first of them writes.

So all of them are one round trip to the store, however many turns of the event loop
it took to decide them.
"""

from __future__ import annotations

import asyncio


class Gathering:
    """Where the items of one batch wait for each other.

    Args:
        count: how many items there are; each takes one part, and must end it.
    """

    def __init__(self, count: int) -> None:
        self._missing = count
        self._complete = asyncio.Event()

    def part(self) -> BatchPart:
        """Returns the part of one item."""
        return BatchPart(self)

    def arrive(self) -> None:
        """Counts an item that is ready to write, or will not write at all."""
        self._missing -= 1
        if self._missing == 0:
            self._complete.set()

    async def complete(self) -> None:
        """Returns when no item is missing."""
        await self._complete.wait()


class BatchPart:
    """One item of a batch, which arrives once.

    Args:
        gathering: the batch.
    """

    def __init__(self, gathering: Gathering) -> None:
        self._gathering = gathering
        self._arrived = False

    async def before_write(self) -> None:
        """Waits for the other items; a second write of an item waits for nobody."""
        if self._arrived:
            return
        self.end()
        await self._gathering.complete()

    def end(self) -> None:
        """Lets nobody wait for this item any more."""
        if not self._arrived:
            self._arrived = True
            self._gathering.arrive()
