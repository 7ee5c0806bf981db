"""Comparisons of a run with an earlier one."""

from __future__ import annotations

from pathlib import Path

import pytest
from loadtest.command import FAILED, GOOD, NO_VERDICT, main
from loadtest.compare import compare
from loadtest.results import Results, read, write

from support.load_results import capacity, results

RECORDED = Path(__file__).parent / "recorded"


def _status(folder: Path, old: Results, new: Results) -> int:
    write(old, folder / "old.json")
    write(new, folder / "new.json")
    return main(["compare", str(folder / "old.json"), str(folder / "new.json")])


def test_slow_down_is_caught(capsys: pytest.CaptureFixture[str]) -> None:
    """Runs on record, of a server and of one that wastes CPU time in each call."""
    old, new = RECORDED / "plain.json", RECORDED / "slowed.json"

    status = main(["compare", str(old), str(new)])

    told = capsys.readouterr().out.splitlines()
    assert status == FAILED
    assert next(line for line in told if line.startswith("| mint ")).endswith(
        "| REGRESSION |"
    )
    (mint,) = [
        each for each in compare(read(old), read(new)).changes if each.name == "mint"
    ]
    assert 0.6 < mint.factor < 0.8


@pytest.mark.parametrize("name", ["plain", "slowed"])
def test_same_run_is_no_regression(name: str) -> None:
    """A run that is compared with itself has not become slower."""
    path = str(RECORDED / f"{name}.json")

    assert main(["compare", path, path]) in {GOOD, NO_VERDICT}
    assert () == compare(read(Path(path)), read(Path(path))).regressions


@pytest.mark.parametrize(("mint", "status"), [(700.0, FAILED), (940.0, NO_VERDICT)])
def test_noise_hides_small_falls(tmp_path: Path, mint: float, status: int) -> None:
    """A noisy run fails for what shows through the noise, and for nothing else."""
    noisy = results(again=(4_000.0, 3_800.0, 4_200.0, 3_900.0, 4_000.0, 4_100.0))

    assert status == _status(tmp_path, noisy, results(mint=mint))


def test_few_rounds_show_nothing(tmp_path: Path) -> None:
    """Of rounds that were disturbed no fall is certain."""
    disturbed = (30_000.0, 20_000.0, 40_000.0, 30_000.0, 10_000.0, 50_000.0)

    assert NO_VERDICT == _status(
        tmp_path, results(yardstick=disturbed), results(mint=300.0)
    )


@pytest.mark.parametrize(
    ("mint", "status"), [(949.0, FAILED), (951.0, GOOD), (1_300.0, GOOD)]
)
def test_bound_at_edges(tmp_path: Path, mint: float, status: int) -> None:
    """More than a twentieth less is a regression; less than that is none."""
    assert status == _status(tmp_path, results(), results(mint=mint))


def test_other_machine_is_no_regression(tmp_path: Path) -> None:
    """A machine of half the speed has the same ratios."""
    half = Results(
        **{name: getattr(results(), name) for name in Results.__slots__}
        | {
            "capacities": tuple(
                capacity(each.name, *(value / 2 for value in each.per_cpu_second))
                for each in results().capacities
            )
        }
    )

    assert _status(tmp_path, results(), half) == GOOD


def test_missing_scenario_fails(tmp_path: Path) -> None:
    """A scenario that the new run left out is no success."""
    old = results(capacity("mint_batch", 2_000.0))

    assert _status(tmp_path, old, results()) == FAILED


def test_unjudged_run_has_no_verdict(tmp_path: Path) -> None:
    """Where a run is not to be judged, neither is the comparison."""
    noisy = results(again=(4_000.0, 3_000.0, 4_400.0, 3_500.0, 4_000.0, 4_600.0))

    assert _status(tmp_path, results(), noisy) == NO_VERDICT
    assert _status(tmp_path, noisy, results()) == NO_VERDICT


def test_file_that_is_not_there(tmp_path: Path) -> None:
    """A file that cannot be read is a run without a verdict."""
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == NO_VERDICT
