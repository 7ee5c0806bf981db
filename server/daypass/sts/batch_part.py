"""The items of a batch wait for each other before the first of them writes.

So all of them are one round trip to the store, however many turns of the event loop
it took to decide them. When it is done they go on a few at a turn, as they came.
"""

from __future__ import annotations

import asyncio
from collections import deque

from daypass.core.batch_limits import MINTS_A_TURN_MAX


class Gathering:
    """Where the items of one batch wait for each other.

    Args:
        count: how many items there are; each takes one part, and must end it.
    """

    def __init__(self, count: int) -> None:
        self._missing = count
        self._loop = asyncio.get_running_loop()
        self._arrived: list[asyncio.Future[None]] = []
        self._written: deque[asyncio.Future[None]] = deque()

    def part(self) -> BatchPart:
        """Returns the part of one item."""
        return BatchPart(self)

    def arrive(self) -> None:
        """Counts an item that is ready to write, or will not write at all."""
        self._missing -= 1
        if self._missing == 0:
            for item in self._arrived:
                _wake(item)

    async def complete(self) -> None:
        """Returns when no item is missing."""
        if self._missing:
            mine: asyncio.Future[None] = self._loop.create_future()
            self._arrived.append(mine)
            await mine

    async def turn(self) -> None:
        """Returns in the turn of the event loop that an item has for what remains."""
        mine: asyncio.Future[None] = self._loop.create_future()
        if not self._written:
            self._loop.call_soon(self._go_on)
        self._written.append(mine)
        await mine

    def _go_on(self) -> None:
        for _ in range(min(MINTS_A_TURN_MAX, len(self._written))):
            _wake(self._written.popleft())
        if self._written:
            self._loop.call_soon(self._go_on)


def _wake(item: asyncio.Future[None]) -> None:
    # Whoever waited may be cancelled by now.
    if not item.done():
        item.set_result(None)


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

    async def after_write(self) -> None:
        """Waits for the turn of this item to go on."""
        await self._gathering.turn()

    def end(self) -> None:
        """Lets nobody wait for this item any more."""
        if not self._arrived:
            self._arrived = True
            self._gathering.arrive()
