"""What an operator is told of how sentinels are set."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.adapters.redis.sentinel_pace import Pace, judge_paces
from daypass.core import store_limits

GOOD = Pace(
    timedelta(milliseconds=store_limits.SENTINEL_DOWN_AFTER_ADVISED_MS),
    timedelta(milliseconds=store_limits.SENTINEL_FAILOVER_TIMEOUT_ADVISED_MS),
)


def pace(*, down_after: int = 500, failover_timeout: int = 3_000) -> Pace:
    """Returns a pace of so many milliseconds."""
    return Pace(
        timedelta(milliseconds=down_after), timedelta(milliseconds=failover_timeout)
    )


def test_advised_pace_has_no_warnings() -> None:
    """E03: who does what a warning says is warned no more."""
    assert () == judge_paces([GOOD, GOOD, GOOD])


def test_unheard_sentinels_have_no_warnings() -> None:
    """Of sentinels that did not answer, or do not tell, nothing is said."""
    assert () == judge_paces([])
    assert () == judge_paces([Pace()])


@pytest.mark.parametrize(
    ("down_after", "span"),
    [(800, None), (801, "3.002 s"), (1_000, "3.4 s"), (30_000, "32.4 s")],
)
def test_late_sentinel_is_a_warning(down_after: int, span: str | None) -> None:
    """E03: the pause between pings adds to the patience, for a second at the most."""
    warnings = judge_paces([GOOD, pace(down_after=down_after)])

    assert [span] * len(warnings) == [
        warning.split("up to ")[1].split(",")[0] for warning in warnings
    ]
    assert (span is not None) == bool(warnings)


@pytest.mark.parametrize(
    ("failover_timeout", "span"),
    [(5_000, None), (5_001, "10.002 s"), (180_000, "360 s")],
)
def test_late_second_try_is_a_warning(failover_timeout: int, span: str | None) -> None:
    """E03: after a vote that failed sentinels wait twice as long as they are told."""
    warnings = judge_paces([pace(failover_timeout=failover_timeout), GOOD])

    assert bool(warnings) == (span is not None)
    assert all(f"for {span} more" in warning for warning in warnings)
