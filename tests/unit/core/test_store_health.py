"""When two clocks differ too much, by what can be known of them.

SPEC: reliability, promise 7 and E13.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.core import store_limits
from daypass.core.store_health import (
    ClockDifference,
    ClockVerdict,
    StoreFindings,
    widest,
)

BOUND = store_limits.STORE_CLOCK_DIFFERENCE_MAX
MICRO = timedelta(microseconds=1)
SECOND = timedelta(seconds=1)
NONE = timedelta()


def exactly(span: timedelta) -> ClockDifference:
    """Returns a difference that is known without a doubt."""
    return ClockDifference(span, span)


def test_bound_is_that_of_the_promise() -> None:
    """Two seconds are what reliability promises."""
    assert 2 * SECOND == BOUND


@pytest.mark.parametrize(
    ("difference", "verdict"),
    [
        (exactly(BOUND + MICRO), ClockVerdict.SKEWED),
        (exactly(-BOUND - MICRO), ClockVerdict.SKEWED),
        (exactly(BOUND), ClockVerdict.DRIFTING),
        (exactly(-BOUND), ClockVerdict.DRIFTING),
        (exactly(BOUND - MICRO), ClockVerdict.AGREES),
        (exactly(MICRO - BOUND), ClockVerdict.AGREES),
        (exactly(NONE), ClockVerdict.AGREES),
        # An answer that took long leaves it open.
        (ClockDifference(BOUND, BOUND + SECOND), ClockVerdict.DRIFTING),
        (ClockDifference(-BOUND - SECOND, -BOUND), ClockVerdict.DRIFTING),
        (ClockDifference(BOUND + MICRO, BOUND + SECOND), ClockVerdict.SKEWED),
        (ClockDifference(NONE, BOUND), ClockVerdict.AGREES),
        (ClockDifference(-3 * BOUND, 3 * BOUND), ClockVerdict.AGREES),
    ],
)
def test_verdict(difference: ClockDifference, verdict: ClockVerdict) -> None:
    """A clock is skewed when it surely is, and drifting when it probably is."""
    assert verdict is difference.verdict


def test_sentence_says_which_clock() -> None:
    """The sentence names the clock that is ahead, and by how much."""
    assert "the store's clock is 3.0 s ahead of this server's" == str(
        exactly(3 * SECOND)
    )
    assert "the store's clock is 2.5 s behind this server's" == str(
        ClockDifference(-3 * SECOND, -2 * SECOND)
    )


def test_widest_difference_counts() -> None:
    """Of several servers the one that surely differs most stands for all."""
    near, far = exactly(SECOND), exactly(-BOUND - SECOND)
    slow = ClockDifference(NONE, 9 * SECOND)

    assert widest([]) is None
    assert far == widest([near, slow, far])
    assert near == widest([near, slow])


def test_reasons_are_what_is_not_in_order() -> None:
    """What is in order has no sentence."""
    assert {} == StoreFindings().reasons
    assert {} == StoreFindings(clock=exactly(SECOND)).reasons
    found = StoreFindings(fault="it evicts", clock=exactly(-BOUND)).reasons

    assert {
        "store": "it evicts",
        "clock": "the store's clock is 2.0 s behind this server's",
    } == found
