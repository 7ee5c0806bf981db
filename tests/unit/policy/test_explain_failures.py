"""Explanations say in words which part of a statement failed.

SPEC: policy-language 7.8; attacks P41.
"""

from __future__ import annotations

from typing import Any

import pytest

from daypass.policy.decision import Slot
from daypass.policy.explain import explain
from support.explaining import assuming, failures, question
from support.policies import (
    NOTHING,
    OBJECT,
    R_IN_A,
    ROLE_ID,
    B,
    S,
    U,
    allow,
    deny,
    grant,
    slots,
    trusting,
)
from support.policy_strategies import PROVIDER


@pytest.mark.parametrize(
    ("condition", "keys", "expected"),
    [
        ({"StringEquals": {"k": ["a", "b c"]}}, {"k": "x"}, 'a or "b c", was x'),
        ({"StringNotEquals": {"k": "a"}}, {"k": "a"}, "anything but a, was a"),
        ({"StringEqualsIgnoreCase": {"k": "a"}}, {}, "a in any case, was absent"),
        ({"StringLike": {"k": "a*"}}, {"k": "b"}, "a match of a*, was b"),
        ({"ArnLike": {"k": R_IN_A}}, {"k": ""}, f'a match of {R_IN_A}, was ""'),
        ({"NumericLessThan": {"k": 5}}, {"k": "5"}, "less than 5, was 5"),
        ({"DateGreaterThan": {"k": "2024"}}, {"k": "0"}, "a time after 2024, was 0"),
        (
            {"IpAddress": {"k": "10.0.0.0/8"}},
            {},
            "an address in 10.0.0.0/8, was absent",
        ),
        ({"Null": {"k": "true"}}, {"k": "a"}, "no value, was a"),
        ({"Null": {"k": "false"}}, {}, "a value, was absent"),
        (
            {"ForAllValues:StringEquals": {"k": "a"}},
            {"k": "b"},
            "of every value a, was b",
        ),
        ({"ForAnyValue:StringEquals": {"k": "a"}}, {}, "of some value a, was absent"),
        ({"StringEquals": {"k": []}}, {}, "nothing, was absent"),
    ],
)
def test_conditions_are_put_in_words(
    condition: Any, keys: dict[str, str], expected: str
) -> None:
    """Each family of operators has its phrase."""
    asked = question(slots(identity=[allow(Condition=condition)]), keys=keys)

    (failure,) = failures(explain(asked), Slot.IDENTITY)

    assert f"condition k expected {expected}" == failure.text


def test_condition_failures_hold_their_facts() -> None:
    """A failed condition has key, operator, expectation and what there was."""
    condition = {"ForAnyValue:StringLikeIfExists": {"K": ["a*"]}}
    asked = question(slots(identity=[allow(Condition=condition)]), keys={"k": ["x"]})

    (failure,) = failures(explain(asked), Slot.IDENTITY)

    expected = ("K", "ForAnyValue:StringLikeIfExists", ("a*",), ("x",))
    found = (failure.key, failure.operator, failure.expected, failure.actual)
    assert expected == found


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow("s3:Put*"), "Action is s3:Put*, not s3:GetObject"),
        ({**NOTHING, "Action": "*", "Resource": R_IN_A}, f"Resource is {R_IN_A}, not"),
        (
            {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"},
            "NotAction leaves out s3:GetObject",
        ),
        (
            {"Effect": "Allow", "Action": "*", "NotResource": "*"},
            f"NotResource leaves out {OBJECT}",
        ),
        (
            allow(resource="arn:aws:s3:::${k}/*"),
            f"Resource is arn:aws:s3:::${{k}}/*, not {OBJECT}; k is absent",
        ),
    ],
)
def test_other_parts_are_put_in_words(statement: Any, expected: str) -> None:
    """A failed action or resource is told with what it asks for."""
    asked = question(slots(identity=[statement]))

    (failure,) = failures(explain(asked), Slot.IDENTITY)

    assert failure.text.startswith(expected)


def test_principals_are_shown_by_arn() -> None:
    """A stored unique id is shown as the ARN that it stands for."""
    asked = assuming(slots(trust=[trusting(ROLE_ID)]))

    found = explain(asked, arn_of={ROLE_ID: S.principal_arn}.get)

    (failure,) = failures(found, Slot.RESOURCE)
    assert f"Principal names {S.principal_arn}, not user bob" == failure.text


def test_foreign_providers_are_told_apart() -> None:
    """A provider of another account is named, and still is none to trust."""
    statement = grant({"Federated": PROVIDER.provider})
    asked = question(slots(granting=[statement]), who=PROVIDER, account=B)

    (failure,) = failures(explain(asked), Slot.RESOURCE)

    assert "belongs to another partition or account" in failure.text


def test_not_principal_spares() -> None:
    """A NotPrincipal says whom it spares."""
    statement = {**deny(), "NotPrincipal": {"AWS": U.arn}}
    asked = question(slots(identity=[allow()], granting=[statement]))

    (failure,) = failures(explain(asked), Slot.RESOURCE)

    assert f"NotPrincipal spares {U.arn}" == failure.text
