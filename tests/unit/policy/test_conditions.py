"""Missing keys, set operators, IfExists, and what operators ignore.

SPEC: policy-language 5 and 5.1; attacks P21 to P23, P25 and P26.
"""

from __future__ import annotations

from typing import Any

import pytest

from daypass.policy.context import RequestContext
from daypass.policy.operators import OPERATORS, OperatorName, Quantifier
from support.policies import A, B, allow, policy

NEGATED = [name for name, operator in OPERATORS.items() if operator.negated]
POSITIVE = [name for name, operator in OPERATORS.items() if not operator.negated]
# For each family, a value that a policy may hold.
VALID = {"Numeric": "1", "Date": "2024", "Bool": "true"}


def holds(operator: str, wanted: Any, values: Any = ()) -> bool:
    """Returns whether an operator holds of a key `k` with these values."""
    parsed = policy(allow(Condition={operator: {"k": wanted}}))
    context = RequestContext.of({"k": values})
    return all(each.holds(context) for each in parsed.statements[0].conditions)


def valid(operator: str) -> str:
    """Returns a value that a policy may give to an operator."""
    return next((v for name, v in VALID.items() if operator.startswith(name)), "x")


@pytest.mark.parametrize("operator", POSITIVE)
def test_missing_key_fails_positive(operator: str) -> None:
    """Without the key a positive operator is false, save by ForAllValues or IfExists."""
    wanted = valid(operator)

    assert not holds(operator, wanted)
    assert not holds(f"ForAnyValue:{operator}", wanted)
    assert holds(f"ForAllValues:{operator}", wanted)
    assert holds(f"{operator}IfExists", wanted)
    assert holds(f"ForAnyValue:{operator}IfExists", wanted)
    assert holds(f"ForAllValues:{operator}IfExists", wanted)


@pytest.mark.parametrize("operator", NEGATED)
def test_missing_key_satisfies_negated(operator: str) -> None:
    """Without the key a negated operator is true, save by ForAnyValue."""
    wanted = valid(operator)

    assert not holds(f"ForAnyValue:{operator}", wanted)
    assert holds(operator, wanted)
    assert holds(f"ForAllValues:{operator}", wanted)
    assert holds(f"{operator}IfExists", wanted)
    assert holds(f"ForAnyValue:{operator}IfExists", wanted)


@pytest.mark.parametrize("operator", NEGATED)
def test_unreadable_value_satisfies_negated(operator: str) -> None:
    """A request's value that cannot be read equals nothing."""
    assert holds(operator, valid(operator), "\u2603")


@pytest.mark.parametrize("operator", POSITIVE)
def test_unreadable_value_fails_positive(operator: str) -> None:
    """A request's value that cannot be read fits nothing."""
    assert not holds(operator, valid(operator), "\u2603")


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("StringEquals", ["b", "a"], True),
        ("StringEquals", ["b", "c"], False),
        ("StringNotEquals", ["b", "a"], False),
        ("StringNotEquals", ["b", "c"], True),
        ("ForAllValues:StringEquals", ["a", "a"], True),
        ("ForAllValues:StringEquals", ["a", "b"], False),
        ("ForAllValues:StringNotEquals", ["a", "b"], False),
        ("ForAllValues:StringNotEquals", ["b", "c"], True),
        ("ForAnyValue:StringEquals", ["b", "a"], True),
        ("ForAnyValue:StringEquals", ["b", "c"], False),
        ("ForAnyValue:StringNotEquals", ["a", "b"], True),
        ("ForAnyValue:StringNotEquals", ["a", "a"], False),
    ],
)
def test_several_values(operator: str, values: list[str], *, expected: bool) -> None:
    """Each value passes or fails by itself, and then they are counted."""
    assert expected is holds(operator, "a", values)


@pytest.mark.parametrize(
    ("operator", "present", "missing"),
    [
        ("StringEquals", False, False),
        ("StringNotEquals", True, True),
        ("ForAllValues:StringEquals", False, True),
        ("ForAllValues:StringNotEquals", False, True),
        ("ForAnyValue:StringEquals", False, False),
    ],
)
def test_empty_policy_list(operator: str, *, present: bool, missing: bool) -> None:
    """An empty list of policy values accepts nothing."""
    assert present is holds(operator, [], "a")
    assert missing is holds(operator, [])


def test_empty_text_is_missing_to_set_operators() -> None:
    """A list of nothing but empty texts counts as missing to the set operators only."""
    assert not holds("ForAnyValue:StringEquals", "", ["", ""])
    assert not holds("StringEquals", "a", "")
    assert holds("ForAllValues:StringEquals", "a", [""])
    assert holds("StringEquals", "", "")
    assert not holds("ForAllValues:StringEquals", "a", ["", "b"])


@pytest.mark.parametrize(
    ("wanted", "absent", "present"),
    [
        ("true", True, False),
        ("false", False, True),
        (False, False, True),
        ("TRUE", True, False),
        (["true", "false"], True, True),
        ([], False, False),
    ],
)
def test_null_asks_for_keys(wanted: Any, *, absent: bool, present: bool) -> None:
    """Null tells whether the key is there; set operators change nothing in it."""
    for operator in ("Null", "ForAllValues:Null", "ForAnyValue:Null"):
        assert absent is holds(operator, wanted)
        assert present is holds(operator, wanted, "a")


def test_null_takes_empty_text_for_a_value() -> None:
    """A key with an empty value is there."""
    assert not holds("Null", "true", "")
    assert holds("Null", "false", "")


@pytest.mark.parametrize(
    ("operator", "below", "equal", "above"),
    [
        ("Equals", False, True, False),
        ("NotEquals", True, False, True),
        ("LessThan", True, False, False),
        ("LessThanEquals", True, True, False),
        ("GreaterThan", False, False, True),
        ("GreaterThanEquals", False, True, True),
    ],
)
def test_order(operator: str, *, below: bool, equal: bool, above: bool) -> None:
    """Numbers and instants compare as their operators say."""
    assert below is holds(f"Numeric{operator}", 10, "9.999999999999999999")
    assert equal is holds(f"Numeric{operator}", 10, "10.0")
    assert above is holds(f"Numeric{operator}", 10, "10.000000000000000001")
    assert below is holds(f"Date{operator}", "1704067200", "2023-12-31T23:59:59.9Z")
    assert equal is holds(f"Date{operator}", "1704067200", "2024-01-01")
    assert above is holds(f"Date{operator}", "1704067200", "2024-01-01T00:00:00.1Z")


def test_order_takes_any_of_several() -> None:
    """One of several policy values is enough, whichever it is."""
    assert holds("NumericLessThan", [1, 10, 5], "9")
    assert not holds("NumericLessThan", [1, 10, 5], "10")
    assert holds("NumericGreaterThan", [10, 1, 5], "2")
    assert not holds("NumericGreaterThan", [10, 1, 5], "1")
    assert not holds("NumericLessThan", [], "1")


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "expected"),
    [
        ("StringEquals", "Dev", "dev", False),
        ("StringNotEqualsIgnoreCase", "Dev", "dEV", False),
        ("StringEqualsIgnoreCase", "${aws:x, 'DEV'}", "dev", True),
        ("StringLike", "a*", "A", False),
        ("StringLike", "a?c", "abc", True),
        ("StringNotLike", "a*", "abc", False),
        ("StringEquals", True, "true", True),
        ("StringEquals", 10, "10", True),
        ("Bool", "true", "TRUE", True),
        ("Bool", "true", "1", False),
        ("Bool", "${aws:x, 'False'}", "false", True),
        ("Bool", "${aws:x, 'on'}", "on", False),
        ("BinaryEquals", "QUI=", "QUI=", True),
        ("BinaryEquals", "junk!", "junk!", False),
        ("NotIpAddress", "10.0.0.0/8", "11.0.0.0", True),
        ("NotIpAddress", "10.0.0.0/8", "10.0.0.1", False),
        ("IpAddress", "junk", "10.0.0.1", False),
        ("IpAddress", "10.0.0.0/8", "010.0.0.1", False),
        ("ArnLike", "*", f"arn:aws:iam::{A}:role/x", False),
        ("ArnLike", f"arn:aws:iam::{A}:role/*", "role/x", False),
        ("ArnNotLike", "*", f"arn:aws:iam::{A}:role/x", True),
        ("ArnNotEquals", f"arn:aws:iam::{A}:*", f"arn:aws:iam::{A}:role/x", False),
        ("ArnNotEquals", f"arn:aws:iam::{A}:*", f"arn:aws:iam::{B}:role/x", True),
        ("ArnLike", f"arn:aws:logs:*:{A}:*", f"arn:aws:logs:eu:{A}:group:a:b", True),
        ("ArnLike", f"arn:aws:*:{A}:*", f"arn:aws:logs:eu:{A}:group", False),
    ],
)
def test_operator(operator: str, wanted: Any, value: str, *, expected: bool) -> None:
    """Each operator compares as its family does."""
    assert expected is holds(operator, wanted, value)


@pytest.mark.parametrize(
    "name",
    [
        *("stringEquals", "StringEqualsX", "X:StringEquals", "NullIfExists", ""),
        *("StringEqualsIfExistsIfExists", "ForAllValues:ForAnyValue:StringEquals"),
        *("ForAllValues:", "IfExists", "ForAnyvalue:StringEquals", " StringEquals"),
        *("BinaryNotEquals", "BoolNotEquals", "ForAllValues::StringEquals"),
    ],
)
def test_unknown_operator(name: str) -> None:
    """Only the operators of the table exist, spelled exactly."""
    assert None is OperatorName.parse(name)


def test_operator_name_is_taken_apart() -> None:
    """An operator has at most one set operator and one suffix."""
    found = OperatorName.parse("ForAnyValue:ArnNotLikeIfExists")

    assert found is not None
    assert (Quantifier.FOR_ANY, "ArnNotLike", True) == (
        found.quantifier,
        found.base,
        found.if_exists,
    )
