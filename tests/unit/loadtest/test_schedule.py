"""When calls of an open loop begin."""

from __future__ import annotations

import statistics
from itertools import pairwise

import pytest
from loadtest.schedule import burst_offsets, poisson_offsets, shares


@pytest.mark.parametrize(("rate", "seconds"), [(0, 1), (-1, 1), (1, 0), (1, -1)])
def test_no_load_refused(rate: float, seconds: float) -> None:
    """A rate or a time that is not above zero is no load."""
    with pytest.raises(ValueError, match="no load"):
        poisson_offsets(rate, seconds, seed=1)


def test_empty_burst_refused() -> None:
    """A burst has at least one call."""
    with pytest.raises(ValueError, match="at least one"):
        burst_offsets(0)


def test_burst_at_once() -> None:
    """All calls of a burst begin at the start."""
    assert (0.0, 0.0, 0.0) == burst_offsets(3)


def test_offsets_in_order() -> None:
    """Calls begin one after the other, all of them before the end."""
    offsets = poisson_offsets(1_000, 2, seed=5)

    assert list(offsets) == sorted(offsets)
    assert offsets[-1] < 2


def test_rate_is_kept() -> None:
    """As many calls begin as the rate says, to a few standard deviations."""
    offsets = poisson_offsets(1_000, 10, seed=5)

    assert len(offsets) == pytest.approx(10_000, abs=500)


def test_gaps_are_exponential() -> None:
    """Gaps spread as far as their mean, as those of independent callers do."""
    offsets = poisson_offsets(1_000, 10, seed=5)
    gaps = [after - before for before, after in pairwise(offsets)]

    assert statistics.stdev(gaps) == pytest.approx(statistics.mean(gaps), rel=0.05)


def test_seed_repeats_schedule() -> None:
    """The same seed makes the same offsets, another one others."""
    assert poisson_offsets(100, 1, seed=3) == poisson_offsets(100, 1, seed=3)
    assert poisson_offsets(100, 1, seed=3) != poisson_offsets(100, 1, seed=4)


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_shares_keep_schedule(count: int) -> None:
    """However many generators there are, together they begin the same calls."""
    offsets = poisson_offsets(100, 1, seed=3)

    parts = shares(offsets, count)

    assert count == len(parts)
    assert list(offsets) == sorted(each for part in parts for each in part)
