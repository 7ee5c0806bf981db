"""What a caller is told of a denial.

SPEC: policy-language 7.7; attacks P41.
"""

from __future__ import annotations

from typing import Any

import pytest

from daypass.policy.decision import Decision, Effect
from daypass.policy.messages import denial_message
from support.policies import (
    NOTHING,
    R_IN_A,
    S,
    U,
    allow,
    ask,
    deny,
    slots,
    trusting,
)

ACTION = "sts:AssumeRole"
HEAD = f"User: {S.arn} is not authorized to perform: {ACTION} on resource: {R_IN_A}"
DENY_ALL = {**deny(), "Principal": "*"}
SILENT: list[tuple[dict[str, Any], str]] = [
    ({}, "identity-based policy"),
    ({"identity": [allow()], "session": [[NOTHING]]}, "session policy"),
    ({"identity": [allow()], "boundary": [NOTHING]}, "permissions boundary"),
    ({"identity": [allow()], "scp": [[[NOTHING]]]}, "service control policy"),
]
DENYING: list[tuple[dict[str, Any], str]] = [
    ({"identity": [deny()]}, "an identity-based policy"),
    ({"session": [[deny()]]}, "a session policy"),
    ({"boundary": [deny()]}, "a permissions boundary"),
    ({"scp": [[[deny()]]]}, "a service control policy"),
]
OF_THE_RESOURCE: list[tuple[dict[str, Any], str]] = [
    (
        {"trust": [trusting(U.arn)]},
        f" because no role trust policy allows the {ACTION} action",
    ),
    (
        {"trust": [{**trusting(S.arn), "Effect": "Deny"}]},
        " with an explicit deny in the role trust policy",
    ),
    (
        {"granting": [DENY_ALL]},
        " with an explicit deny in a resource-based policy",
    ),
    (
        {"rcp": [[[DENY_ALL]]]},
        " with an explicit deny in a resource control policy",
    ),
]


def message(policies: dict[str, Any], *, same_account: bool = True) -> str:
    """Returns the message for session S that is denied to assume a role."""
    decision = ask(ACTION, R_IN_A, who=S, slots=slots(**policies))
    return denial_message(decision, S.arn, ACTION, R_IN_A, same_account=same_account)


@pytest.mark.parametrize(("policies", "expected"), SILENT)
def test_silence_is_named(policies: dict[str, Any], expected: str) -> None:
    """The slot that did not allow is named, across accounts too: it is the caller's."""
    tail = f" because no {expected} allows the {ACTION} action"

    assert HEAD + tail == message(policies)
    assert HEAD + tail == message(policies, same_account=False)


@pytest.mark.parametrize(("policies", "expected"), DENYING)
def test_denial_is_named(policies: dict[str, Any], expected: str) -> None:
    """The slot with the explicit denial is named."""
    assert f"{HEAD} with an explicit deny in {expected}" == message(policies)


@pytest.mark.parametrize(("policies", "tail"), OF_THE_RESOURCE)
def test_policies_of_another_account_stay_its_own(
    policies: dict[str, Any], tail: str
) -> None:
    """What the resource's account says is told to its own callers only."""
    assert HEAD == message(policies, same_account=False)
    assert HEAD + tail == message(policies)


def test_silent_resource_is_named() -> None:
    """A resource whose policy is required and absent is a resource-based silence."""
    tail = f" because no resource-based policy allows the {ACTION} action"

    assert HEAD + tail == message({"identity": [allow()], "trust": []})


def test_federated_callers_learn_nothing() -> None:
    """A caller with an assertion or a token is told which action was refused."""
    text = denial_message(ask(), None, ACTION, R_IN_A, same_account=True)

    assert f"Not authorized to perform {ACTION}" == text


def test_internal_error_has_no_tail() -> None:
    """A defect names no policy."""
    decision = Decision(Effect.IMPLICIT_DENY, fault=ValueError())

    text = denial_message(decision, S.arn, ACTION, R_IN_A, same_account=True)

    assert HEAD == text
