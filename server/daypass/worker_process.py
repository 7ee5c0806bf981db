"""A worker as a process: how it is forked, and how it learns that it is alone.

The modules are imported once, before, so that workers start fast and share memory.
A fork copies one thread; the supervisor has no other, and opens nothing of gRPC.

SPEC: speed 6; reliability E02.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from daypass.adapters.worker_ends import EndsTold, WorkerEnds
from daypass.core import worker_limits
from daypass.core.ports import Entropy
from daypass.worker_pool import FAILED

# What a supervisor listens to, and a worker takes as it is until it serves.
SUPERVISED: Final = frozenset(
    {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD}
)
# Runs a worker of this number, which learns of the ends of others, tells when it
# serves, and returns its exit status.
ServeWorker = Callable[[int, WorkerEnds, Callable[[], None]], int]


@dataclass(frozen=True, slots=True)
class Started:
    """A process that was started, and where it says that it serves."""

    pid: int
    ready: int


class WorkerProcesses:
    """Starts processes that end with this one.

    Args:
        serve: what a worker does.
        drain_time: how long it may take to do so no more.
        forget: lets go, in the worker, of what is the supervisor's.
        entropy: draws the names of workers.
    """

    def __init__(
        self,
        *,
        serve: ServeWorker,
        drain_time: timedelta,
        forget: Callable[[], None],
        entropy: Entropy,
    ) -> None:
        self._serve = serve
        self._forget = forget
        self._ends = EndsTold(entropy)
        self._end_time = drain_time + worker_limits.WORKER_END_TIME_MAX
        # Nobody ever writes to it. Its end closes when the supervisor is gone, and
        # workers hold the other end alone.
        self._alone, self._lifeline = os.pipe()
        gc.collect()
        # What is there now is not looked at again, and so not copied by looking.
        gc.freeze()

    def start(self, number: int) -> Started:
        """Starts a worker.

        Raises:
            OSError: there can be no more processes.
        """
        ready, told = os.pipe()
        ends, telling = self._ends.open()
        sys.stdout.flush()
        sys.stderr.flush()
        with _blocked():
            pid = os.fork()
            if pid == 0:
                os.close(ready)
                os.close(telling)
                self._become_worker(number, ends, told)
        os.close(told)
        self._ends.started(pid, ends, telling)
        return Started(pid, ready)

    def ended(self, pid: int) -> None:
        """Tells the workers of a process that has ended and was waited for."""
        self._ends.ended(pid)

    def _become_worker(self, number: int, ends: WorkerEnds, told: int) -> None:
        """Does what a worker does, and never returns."""
        status = FAILED
        try:
            os.close(self._lifeline)
            self._forget()
            self._ends.let_go()
            # What is typed at a terminal is for the supervisor.
            os.setpgid(0, 0)
            _take_signals_as_they_are()
            watching = threading.Thread(
                target=_end_when_alone,
                args=(self._alone, self._end_time.total_seconds()),
                name="daypass-lifeline",
                daemon=True,
            )
            watching.start()
            status = self._serve(number, ends, lambda: _tell(told))
        except BaseException:  # noqa: BLE001 - no frame of the supervisor may see it.
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            # NOTE: what is registered for the end of the supervisor is not for ours.
            os._exit(status)


@contextmanager
def _blocked() -> Iterator[None]:
    """Holds signals back, so that none is taken by the wrong one of two."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SUPERVISED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _take_signals_as_they_are() -> None:
    """Takes what the supervisor has done about signals back."""
    signal.set_wakeup_fd(-1)
    for number in SUPERVISED:
        signal.signal(number, signal.SIG_DFL)
    # The directory is just being read: there is nothing to read again.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SUPERVISED)


def _tell(told: int) -> None:
    os.write(told, b"+")
    os.close(told)


def _end_when_alone(alone: int, seconds_max: float) -> None:
    """Drains this process when its supervisor is gone, or ends it if that hangs."""
    os.read(alone, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(seconds_max)
    os.kill(os.getpid(), signal.SIGKILL)
