"""Which workers there are, and which are to be started when; touches no process.

A worker that has served and dies is replaced at once. One that dies soon after its
start again and again is started no more often than pauses allow, which grow, and
vary so that servers which lost the same thing do not come back in step. A pause counts
from the start before where the worker has served: one that lived for longer than
its pause is replaced at once, too. Until one worker has
served, one alone is started: what is wrong with the configuration is told once.

SPEC: design 12; reliability E01, E02.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from daypass.core import worker_limits
from daypass.core.ports import Entropy

# Exit statuses, of a worker and of a server with several.
DONE: Final = 0
FAILED: Final = 1
# EX_CONFIG of sysexits.h: to start again changes nothing, a person has to.
MISCONFIGURED: Final = 78

_STEADY: Final = worker_limits.WORKER_STEADY_TIME.total_seconds()
_PAUSE_MIN: Final = worker_limits.RESTART_PAUSE_MIN.total_seconds()
_PAUSE_MAX: Final = worker_limits.RESTART_PAUSE_MAX.total_seconds()
_BYTE_VALUES: Final = 256


@dataclass(frozen=True, slots=True)
class Ended:
    """What the end of a worker comes to.

    Attributes:
        number: which worker it was.
        pause: seconds until another takes its place; None where none will.
    """

    number: int
    pause: float | None


@dataclass(slots=True)
class _Place:
    """The place of one worker, taken by one process after the other."""

    pid: int | None = None
    started: float = 0.0
    serving_since: float | None = None
    failures: int = 0
    due: float = 0.0


class WorkerPool:
    """The places of workers.

    Args:
        count: how many.
        entropy: lets pauses vary.
    """

    def __init__(self, count: int, *, entropy: Entropy) -> None:
        self._places = [_Place() for _ in range(count)]
        self._entropy = entropy
        self._has_served = False
        self._stopping = False
        self._verdict: int | None = None

    @property
    def pids(self) -> dict[int, int]:
        """The processes that run, by the number of the worker."""
        return {
            number: place.pid
            for number, place in enumerate(self._places)
            if place.pid is not None
        }

    @property
    def has_served(self) -> bool:
        """Whether any worker has served yet."""
        return self._has_served

    @property
    def verdict(self) -> int | None:
        """The exit status if no worker will ever serve, or None."""
        return self._verdict

    def due(self, now: float) -> list[int]:
        """Returns the numbers of the workers that are to be started."""
        return [number for number, due in self._waiting() if due <= now]

    def next_due(self) -> float | None:
        """Returns when the next worker is to be started, or None for never."""
        return min((due for _, due in self._waiting()), default=None)

    def started(self, number: int, pid: int, now: float) -> None:
        """Notes the process of a worker."""
        place = self._places[number]
        place.pid, place.started, place.serving_since = pid, now, None

    def serving(self, number: int, now: float) -> None:
        """Notes that a worker answers calls."""
        self._places[number].serving_since = now
        self._has_served = True

    def ended(self, pid: int, *, status: int, now: float) -> Ended | None:
        """Notes the end of a process, and returns None where it was no worker.

        Args:
            pid: the process.
            status: its exit status; negative if a signal ended it.
            now: the time.
        """
        for number, place in enumerate(self._places):
            if place.pid == pid:
                return Ended(number, self._vacate(place, status, now))
        return None

    def stop(self) -> None:
        """Starts no worker any more."""
        self._stopping = True

    def _waiting(self) -> list[tuple[int, float]]:
        """Returns the places that are to be taken, and when."""
        if self._stopping or self._verdict is not None:
            return []
        # The first alone, until one has served.
        places = self._places if self._has_served else self._places[:1]
        return [
            (number, place.due)
            for number, place in enumerate(places)
            if place.pid is None
        ]

    def _vacate(self, place: _Place, status: int, now: float) -> float | None:
        since, place.pid, place.serving_since = place.serving_since, None, None
        if self._stopping:
            return None
        steady = since is not None and now - since >= _STEADY
        place.failures = 0 if steady else place.failures + 1
        if not self._has_served and status == MISCONFIGURED:
            self._verdict = MISCONFIGURED
        elif not self._has_served and (
            place.failures >= worker_limits.START_FAILURES_MAX
        ):
            self._verdict = FAILED
        if self._verdict is not None:
            return None
        # One that never served is not started sooner for having taken long to fail.
        begun = now if since is None else place.started
        pause = max(0.0, begun + self._pause(place.failures) - now)
        place.due = now + pause
        return pause

    def _pause(self, failures: int) -> float:
        if not failures:
            return 0.0
        longest: float = min(_PAUSE_MAX, _PAUSE_MIN * 2.0 ** (failures - 1))
        share = self._entropy.token_bytes(1)[0] / _BYTE_VALUES
        return longest * (1.0 + share) / 2.0
