"""The search for the highest rate in time."""

from __future__ import annotations

import pytest
from loadtest.search import highest_rate


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 1), (2, 2), (3, 2)])
def test_empty_span_refused(low: float, high: float) -> None:
    """A span without rates is refused."""
    with pytest.raises(ValueError, match="no rate"):
        highest_rate(lambda _: True, low=low, high=high, steps=3)


def test_lowest_missed() -> None:
    """A server that misses the lowest rate keeps none, and is asked once."""
    tried: list[float] = []

    def keeps(rate: float) -> bool:
        tried.append(rate)
        return False

    assert highest_rate(keeps, low=10, high=100, steps=3) == 0
    assert tried == [10]


def test_highest_kept() -> None:
    """A server that keeps the highest rate is asked no more."""
    assert highest_rate(lambda _: True, low=10, high=100, steps=3) == 100


@pytest.mark.parametrize("limit", [12.0, 40.0, 55.0, 99.0])
def test_limit_found(limit: float) -> None:
    """The rate found is below the limit, by less than the last step."""
    found = highest_rate(lambda rate: rate <= limit, low=10, high=100, steps=6)

    assert limit - 90 / 2**6 <= found <= limit
