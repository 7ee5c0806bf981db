"""What rounds come to: medians of ratios pair by pair, and how sure they are.

A round measures everything once, in random order; a ratio is that of two windows of
one round, so that what slows the machine for a while slows both. Its interval comes
of resampling the rounds, from a seed.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

# A run whose two identical servers differ by more than this is not judged.
SAME_WIDTH_MAX: Final = 0.03
# A ratio that fell by more than this, against an earlier run, is a regression.
REGRESSION: Final = 0.05
# Rounds in which raw signing is further from its median are dropped: something else
# had the machine.
YARDSTICK_TOLERANCE: Final = 0.10
ROUNDS_JUDGED_MIN: Final = 5
_RESAMPLES: Final = 2_000
_TAIL: Final = 0.025


@dataclass(frozen=True, slots=True)
class Estimate:
    """A median of rounds, with the interval that holds it nineteen times of twenty."""

    median: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """How far the interval reaches, as a share of the median."""
        return max(self.high - self.median, self.median - self.low) / self.median


def estimate(values: Sequence[float], *, seed: int = 0) -> Estimate:
    """Returns the median and the 95 % interval of it, by resampling.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("no round is left to estimate from")
    draw = Random(seed)  # noqa: S311 - a seed that repeats a run.
    medians = sorted(
        statistics.median(draw.choices(values, k=len(values)))
        for _ in range(_RESAMPLES)
    )
    edge = int(_RESAMPLES * _TAIL)
    return Estimate(statistics.median(values), medians[edge], medians[-1 - edge])


def paired_ratio(
    numerators: Sequence[float], denominators: Sequence[float]
) -> Estimate:
    """Returns the estimate of the ratios of windows of the same rounds.

    Raises:
        ValueError: they are not equally many, or there are none.
    """
    pairs = zip(numerators, denominators, strict=True)
    return estimate([one / other for one, other in pairs])


def slope(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Returns the exponent by which costs grow with sizes, of the best line of logs.

    Raises:
        ValueError: they are not equally many, or all sizes are the same.
    """
    pairs = zip(sizes, costs, strict=True)
    logs = [(math.log(size), math.log(cost)) for size, cost in pairs]
    try:
        return statistics.linear_regression(*zip(*logs, strict=True)).slope
    except statistics.StatisticsError as error:
        raise ValueError("there is no slope of one point") from error


def steady_rounds(yardstick: Sequence[float]) -> tuple[int, ...]:
    """Returns the numbers of rounds in which the yardstick is near its median."""
    middle = statistics.median(yardstick)
    return tuple(
        number
        for number, value in enumerate(yardstick)
        if abs(value / middle - 1) <= YARDSTICK_TOLERANCE
    )


def why_not_judged(same: Estimate, rounds: int) -> str | None:
    """Tells why a run is not to be judged; None where it is.

    Args:
        same: the ratio of two identical servers.
        rounds: how many were steady.
    """
    if rounds < ROUNDS_JUDGED_MIN:
        return f"{rounds} steady rounds, and {ROUNDS_JUDGED_MIN} are needed"
    if same.half_width > SAME_WIDTH_MAX:
        return (
            f"two identical servers differ by ±{same.half_width:.1%},"
            f" and ±{SAME_WIDTH_MAX:.0%} is the most"
        )
    return None
