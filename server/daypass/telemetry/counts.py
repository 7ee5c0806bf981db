"""Counters that are read when metrics are, and cost next to nothing in between."""

from __future__ import annotations

from collections.abc import Iterator

from opentelemetry.metrics import CallbackOptions, Observation

from daypass.telemetry import names


class Tally:
    """How often something happened; the event loop alone counts."""

    __slots__ = ("count",)

    def __init__(self) -> None:
        """Begins with nothing."""
        self.count = 0


class Counted:
    """What happened how often, by operation and outcome, which are bounded labels."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, str], Tally] = {}

    def tally(self, operation: str, outcome: str) -> Tally:
        """Returns what counts an operation with its outcome."""
        return self._tallies.setdefault((operation, outcome), Tally())

    def observe(self, _: CallbackOptions) -> Iterator[Observation]:
        """Shows all counts."""
        for (operation, outcome), tally in tuple(self._tallies.items()):
            attributes = {names.OPERATION: operation, names.OUTCOME: outcome}
            yield Observation(tally.count, attributes)
