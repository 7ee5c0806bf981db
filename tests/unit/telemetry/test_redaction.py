"""What may stand in a log line."""

from __future__ import annotations

import json
import math
from datetime import timedelta
from decimal import Decimal
from ipaddress import ip_address
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import limits
from daypass.core.errors import Code
from daypass.core.secret import REDACTED, Secret
from daypass.core.session import SessionKind
from daypass.telemetry import names
from daypass.telemetry.redaction import is_secret_field, redact_event
from support.world import START

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner)
    ),
    max_leaves=20,
)


def redacted(value: object) -> Any:
    """Returns what a line shows of a value."""
    return redact_event(None, "info", {"field": value})["field"]


@pytest.mark.parametrize("name", sorted(names.SECRET_FIELDS))
def test_secret_field_is_not_shown(name: str) -> None:
    """The value of a field that is named like a secret is never written."""
    event = redact_event(None, "info", {name: "canary"})

    assert {name: REDACTED} == event


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("Authorization", True),
        ("x-amz-security-token", True),
        ("caller_session_token", True),
        ("SecretAccessKey", False),
        ("secret_access_key", True),
        ("token_size", False),
        ("access_key_id", False),
        ("request_id", False),
    ],
)
def test_names_decide_by_their_end(name: str, *, is_secret: bool) -> None:
    """A name is a secret's when it ends like one, word by word, in any case."""
    assert is_secret == is_secret_field(name)


@pytest.mark.parametrize(
    "value",
    [
        Secret("canary"),
        [Secret("canary")],
        {"inner": {"password": "canary"}},
        {"inner": ({"token": "canary"},)},
        b"canary",
        bytearray(b"canary"),
    ],
)
def test_secret_is_found_inside(value: object) -> None:
    """A secret is not shown wherever it stands."""
    assert "canary" not in json.dumps(redacted(value))


def test_unknown_object_shows_its_type() -> None:
    """An object is shown by the name of its type and never by its content."""

    class Message:
        def __repr__(self) -> str:
            return "canary"

    assert redacted(Message()).endswith("Message>")
    assert "canary" not in redacted(Message())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (0.5, 0.5),
        (math.inf, "inf"),
        ("text", "text"),
        (START, "2026-01-02T03:04:05+00:00"),
        (timedelta(milliseconds=1500), "1.5s"),
        (SessionKind.ROLE, "role"),
        (Code.UNAVAILABLE, 14),
        (Secret("canary"), "<redacted>"),
        (b"abc", "<3 bytes>"),
        (ValueError("bad"), "ValueError: bad"),
        (PurePosixPath("/a"), "/a"),
        (ip_address("::1"), "::1"),
        (Decimal("1.50"), "1.50"),
        ((1, "a"), [1, "a"]),
        ({"a": [1]}, {"a": [1]}),
    ],
)
def test_plain_forms(value: object, expected: object) -> None:
    """Each kind of value has one form."""
    assert expected == redacted(value)


@pytest.mark.parametrize(("extra", "end"), [(0, "x"), (1, "[1 more]")])
def test_long_text_is_cut(extra: int, end: str) -> None:
    """Text is kept up to the bound."""
    shown = redacted("x" * (limits.LOG_VALUE_CHARACTERS_MAX + extra))

    assert shown.endswith(end)


def test_depth_and_length_are_bounded() -> None:
    """Neither deep nor long values make an endless line."""
    deep: object = "bottom"
    for _ in range(100):
        deep = [deep]

    assert "bottom" not in json.dumps(redacted(deep))
    assert limits.LOG_ITEMS_MAX == len(redacted(list(range(1000))))


@given(st.dictionaries(st.text(), ANYTHING))
def test_any_event_is_json(event: dict[str, object]) -> None:
    """Whatever is logged, what comes out is JSON."""
    assert json.dumps(redact_event(None, "info", event), allow_nan=False)
