"""When calls are to begin: an open loop, which waits for no answer.

Arrivals of independent callers form a Poisson process: the times between them are
exponential. A burst begins at once. Both come from a seed, so that a run can be had
again.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random


def poisson_offsets(rate: float, seconds: float, seed: int) -> tuple[float, ...]:
    """Returns seconds from the start at which calls begin, in order.

    Args:
        rate: calls in a second, on average.
        seconds: all begin before.
        seed: makes the same offsets again.

    Raises:
        ValueError: the rate or the time is not above zero.
    """
    if rate <= 0 or seconds <= 0:
        raise ValueError(f"a rate of {rate} for {seconds} s is no load")
    draw = Random(seed)  # noqa: S311 - a seed that repeats a run.
    offsets = []
    at = draw.expovariate(rate)
    while at < seconds:
        offsets.append(at)
        at += draw.expovariate(rate)
    return tuple(offsets)


def burst_offsets(count: int) -> tuple[float, ...]:
    """Returns the offsets of calls that all begin at once.

    Raises:
        ValueError: there are none.
    """
    if count < 1:
        raise ValueError("a burst has at least one call")
    return (0.0,) * count


def shares(offsets: Sequence[float], count: int) -> tuple[tuple[float, ...], ...]:
    """Deals offsets out to several generators, in turns.

    Together they keep the schedule, whatever their number.
    """
    return tuple(tuple(offsets[first::count]) for first in range(count))
