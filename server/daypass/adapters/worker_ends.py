"""How the workers of one server learn which of them have ended.

The supervisor draws a name for each worker that it starts, under which that worker
has its lease. It alone is told by the kernel that a worker has ended, and writes the
name into a pipe to each of the others; whoever is started later inherits the names of
those that ended last. So no name gets there of a process that may still vouch.

A name is written at once or not at all: who reads nothing is not waited for, and a
lease that nobody withdraws runs out.

SPEC: design 7; reliability E01 and E12; decision 0056.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from daypass.core import worker_limits
from daypass.core.ports import Entropy

_ID_BYTES: Final = 8
# As text, which is shorter than what a pipe takes or loses as a whole.
_ID_CHARACTERS: Final = 2 * _ID_BYTES
_READ_BYTES: Final = 256 * _ID_CHARACTERS


def new_worker_id(entropy: Entropy) -> str:
    """Draws a name for a worker among all that share a store."""
    return entropy.token_bytes(_ID_BYTES).hex()


@dataclass(frozen=True, slots=True)
class WorkerEnds:
    """What a worker knows of itself, and learns of others.

    Attributes:
        worker_id: its own name.
        ended: the names of those that had ended when it was started, the last ones.
        news: a descriptor on which the names of those arrive that end later.
    """

    worker_id: str
    ended: tuple[str, ...]
    news: int

    def follow(self, note: Callable[[str], None]) -> None:
        """Notes each that has ended, from now on, on the loop that runs."""
        for worker_id in self.ended:
            note(worker_id)
        os.set_blocking(self.news, False)
        loop = asyncio.get_running_loop()
        loop.add_reader(self.news, self._read, loop, note)

    def _read(
        self, loop: asyncio.AbstractEventLoop, note: Callable[[str], None]
    ) -> None:
        # NOTE: whole names are written, and whole names are read.
        found = os.read(self.news, _READ_BYTES).decode("ascii")
        if not found:
            # The supervisor is gone, and this worker is about to be.
            loop.remove_reader(self.news)
        for start in range(0, len(found), _ID_CHARACTERS):
            note(found[start : start + _ID_CHARACTERS])


class EndsTold:
    """The supervisor's side.

    Args:
        entropy: draws names.
    """

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy
        self._ended: deque[str] = deque(maxlen=worker_limits.ENDED_WORKERS_MAX)
        # By process: its name, and where it hears of others.
        self._workers: dict[int, tuple[str, int]] = {}

    def open(self) -> tuple[WorkerEnds, int]:
        """Makes what the next worker needs, and the end that is the supervisor's."""
        news, telling = os.pipe()
        os.set_blocking(telling, False)
        worker_id = new_worker_id(self._entropy)
        return WorkerEnds(worker_id, tuple(self._ended), news), telling

    def started(self, pid: int, ends: WorkerEnds, telling: int) -> None:
        """Notes the process that was started with it."""
        os.close(ends.news)
        self._workers[pid] = (ends.worker_id, telling)

    def ended(self, pid: int) -> None:
        """Tells all others that a process has ended, if it was a worker.

        Args:
            pid: a process that was waited for: it does nothing any more.
        """
        worker = self._workers.pop(pid, None)
        if worker is None:
            return
        worker_id, telling = worker
        os.close(telling)
        self._ended.append(worker_id)
        for _, other in self._workers.values():
            # One that reads nothing, or ends at this moment, need not know.
            with suppress(BlockingIOError, BrokenPipeError):
                os.write(other, worker_id.encode("ascii"))

    def let_go(self) -> None:
        """Closes, in a worker, what is the supervisor's."""
        for _, telling in self._workers.values():
            os.close(telling)
