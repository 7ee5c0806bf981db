"""Text for people, for programs and for shells."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass_client.cli.text import printable, to_cell, to_exports, to_json


@given(st.text())
def test_printable_text_steers_nothing(text: str) -> None:
    """Whatever the text, what is printed is one line of printable characters."""
    assert printable(text).isprintable()


@given(st.text(st.characters(categories=["L", "N", "P"])))
def test_plain_text_is_kept(text: str) -> None:
    """Letters, digits and punctuation are printed as they are."""
    assert text == printable(text)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_exports_are_quoted(value: str) -> None:
    """A shell reads back the value, whatever is in it."""
    line = to_exports({"NAME": value})

    assert ["export", f"NAME={value}"] == shlex.split(line)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, "-"),
        ("", "-"),
        ((), "-"),
        ({}, "-"),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        ("a", "a"),
        (("a", "b"), "a, b"),
        ({"a": "b"}, "a=b"),
        (timedelta(seconds=1.5), "1.5 s"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00Z"),
    ],
)
def test_cells_are_read_by_people(value: object, cell: str) -> None:
    """Each kind of value has its form in a table."""
    assert cell == to_cell(value)


def test_times_are_utc_in_json() -> None:
    """A time of another zone is written in UTC."""
    zone = timezone(timedelta(hours=2))

    text = to_json([datetime(2026, 1, 2, 2, tzinfo=zone), timedelta(minutes=1)])

    assert '[\n  "2026-01-02T00:00:00Z",\n  60.0\n]' == text


def test_unknown_values_are_a_mistake() -> None:
    """A value without a form in JSON is refused, and not printed by accident."""
    with pytest.raises(TypeError, match="bytes"):
        to_json(b"")
