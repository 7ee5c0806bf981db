"""What rounds come to, and when a run is not to be judged."""

from __future__ import annotations

from random import Random

import pytest
from loadtest.statistic import (
    ROUNDS_JUDGED_MIN,
    SAME_WIDTH_MAX,
    YARDSTICK_TOLERANCE,
    Estimate,
    estimate,
    paired_ratio,
    slope,
    steady_rounds,
    why_not_judged,
)


def test_no_rounds_refused() -> None:
    """Nothing is estimated from nothing."""
    with pytest.raises(ValueError, match="no round"):
        estimate([])


def test_unequal_rounds_refused() -> None:
    """Ratios are of pairs, and a round without its pair is a mistake."""
    with pytest.raises(ValueError, match="shorter"):
        paired_ratio([1.0, 2.0], [1.0])


def test_pairs_cancel_slow_rounds() -> None:
    """A round in which all was slow leaves its ratio as it is."""
    same = paired_ratio([100.0, 50.0, 10.0, 100.0], [200.0, 100.0, 20.0, 200.0])

    assert Estimate(0.5, 0.5, 0.5) == same


def test_interval_holds_median() -> None:
    """The interval reaches to both sides of the median."""
    draw = Random(1)  # noqa: S311 - a seed that repeats.
    found = estimate([1 + draw.uniform(-0.1, 0.1) for _ in range(10)])

    assert 0.9 < found.low < found.median < found.high < 1.1


def test_interval_covers_truth() -> None:
    """Of many runs about nine in ten or more have the truth in their interval."""
    draw = Random(2)  # noqa: S311 - a seed that repeats.
    runs = [estimate([draw.gauss(1, 0.05) for _ in range(10)]) for _ in range(60)]

    assert sum(run.low <= 1 <= run.high for run in runs) >= 52


def test_disturbed_rounds_dropped() -> None:
    """Rounds whose yardstick is off by more than the tolerance are dropped."""
    off, edge = 1 - YARDSTICK_TOLERANCE - 0.001, 1 - YARDSTICK_TOLERANCE + 0.001

    assert (0, 1, 3, 4) == steady_rounds([1.0, 1.0, off, edge, 1.0])


def test_few_rounds_not_judged() -> None:
    """One steady round too few is no verdict, and enough of them are one."""
    same = Estimate(1.0, 1.0, 1.0)

    assert why_not_judged(same, ROUNDS_JUDGED_MIN - 1) is not None
    assert why_not_judged(same, ROUNDS_JUDGED_MIN) is None


def test_wide_interval_not_judged() -> None:
    """Where two identical servers seem to differ, nothing is judged."""
    narrow, wide = 1 - SAME_WIDTH_MAX + 0.001, 1 - SAME_WIDTH_MAX - 0.001

    assert why_not_judged(Estimate(1.0, narrow, 1.0), 10) is None
    assert "identical" in str(why_not_judged(Estimate(1.0, wide, 1.0), 10))


def test_slope_of_one_point_refused() -> None:
    """One point has no slope."""
    with pytest.raises(ValueError, match="no slope"):
        slope([10], [1.0])


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 2.0])
def test_slope_is_the_exponent(exponent: float) -> None:
    """A cost that grows by a power of the size has that power as its slope."""
    sizes = [10, 100, 1_000]

    assert exponent == pytest.approx(
        slope(sizes, [7 * size**exponent for size in sizes]), abs=1e-9
    )
