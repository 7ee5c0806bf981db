"""Samples make a condition hold, or not hold, and are refused where none does."""

from __future__ import annotations

from typing import Any

import pytest

from daypass.policy.context import RequestContext
from daypass.policy.samples import values_for
from support.policies import Keys, allow, policy

NOTHING: Keys = {}


def sample(
    operator: str,
    values: Any,
    keys: Keys = NOTHING,
    *,
    holds: bool = True,
    version: str = "2012-10-17",
) -> tuple[str, ...] | None:
    """Returns the values of key `k` that are proposed for one condition."""
    found = policy(allow(Condition={operator: {"k": values}}), version=version)
    (condition,) = found.statements[0].conditions
    return values_for(condition, RequestContext.of(keys), holds=holds)


@pytest.mark.parametrize(
    ("operator", "values"),
    [
        ("StringEquals", []),
        ("StringEquals", "${x}${k}"),
        ("ArnLike", "no arn"),
        ("IpAddress", "no block"),
        ("BinaryEquals", "no base64"),
    ],
)
def test_impossible_conditions_have_none(operator: str, values: Any) -> None:
    """A condition that no value can meet gets no proposal."""
    assert sample(operator, values) is None


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("StringEquals", ["a", "b"], ("a",)),
        ("StringEquals", "${*}", ("*",)),
        ("StringEqualsIgnoreCase", "Dev", ("Dev",)),
        ("StringLike", "a*b?", ("axbx",)),
        ("ArnLike", "arn:aws:iam::*:role/*", ("arn:aws:iam::x:role/x",)),
        ("NumericEquals", "1.50", ("1.50",)),
        ("NumericLessThan", "5", ("4",)),
        ("NumericGreaterThan", "5", ("6",)),
        ("DateEquals", "1970-01-02", ("86400",)),
        ("DateLessThan", "1970-01-02", ("86399",)),
        ("DateGreaterThan", "1970-01-02", ("86401",)),
        ("DateLessThanEquals", "1970-01-01", ("0",)),
        ("Bool", "TRUE", ("true",)),
        ("IpAddress", "10.0.0.0/8", ("10.0.0.0",)),
        ("BinaryEquals", "QQ==", ("QQ==",)),
        ("Null", "false", ("true",)),
        ("ForAnyValue:StringEquals", "a", ("a",)),
    ],
)
def test_absent_keys_get_a_value(
    operator: str, values: Any, expected: tuple[str, ...]
) -> None:
    """Each family of operators has a value that it accepts."""
    assert expected == sample(operator, values)


@pytest.mark.parametrize(
    ("operator", "values", "keys", "expected"),
    [
        ("Null", "true", {"k": "a"}, ()),
        ("StringNotEquals", "a", {"k": "a"}, ()),
        ("ForAllValues:StringEquals", ["a", "b"], {"k": ["a", "c"]}, ("a",)),
        ("ForAnyValue:StringEquals", "a", {"k": ["b"]}, ("b", "a")),
        ("StringEquals", "${who}", {"who": "bob"}, ("bob",)),
        ("StringEquals", "${who, 'all'}", {}, ("all",)),
        ("Bool", "${who}", {"who": "FALSE"}, ("false",)),
    ],
)
def test_requests_are_changed_little(
    operator: str, values: Any, keys: Keys, expected: tuple[str, ...]
) -> None:
    """What the request has is kept where it may stay, and resolved where named."""
    assert expected == sample(operator, values, keys)


def test_old_documents_have_no_variables() -> None:
    """In a document of the first version a variable is plain text."""
    asked = sample("StringEquals", "${who}", {"who": "bob"}, version="2008-10-17")

    assert ("${who}",) == asked


@pytest.mark.parametrize(
    ("operator", "values", "keys", "expected"),
    [
        ("BoolIfExists", "false", {}, ("true",)),
        ("StringNotEquals", "a", {}, ("a",)),
        ("StringEquals", "a", {"k": "a"}, ()),
        ("StringLike", "*", {"k": "a"}, ()),
        ("Null", "true", {}, ("true",)),
        ("NumericLessThanEquals", "5", {"k": "5"}, ("6",)),
        ("NotIpAddress", "10.0.0.0/8", {}, ("10.0.0.0",)),
    ],
)
def test_conditions_can_be_escaped(
    operator: str, values: Any, keys: Keys, expected: tuple[str, ...]
) -> None:
    """For a Deny a value is proposed with which its condition does not hold."""
    assert expected == sample(operator, values, keys, holds=False)


def test_always_true_cannot_be_escaped() -> None:
    """A condition that always holds has no value with which it does not."""
    assert sample("Null", ["true", "false"], holds=False) is None
