"""Budgets: what is asked, and what fails a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from loadtest import budgets
from loadtest.budgets import Budget, BudgetsError, Verdict

from support.load_results import capacity, results

MINT = Budget("mint", "mint", "empty", "any", goal=0.25, floor=0.2)


def _file(folder: Path, text: str) -> Path:
    path = folder / "budgets.toml"
    path.write_text(f"[[budget]]\n{text}", encoding="utf-8")
    return path


@pytest.mark.parametrize("missing", ["name", "scenario", "goal"])
def test_incomplete_budget_refused(tmp_path: Path, missing: str) -> None:
    """A budget without its name, scenario or goal is refused."""
    lines = {"name": '"n"', "scenario": '"mint"', "goal": "1"}
    del lines[missing]
    text = "\n".join(f"{key} = {value}" for key, value in lines.items())

    with pytest.raises(BudgetsError, match=missing):
        budgets.load(_file(tmp_path, text))


@pytest.mark.parametrize(("floor", "good"), [("1.0", True), ("1.1", False)])
def test_floor_above_goal_refused(tmp_path: Path, floor: str, good: bool) -> None:  # noqa: FBT001 - a parameter of the test.
    """A floor may be the goal, and not more."""
    text = f'name = "n"\nscenario = "s"\ngoal = 1.0\nfloor = {floor}'
    path = _file(tmp_path, text)

    if good:
        assert 1.0 == budgets.load(path)[0].floor
    else:
        with pytest.raises(BudgetsError, match="above the goal"):
            budgets.load(path)


@pytest.mark.parametrize(
    ("mint", "verdict"),
    [
        (799.0, Verdict.BELOW_FLOOR),
        (800.0, Verdict.NOT_MET),
        (999.0, Verdict.NOT_MET),
        (1_000.0, Verdict.MET),
        (1_001.0, Verdict.MET),
    ],
)
def test_verdicts_at_edges(mint: float, verdict: Verdict) -> None:
    """Below the floor fails, from the goal on is met, and between is said."""
    (outcome,) = budgets.judge(results(mint=mint), (MINT,))

    assert verdict is outcome.verdict


def test_missing_scenario_is_said() -> None:
    """What was not run is not called met."""
    asked = Budget("batch", "mint_batch", "raw_sign", "any", 0.8, None)

    (outcome,) = budgets.judge(results(), (asked,))

    assert Verdict.NOT_MEASURED is outcome.verdict


def test_engine_has_its_budgets() -> None:
    """A budget of one engine holds for the rounds of that engine alone."""
    run = results(capacity("mint@cq", 8_000.0))
    both = type(run)(
        **{name: getattr(run, name) for name in run.__slots__}
        | {"engines": ("aio", "cq")}
    )
    asked = (
        Budget("mint", "mint", "empty", "aio", 0.5, None),
        Budget("mint", "mint", "empty", "cq", 2.0, None),
    )

    found = {each.engine: each for each in budgets.judge(both, asked)}

    assert Verdict.NOT_MET is found["aio"].verdict
    assert Verdict.MET is found["cq"].verdict
    assert ["aio"] == [each.engine for each in budgets.judge(run, asked)]


def test_figure_judged_by_itself() -> None:
    """A budget without a baseline is that of a single figure."""
    asked = Budget("offline", "offline_seen_rate", "", "any", 500.0, None)

    (outcome,) = budgets.judge(results(figures={"offline_seen_rate": 501.0}), (asked,))

    assert Verdict.MET is outcome.verdict


def test_own_budgets_load() -> None:
    """The budgets of the repository are without a fault, and each name is its own."""
    loaded = budgets.load()

    names = [(each.name, each.engine) for each in loaded]
    assert len(names) == len(set(names))
