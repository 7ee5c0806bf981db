"""A clock that stands still until it is moved, and randomness from a seed."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class ManualClock:
    """A clock that a test moves by hand; both of its readings move together."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._monotonic = 1000.0

    def now(self) -> datetime:
        """Returns the time of day."""
        return self._now

    def monotonic(self) -> float:
        """Returns the seconds that have passed, from an arbitrary start."""
        return self._monotonic

    def advance(self, span: timedelta) -> None:
        """Moves both readings on."""
        self._now += span
        self._monotonic += span.total_seconds()

    def step(self, span: timedelta) -> None:
        """Sets the time of day forward or back, as an operator does."""
        self._now += span


class SeededEntropy:
    """Randomness that a seed repeats; for tests only."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose.

    def token_bytes(self, count: int) -> bytes:
        """Returns that many bytes."""
        return self._random.randbytes(count)

    id_bytes = token_bytes
