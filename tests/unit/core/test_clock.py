"""Instants are cut to the second, and seconds since 1970 come back as they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core.clock import from_epoch_seconds, to_epoch_seconds, whole_second
from daypass.core.limits import EPOCH_SECONDS_MAX

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("microseconds", [0, 1, 999_999])
def test_seconds_are_cut(microseconds: int) -> None:
    """A part of a second is dropped and never rounded up."""
    assert NOON == whole_second(NOON + timedelta(microseconds=microseconds))


@pytest.mark.parametrize(
    ("seconds", "instant"),
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (EPOCH_SECONDS_MAX, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_known_instants(seconds: int, instant: datetime) -> None:
    """The first and the last second are those of 1970 and of 9999."""
    assert instant == from_epoch_seconds(seconds)
    assert seconds == to_epoch_seconds(instant)


def test_second_beyond_refused() -> None:
    """A second more than the bound is no instant, which is why there is the bound."""
    with pytest.raises((ValueError, OverflowError)):
        from_epoch_seconds(EPOCH_SECONDS_MAX + 1)


@given(seconds=st.integers(0, EPOCH_SECONDS_MAX))
def test_seconds_round_trip(seconds: int) -> None:
    """Every second comes back, aware and in UTC."""
    instant = from_epoch_seconds(seconds)

    assert UTC is instant.tzinfo
    assert seconds == to_epoch_seconds(instant)


def test_zone_does_not_matter() -> None:
    """An instant is the same second in every zone."""
    elsewhere = NOON.astimezone(timezone(timedelta(hours=-7)))

    assert to_epoch_seconds(NOON) == to_epoch_seconds(elsewhere)
