"""How long a key set is good, whatever its provider says (attacks O27)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import provider_limits as limits
from daypass.federation.oidc.freshness import key_set_lifetime


def _seconds(header: str) -> float:
    day = limits.KEY_SET_LIFETIME_MAX
    return key_set_lifetime(header, most=day).total_seconds()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("max-age=315360000", 86_400),
        ("max-age=86401", 86_400),
        ("max-age=86400", 86_400),
        ("max-age=" + "9" * 5_000, 86_400),
        ("max-age=31", 31),
        ("max-age=30", 30),
        ("max-age=29", 30),
        ("max-age=0", 30),
        ("public, Max-Age=600, must-revalidate", 600),
        ('max-age="600"', 600),
        ("max-age=600, max-age=60", 60),
        ("no-store, max-age=600", 30),
        ("NO-CACHE", 30),
    ],
)
def test_lifetime_by_header(header: str, seconds: int) -> None:
    """What the header says is kept between half a minute and a day."""
    assert seconds == _seconds(header)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "max-age=-1",
        "max-age=",
        "max-age=a",
        "max-age=1.5",
        "max-age=\u0661",
        "s-maxage=9",
    ],
)
def test_junk_means_default(header: str) -> None:
    """What cannot be read says nothing, and the default is five minutes."""
    assert timedelta(minutes=5) == key_set_lifetime(header)


def test_default_bounds_what_is_asked() -> None:
    """A withdrawn key is used for five minutes at the most (attacks O14)."""
    assert timedelta(minutes=5) == key_set_lifetime("max-age=86400")
    assert timedelta(minutes=4) == key_set_lifetime("max-age=240")


@given(st.text() | st.from_regex(r"max-age=[0-9-]{0,12}(, [a-z-]*=?[0-9]*)*"))
def test_always_within_bounds(header: str) -> None:
    """Whatever the header, the lifetime is within its bounds."""
    lifetime = key_set_lifetime(header)

    assert limits.KEY_SET_LIFETIME_MIN <= lifetime <= limits.KEY_SET_LIFETIME_DEFAULT
