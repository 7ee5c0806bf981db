"""What is gathered on an event loop and handed to a thread in one go."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

# An item, who waits for it, or None for nobody, and since when, in seconds.
Entry = tuple[ItemT, asyncio.Future[ResultT] | None, float]


@dataclass(slots=True, eq=False)
class Parcel(Generic[ItemT, ResultT]):
    """What is handed to the thread in one go.

    Attributes:
        loop: the event loop, which alone changes it.
        most: with so many items it takes no more.
        entries: what is in it, in the order in which it came.
        waiting: how many wait for it; who waits for several items is one.
        run_out: when those who wait have waited long enough.
        is_over: whether they have been told that it failed.
    """

    loop: asyncio.AbstractEventLoop
    most: int
    entries: list[Entry[ItemT, ResultT]] = field(default_factory=list)
    waiting: int = 0
    run_out: asyncio.TimerHandle | None = None
    is_over: bool = False


Parcels = Sequence[Parcel[ItemT, ResultT]]
