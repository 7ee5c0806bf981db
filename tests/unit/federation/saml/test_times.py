"""Times of assertions: one form, in UTC (S40)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.federation.saml.refusals import SamlRefusedError
from daypass.federation.saml.times import instant


@pytest.mark.parametrize(
    "text",
    [
        *("2026-01-02T03:04:05", "2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05z"),
        *("2026-01-02T03:04:05+14:00", "2026-01-02T03:04:60Z", "2026-01-02T24:00:00Z"),
        *("2026-01-02 03:04:05Z", "2026-1-2T3:4:5Z", "2026-02-29T00:00:00Z"),
        *("-2026-01-02T03:04:05Z", "12026-01-02T03:04:05Z", "0000-01-01T00:00:00Z"),
        *("2026-01-02T03:04:05.Z", "2026-01-02T03:04:05.12345678901234567890Z"),
        *(
            "2026-01-02T03:04:05Z\n",
            " 2026-01-02T03:04:05Z",
            "",
            "Z",
            "20260102T030405Z",
        ),
        *("2026-01-02T03:04:0\u0665Z", "2026-W01-1T00:00:00Z", "2026-01-02T03:04Z"),
    ],
)
def test_refused(text: str) -> None:
    """A time that is not in UTC, or not of the calendar, is refused (S40)."""
    with pytest.raises(SamlRefusedError, match="time_malformed"):
        instant(text)


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2026-01-02T03:04:05Z", 0),
        ("2026-01-02T03:04:05.5Z", 500_000),
        ("2026-01-02T03:04:05.123456Z", 123_456),
        ("2026-01-02T03:04:05.123456789Z", 123_456),
    ],
)
def test_taken(text: str, microsecond: int) -> None:
    """A time in UTC is read to the microsecond (S40)."""
    assert datetime(2026, 1, 2, 3, 4, 5, microsecond, UTC) == instant(text)


def test_last_year() -> None:
    """The last year that there is ends no sooner than it says (S40)."""
    assert datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC) == instant(
        "9999-12-31T23:59:59Z"
    )


@given(st.datetimes(timezones=st.just(UTC)))
def test_round_trip(time: datetime) -> None:
    """Every time of the calendar is read as what was written."""
    text = time.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    assert time == instant(text)


@given(st.text(st.sampled_from("0123456789-:TZ.+ "), max_size=30))
def test_any_text(text: str) -> None:
    """Whatever is read writes as the text that it was read from."""
    try:
        found = instant(text)
    except SamlRefusedError:
        return

    assert text.startswith(found.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0"))
