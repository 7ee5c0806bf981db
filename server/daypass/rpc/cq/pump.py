"""Takes what is ready from a completion queue, on the loop's own thread.

While there is work the loop polls the queue between its own turns, and takes all
that is ready at once, up to a bound. When nothing is ready, a thread waits at the
queue and wakes the loop with the next event; it takes no other, and touches nothing.
So everything that an event sets off runs on the loop's thread, and nothing here or
behind it needs a lock.

SPEC: speed 6; decision 0042.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from daypass.core import engine_limits as bounds
from daypass.rpc.cq.library import cygrpc

_log: Final = logging.getLogger(__name__)

_NOTHING: Final = cygrpc.CompletionType.queue_timeout

# Takes an event of the operation that it is the tag of.
Tag = Callable[[Any], object]


class EventPump:
    """Gives each event of a queue to its tag.

    Args:
        queue: the completion queue, which nobody else polls.
        turn_done: is called after each turn in which something was taken, and tells
            whether it is to be called after the next one in any case.

    Attributes:
        outstanding: how many operations have been begun and not ended. Whoever begins
            one otherwise than by `begin` counts it here.
    """

    def __init__(self, queue: Any, *, turn_done: Callable[[], bool]) -> None:  # noqa: ANN401 - it has no type.
        self._queue = queue
        self._turn_done = turn_done
        self._loop = asyncio.get_running_loop()
        self._wanted = threading.Semaphore(0)
        self._ended = False
        self.outstanding = 0
        self._more = False
        self._watcher = threading.Thread(
            target=self._watch, name="completion-queue", daemon=True
        )

    def start(self) -> None:
        """Begins to take events."""
        self._watcher.start()
        self._wanted.release()

    def begin(self, call: Any, operations: tuple[Any, ...], tag: Tag) -> None:  # noqa: ANN401 - it has no type.
        """Begins operations of a call, of whose end the tag is told once.

        Raises:
            Exception: the library takes none of them; the tag is told of nothing.
        """
        call.start_server_batch(operations, tag)
        self.outstanding += 1

    def expect(self) -> None:
        """Counts an operation that was begun elsewhere."""
        self.outstanding += 1

    def end(self) -> None:
        """Shuts the queue, of which nothing is outstanding, and lets the thread go."""
        self._ended = True
        self._queue.shutdown()
        kind = cygrpc.CompletionType.queue_shutdown
        while self._queue.poll().completion_type != kind:
            pass
        self._wanted.release()
        self._watcher.join()

    def _watch(self) -> None:
        """Waits for one event each time that the loop has nothing more to take."""
        while self._wanted.acquire() and not self._ended:
            event = self._queue.poll()
            if self._ended:
                return
            self._loop.call_soon_threadsafe(self._turn, event)

    def _turn(self, event: Any = None) -> None:  # noqa: ANN401 - it has no type.
        """Takes what is ready, and sees to it that somebody takes what comes next."""
        taken = 0
        poll = self._queue.poll
        if event is None and self.outstanding:
            event = poll(0)
        while event is not None and event.completion_type != _NOTHING:
            self.outstanding -= 1
            try:
                event.tag(event)
            except Exception:  # noqa: BLE001 - of one call, and no reason to end the rest.
                _log.exception("an event of the completion queue could not be taken")
            taken += 1
            if taken >= bounds.EVENTS_PER_TURN_MAX or not self.outstanding:
                break
            event = poll(0)
        if taken or self._more:
            self._more = self._turn_done()
        if self._ended:
            return
        if taken or self._more:
            self._loop.call_soon(self._turn)
        else:
            self._wanted.release()
