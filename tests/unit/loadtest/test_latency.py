"""Percentiles of latencies."""

from __future__ import annotations

import statistics

import pytest
from loadtest.latency import MICROSECONDS_MAX, PERCENTILES, percentiles


def test_beyond_histogram_refused() -> None:
    """A latency that no bucket holds is refused, not lost."""
    with pytest.raises(ValueError, match="beyond"):
        percentiles([MICROSECONDS_MAX * 2])


def test_longest_is_held() -> None:
    """The longest latency of the range is held to three digits."""
    assert percentiles([MICROSECONDS_MAX])["100"] == pytest.approx(
        MICROSECONDS_MAX, rel=1e-3
    )


def test_no_values_no_percentiles() -> None:
    """Nothing measured is nothing said."""
    assert {} == percentiles([])


def test_all_percentiles_told() -> None:
    """Each percentile that tables and plots read is there, in rising order."""
    found = percentiles(range(1, 5_000))

    assert [f"{each:g}" for each in PERCENTILES] == list(found)
    assert list(found.values()) == sorted(found.values())


def test_agrees_with_sorted_values() -> None:
    """Percentiles are those of the sorted values, to three digits."""
    values = [number * number for number in range(1, 2_001)]

    found = percentiles(values)

    cuts = statistics.quantiles(values, n=100, method="inclusive")
    assert found["50"] == pytest.approx(cuts[49], rel=5e-3)
    assert found["99"] == pytest.approx(cuts[98], rel=5e-3)
    assert values[0] == found["0"]
    assert found["100"] == pytest.approx(values[-1], rel=1e-3)


def test_zero_counts_as_one() -> None:
    """A latency below the clock's microsecond counts as one."""
    assert 1 == percentiles([0])["50"]
