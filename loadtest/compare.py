"""Compares two runs, by their ratios to baselines of the same run each.

So the runs may be of different machines. A scenario whose ratio fell by more than
the bound is a regression.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from loadtest.results import (
    EMPTY,
    EMPTY_AGAIN,
    EMPTY_VERIFY,
    RAW_SIGN,
    RAW_VERIFY,
    Results,
)
from loadtest.statistic import REGRESSION, ROUNDS_JUDGED_MIN, Estimate

_BASELINES: Final = frozenset({EMPTY, EMPTY_AGAIN, EMPTY_VERIFY, RAW_SIGN, RAW_VERIFY})


@dataclass(frozen=True, slots=True)
class Change:
    """How a scenario changed.

    Attributes:
        name: the scenario.
        old: its ratio to the empty call in the old run.
        new: that of the new run.
    """

    name: str
    old: Estimate
    new: Estimate

    @property
    def factor(self) -> float:
        """The new ratio as a part of the old: 0.7 is 30 % slower."""
        return self.new.median / self.old.median

    @property
    def is_regression(self) -> bool:
        """Whether it fell by more than the bound."""
        return self.factor < 1 - REGRESSION

    def is_certain(self, noise: float) -> bool:
        """Whether it fell so far that no noise of the runs explains it.

        Args:
            noise: how far two identical servers seemed to differ.
        """
        return self.new.high / self.old.low < (1 - REGRESSION) * (1 - noise)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs beside each other.

    Attributes:
        changes: of the scenarios that both ran.
        missing: scenarios of the old run that the new one lacks.
        unjudged: why there is no verdict, run by run; empty where there is one.
        noise: how far two identical servers seemed to differ, in the worse run; None
            where there are too few rounds to tell.
    """

    changes: tuple[Change, ...]
    missing: tuple[str, ...]
    unjudged: tuple[str, ...]
    noise: float | None

    @property
    def regressions(self) -> tuple[Change, ...]:
        """The scenarios that became slower."""
        return tuple(change for change in self.changes if change.is_regression)

    @property
    def certain(self) -> tuple[Change, ...]:
        """Those that became so much slower that it shows through all noise."""
        noise = self.noise
        if noise is None:
            return ()
        return tuple(change for change in self.changes if change.is_certain(noise))


def compare(old: Results, new: Results) -> Comparison:
    """Compares two runs."""
    changes, missing = [], []
    for each in old.capacities:
        if each.name in _BASELINES:
            continue
        before, after = old.ratio(each.name, EMPTY), new.ratio(each.name, EMPTY)
        if after is None:
            missing.append(each.name)
        elif before is not None:
            changes.append(Change(each.name, before, after))
    reasons = (("old", old.why_not_judged()), ("new", new.why_not_judged()))
    return Comparison(
        tuple(changes),
        tuple(missing),
        tuple(f"the {which} run: {why}" for which, why in reasons if why is not None),
        _noise(old, new),
    )


def _noise(*runs: Results) -> float | None:
    """Returns how far identical servers differed; None where it is not known."""
    worst = 0.0
    for run in runs:
        same = run.ratio(EMPTY_AGAIN, EMPTY)
        if same is None or run.unjudged or len(run.steady()) < ROUNDS_JUDGED_MIN:
            return None
        worst = max(worst, same.half_width)
    return worst
