"""What a run found, as values and as the JSON that is kept of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from loadtest.statistic import Estimate, paired_ratio, steady_rounds, why_not_judged

FORMAT: Final = 1
# The baselines, and the second server that is identical to the first.
EMPTY: Final = "empty"
EMPTY_AGAIN: Final = "empty_again"
EMPTY_VERIFY: Final = "empty_verify"
RAW_SIGN: Final = "raw_sign"
RAW_VERIFY: Final = "raw_verify"


class ResultsError(ValueError):
    """A file is not one of results, or is of another format."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A moment of a window.

    Attributes:
        at: seconds since its start.
        answered: calls answered up to then.
        server_cpu: cores that the server kept busy since the sample before.
        client_cpu: the same of the generator.
    """

    at: float
    answered: int
    server_cpu: float
    client_cpu: float


@dataclass(frozen=True, slots=True)
class Capacity:
    """How fast something was, round by round.

    Attributes:
        name: the scenario or baseline.
        per_cpu_second: items for each second of CPU time that the server took.
        per_second: items a second of the clock.
        switches: voluntary switches of the server for each item.
        lost: calls that were refused, lost or answered wrong.
    """

    name: str
    per_cpu_second: tuple[float, ...]
    per_second: tuple[float, ...]
    switches: tuple[float, ...]
    lost: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """What an open loop found.

    Attributes:
        name: the scenario.
        rate: calls a second that were intended; 0 for a burst.
        share: of the capacity found in the run; 0 where that is not the measure.
        answered: calls that were answered well.
        lost: calls that were not, by reason.
        latency: microseconds from the intended start, by percentile.
        lag: microseconds that the generator was late by, by percentile.
        rejected: why the window says nothing; empty where it does.
        samples: moments of it.
        notes: what the scenario found beside.
    """

    name: str
    rate: float
    share: float
    answered: int
    lost: dict[str, int]
    latency: dict[str, int]
    lag: dict[str, int]
    rejected: str
    samples: tuple[Sample, ...] = ()
    notes: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Results:
    """A run.

    Attributes:
        date: when it began, as ISO 8601.
        machine: what it ran on, in words.
        seed: replays order and arrivals.
        engines: of the servers that were measured; the first one's scenarios carry
            its name no further, those of the others do.
        capacities: rounds of each scenario and baseline.
        windows: open loops.
        figures: single figures, by name.
        unjudged: why the run can have no verdict, whatever it found; empty if it can.
    """

    date: str
    machine: str
    seed: int
    engines: tuple[str, ...]
    capacities: tuple[Capacity, ...]
    windows: tuple[Window, ...]
    figures: dict[str, float]
    unjudged: str = ""

    def named(self, scenario: str, engine: str) -> str:
        """Returns what a scenario on an engine is called among the capacities."""
        return named(scenario, engine, self.engines)

    def capacity(self, name: str) -> Capacity | None:
        """Returns the rounds of a scenario or baseline; None if it was not run."""
        return next((each for each in self.capacities if each.name == name), None)

    def steady(self) -> tuple[int, ...]:
        """Returns the rounds in which nothing else had the machine."""
        yardstick = self.capacity(RAW_SIGN)
        return () if yardstick is None else steady_rounds(yardstick.per_cpu_second)

    def ratio(self, name: str, baseline: str) -> Estimate | None:
        """Returns a ratio of items for each CPU second; None if one was not run."""
        one, other = self.capacity(name), self.capacity(baseline)
        rounds = self.steady()
        if one is None or other is None or not rounds:
            return None
        return paired_ratio(
            [one.per_cpu_second[each] for each in rounds],
            [other.per_cpu_second[each] for each in rounds],
        )

    def why_not_judged(self) -> str | None:
        """Tells why this run is not to be judged; None where it is."""
        if self.unjudged:
            return self.unjudged
        same = self.ratio(EMPTY_AGAIN, EMPTY)
        if same is None:
            return "two identical servers were not compared"
        return why_not_judged(same, len(self.steady()))


def named(scenario: str, engine: str, engines: Sequence[str]) -> str:
    """Returns what a scenario on one of several engines is called."""
    return scenario if engine == engines[0] else f"{scenario}@{engine}"


def write(results: Results, path: Path) -> None:
    """Writes results as JSON."""
    document = {"format": FORMAT, **asdict(results)}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> Results:
    """Reads results.

    Raises:
        ResultsError: the file holds something else.
        OSError: it cannot be read.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document.pop("format") != FORMAT:
            raise ResultsError(f"{path} is of another format than {FORMAT}")
        return _results(document)
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ResultsError(f"{path} holds no results: {error}") from error


def _results(document: dict[str, Any]) -> Results:
    capacities = tuple(
        Capacity(
            each["name"],
            tuple(each["per_cpu_second"]),
            tuple(each["per_second"]),
            tuple(each["switches"]),
            tuple(each["lost"]),
        )
        for each in document.pop("capacities")
    )
    windows = tuple(
        Window(**{**each, "samples": tuple(Sample(**one) for one in each["samples"])})
        for each in document.pop("windows")
    )
    engines = tuple(document.pop("engines"))
    return Results(**document, engines=engines, capacities=capacities, windows=windows)
