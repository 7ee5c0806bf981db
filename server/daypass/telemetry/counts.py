"""Counters that are read when metrics are, and cost next to nothing in between."""

from __future__ import annotations

from collections.abc import Iterator

from opentelemetry.metrics import CallbackOptions, Observation

from daypass.telemetry import names


class Counted:
    """What happened how often, by operation and outcome, which are bounded labels."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], int] = {}

    def add(self, operation: str, outcome: str) -> None:
        """Counts one."""
        key = (operation, outcome)
        self._counts[key] = self._counts.get(key, 0) + 1

    def observe(self, _: CallbackOptions) -> Iterator[Observation]:
        """Shows all counts."""
        for (operation, outcome), count in tuple(self._counts.items()):
            attributes = {names.OPERATION: operation, names.OUTCOME: outcome}
            yield Observation(count, attributes)
