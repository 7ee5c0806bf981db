"""Budgets: ratios that are asked for, and those that a run may not fall below.

A goal is where the project wants to be; missing it is said and no more. A floor is
where it has been: falling below fails the run.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from loadtest.results import Results
from loadtest.statistic import Estimate

FILE: Final = Path(__file__).with_name("budgets.toml")
ANY_ENGINE: Final = "any"


class BudgetsError(ValueError):
    """The file of budgets has a fault."""


class Verdict(Enum):
    """What became of a budget."""

    MET = "met"
    NOT_MET = "not met"
    BELOW_FLOOR = "below the floor"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Budget:
    """A ratio that is asked for.

    Attributes:
        name: what is asked, in words.
        scenario: what is measured.
        baseline: what it is compared with; empty for a figure of the run by itself.
        engine: for which engine of the server it holds; `any` for all.
        goal: what is wanted at least.
        floor: what fails the run below; None while nothing has been reached.
    """

    name: str
    scenario: str
    baseline: str
    engine: str
    goal: float
    floor: float | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A budget, with what was measured on an engine."""

    budget: Budget
    engine: str
    measured: Estimate | None
    verdict: Verdict


def load(path: Path = FILE) -> tuple[Budget, ...]:
    """Loads budgets.

    Raises:
        BudgetsError: one lacks something, or its floor is above its goal.
    """
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        budgets = tuple(
            Budget(
                each["name"],
                each["scenario"],
                each.get("baseline", ""),
                each.get("engine", ANY_ENGINE),
                float(each["goal"]),
                float(each["floor"]) if "floor" in each else None,
            )
            for each in document["budget"]
        )
    except KeyError as error:
        raise BudgetsError(f"a budget of {path} lacks {error}") from error
    for budget in budgets:
        if budget.floor is not None and budget.floor > budget.goal:
            raise BudgetsError(f"{budget.name}: the floor is above the goal")
    return budgets


def judge(results: Results, budgets: tuple[Budget, ...]) -> tuple[Outcome, ...]:
    """Holds what a run found against the budgets of its engines."""
    return tuple(
        _judge(results, budget, engine)
        for engine in results.engines
        for budget in budgets
        if budget.engine in {ANY_ENGINE, engine}
        # A figure of the run by itself is none of a further engine.
        and (budget.baseline or engine == results.engines[0])
    )


def _judge(results: Results, budget: Budget, engine: str) -> Outcome:
    if budget.baseline:
        name = results.named(budget.scenario, engine)
        measured = results.ratio(name, budget.baseline)
    else:
        figure = results.figures.get(budget.scenario)
        measured = None if figure is None else Estimate(figure, figure, figure)
    if measured is None:
        return Outcome(budget, engine, None, Verdict.NOT_MEASURED)
    if budget.floor is not None and measured.median < budget.floor:
        return Outcome(budget, engine, measured, Verdict.BELOW_FLOOR)
    met = measured.median >= budget.goal
    return Outcome(budget, engine, measured, Verdict.MET if met else Verdict.NOT_MET)
