"""What a shared store is found to be like while it is used.

A server that was fit at the start may be made unfit while we run, and clocks drift:
what is found is a value, so that readiness and the log say the same.

SPEC: reliability, promise 7, E09 and E13; attacks R07.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Protocol

from daypass.core import store_limits


class ClockVerdict(Enum):
    """How a clock stands to that of the store."""

    AGREES = "agrees"
    DRIFTING = "drifting"
    SKEWED = "skewed"


@dataclass(frozen=True, slots=True)
class ClockDifference:
    """How far the store's clock is ahead of ours; negative where it is behind.

    The store reads its clock at some instant between question and answer, so that
    only bounds are known, as far apart as the answer took.

    Attributes:
        least: what it is at least.
        most: what it is at the most.
    """

    least: timedelta
    most: timedelta

    @property
    def estimate(self) -> timedelta:
        """The middle of what is possible."""
        return (self.least + self.most) / 2

    @property
    def sure(self) -> timedelta:
        """By how much the clocks differ at least, whichever is ahead."""
        return max(self.least, -self.most, timedelta())

    @property
    def verdict(self) -> ClockVerdict:
        """Whether the clocks surely differ by more than they may, or perhaps."""
        bound = store_limits.STORE_CLOCK_DIFFERENCE_MAX
        if self.sure > bound:
            return ClockVerdict.SKEWED
        if abs(self.estimate) >= bound:
            return ClockVerdict.DRIFTING
        return ClockVerdict.AGREES

    def __str__(self) -> str:
        """Says in a sentence which clock is ahead."""
        seconds = self.estimate.total_seconds()
        where = "ahead of" if seconds >= 0 else "behind"
        return f"the store's clock is {abs(seconds):.1f} s {where} this server's"


def widest(differences: Iterable[ClockDifference]) -> ClockDifference | None:
    """Returns the greatest of the differences, or None where there is none."""
    return max(
        differences, key=lambda each: (each.sure, abs(each.estimate)), default=None
    )


@dataclass(frozen=True, slots=True)
class StoreFindings:
    """What was found.

    Attributes:
        fault: why the store must not be used as it is, a sentence that says what to
            do and shows no secret; empty where it may.
        clock: how its clock differs from ours; None where it has none of its own, or
            was not asked, having a fault.
    """

    fault: str = ""
    clock: ClockDifference | None = None

    @property
    def clock_verdict(self) -> ClockVerdict:
        """How our clock stands to that of the store."""
        return ClockVerdict.AGREES if self.clock is None else self.clock.verdict

    @property
    def reasons(self) -> Mapping[str, str]:
        """What is not in order of `store` and `clock`, a sentence each."""
        found = {"store": self.fault} if self.fault else {}
        if self.clock_verdict is not ClockVerdict.AGREES:
            found["clock"] = str(self.clock)
        return found


class StoreExaminer(Protocol):
    """Finds out what a store is like."""

    async def __call__(self) -> StoreFindings:
        """Asks the store.

        Raises:
            StoreUnavailableError: it does not answer.
        """
        ...
