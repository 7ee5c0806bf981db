"""Finds the highest rate that a server answers in time."""

from __future__ import annotations

from collections.abc import Callable


def highest_rate(
    keeps: Callable[[float], bool], *, low: float, high: float, steps: int
) -> float:
    """Returns the highest rate found that keeps the limit; 0 if the lowest does not.

    Args:
        keeps: whether a rate keeps the limit; it measures.
        low: the lowest rate that is tried.
        high: the highest.
        steps: how often the span between them is halved.

    Raises:
        ValueError: the span is empty.
    """
    if not 0 < low < high:
        raise ValueError(f"there is no rate between {low} and {high}")
    if not keeps(low):
        return 0.0
    if keeps(high):
        return high
    for _ in range(steps):
        middle = (low + high) / 2
        if keeps(middle):
            low = middle
        else:
            high = middle
    return low
