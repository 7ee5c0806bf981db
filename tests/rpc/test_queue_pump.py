"""What one turn of the loop takes from a queue, and who waits when nothing is ready."""

from __future__ import annotations

import asyncio
import queue
from collections import deque
from types import SimpleNamespace
from typing import Any

from daypass.core import engine_limits
from daypass.rpc.cq.library import cygrpc
from daypass.rpc.cq.pump import EventPump
from daypass.rpc.engine import Engine

ENGINES = (Engine.CQ,)
NOTHING = SimpleNamespace(completion_type=cygrpc.CompletionType.queue_timeout)
SHUT = SimpleNamespace(completion_type=cygrpc.CompletionType.queue_shutdown)


class Queue:
    """A queue: one event wakes who waits, the others are ready by then."""

    def __init__(self) -> None:
        self.waited_for: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.ready: deque[Any] = deque()

    def poll(self, deadline: float | None = None) -> Any:
        """Returns an event."""
        if deadline is None:
            event = self.waited_for.get()
            if event is SHUT:
                self.waited_for.put(SHUT)  # As gRPC's: shut is shut for all.
            return event
        return self.ready.popleft() if self.ready else NOTHING

    def shutdown(self) -> None:
        """Ends the queue."""
        self.waited_for.put(SHUT)


class Turns:
    """A pump, and how many events it took in each turn."""

    def __init__(self) -> None:
        self.queue = Queue()
        self.taken = 0
        self.turns: list[int] = []
        # How many turns are asked for, whatever is ready.
        self.wanted = 0
        self.pump = EventPump(self.queue, turn_done=self._note)
        self.faulty = False

    def add(self, ready: int) -> None:
        """Has one event wake the loop, and others be ready."""
        kind = cygrpc.CompletionType.operation_complete
        event = SimpleNamespace(completion_type=kind, tag=self._take)
        for _ in range(ready + 1):
            self.pump.expect()
        self.queue.ready.extend([event] * ready)
        self.queue.waited_for.put(event)

    async def wait_taken(self) -> None:
        """Returns when nothing is outstanding."""
        async with asyncio.timeout(10):
            while self.pump.outstanding:
                await asyncio.sleep(0.001)

    def _take(self, _: Any) -> None:
        self.taken += 1
        if self.faulty:
            raise ValueError("a call of its own")

    def _note(self) -> bool:
        self.turns.append(self.taken)
        self.taken = 0
        self.wanted -= 1
        return self.wanted > 0


async def test_ready_is_one_turn() -> None:
    """All that is ready is taken before anything of it is worked on."""
    turns = Turns()
    turns.add(ready=engine_limits.EVENTS_PER_TURN_MAX - 1)
    turns.pump.start()
    await turns.wait_taken()
    turns.pump.end()

    assert [engine_limits.EVENTS_PER_TURN_MAX] == turns.turns


async def test_turn_is_bounded() -> None:
    """What is ready beyond the bound is taken in the next turn of the loop."""
    turns = Turns()
    turns.add(ready=engine_limits.EVENTS_PER_TURN_MAX)
    turns.pump.start()
    await turns.wait_taken()
    turns.pump.end()

    assert [engine_limits.EVENTS_PER_TURN_MAX, 1] == turns.turns


async def test_turns_that_are_asked_for() -> None:
    """What could not be begun in one turn has the next, though nothing new is ready."""
    turns = Turns()
    turns.wanted = 3
    turns.add(ready=0)
    turns.pump.start()
    async with asyncio.timeout(10):
        while turns.wanted:
            await asyncio.sleep(0.001)
    turns.pump.end()

    assert [1, 0, 0] == turns.turns


async def test_woken_again() -> None:
    """After a pause the next event is taken as well."""
    turns = Turns()
    turns.pump.start()
    for ready in (0, 3):
        turns.add(ready=ready)
        await turns.wait_taken()
    turns.pump.end()

    assert [1, 4] == turns.turns


async def test_fault_ends_no_other() -> None:
    """An event that cannot be taken leaves the others of its turn."""
    turns = Turns()
    turns.faulty = True
    turns.add(ready=2)
    turns.pump.start()
    await turns.wait_taken()
    turns.pump.end()

    assert [3] == turns.turns
