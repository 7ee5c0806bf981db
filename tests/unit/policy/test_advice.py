"""Advice is given on what is legal and dangerous, and on nothing else.

SPEC: policy-language 7.6; attacks P06, P23, P30 and P31.
"""

from __future__ import annotations

from typing import Any

import pytest

from daypass.policy.advice import Advice, AdviceCode, advise
from daypass.policy.document import DocumentKind
from support.policies import (
    NOTHING,
    A,
    B,
    Statement,
    allow,
    deny,
    policy,
    trusting,
)

OIDC = f"arn:aws:iam::{A}:oidc-provider/idp.example/x"
SAML = f"arn:aws:iam::{A}:saml-provider/Corp"
WITH_TOKEN = "sts:AssumeRoleWithWebIdentity"
PINNED = {"StringEquals": {"sts:ExternalId": "12345"}}


def codes(
    *statements: Statement, kind: DocumentKind = DocumentKind.TRUST, **more: Any
) -> list[AdviceCode]:
    """Returns the kinds of advice on a document, in which B is a third party."""
    return [each.code for each in advice(*statements, kind=kind, **more)]


def advice(
    *statements: Statement, kind: DocumentKind = DocumentKind.TRUST, **more: Any
) -> tuple[Advice, ...]:
    """Returns the advice on a document, in which B is a third party."""
    found = policy(*statements, kind=kind)
    return advise(found, is_foreign=lambda entry: B in entry, **more)


def test_everyone_is_warned_of() -> None:
    """A role that everyone may assume is warned of."""
    assert [AdviceCode.WILDCARD_TRUST] == codes(trusting("*"))


@pytest.mark.parametrize(
    "condition",
    [
        {"StringLike": {"aws:PrincipalOrgID": "*"}},
        {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}},
        {"StringNotEquals": {"aws:PrincipalAccount": B}},
        {"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-1/"}},
        {"Null": {"aws:PrincipalOrgID": "false"}},
        {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
    ],
)
def test_weak_conditions_do_not_narrow(condition: Any) -> None:
    """A condition that any caller can meet leaves the role open to everyone."""
    found = codes(trusting("*", Condition=condition))

    assert AdviceCode.WILDCARD_TRUST in found


def test_organisation_narrows_everyone() -> None:
    """Everyone of one organisation is somebody."""
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}

    assert [] == codes(trusting("*", Condition=condition))


def test_third_party_needs_external_id() -> None:
    """A third party without an external id is warned of, by its name."""
    (found,) = advice(trusting([A, B]))

    assert AdviceCode.THIRD_PARTY_WITHOUT_EXTERNAL_ID is found.code
    assert found.reason.startswith(f"{B} may be made to act")
    assert "sts:ExternalId" in found.fix


@pytest.mark.parametrize("operator", ["StringLikeIfExists", "StringNotEquals"])
def test_external_id_must_be_required(operator: str) -> None:
    """An external id that may be left out is none."""
    condition = {operator: {"sts:ExternalId": "12345"}}

    found = codes(trusting(B, Condition=condition))

    assert AdviceCode.THIRD_PARTY_WITHOUT_EXTERNAL_ID in found


def test_external_id_satisfies() -> None:
    """A pinned external id leaves nothing to warn of."""
    assert [] == codes(trusting(B, Condition=PINNED))


@pytest.mark.parametrize("action", ["sts:TagSession", "sts:SetSourceIdentity"])
def test_companion_actions_need_no_external_id(action: str) -> None:
    """A statement that does not let anybody assume the role is left alone."""
    assert [] == codes(trusting(B, action))


def test_own_accounts_need_no_external_id() -> None:
    """An account of the same organisation is no third party."""
    assert [] == codes(trusting(A))


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"StringEquals": {"idp.example/x:aud": "c"}},
        {"StringLike": {"idp.example/x:sub": "*"}},
        {"StringEquals": {"idp.example/y:sub": "me"}},
    ],
)
def test_provider_needs_subject(condition: Any) -> None:
    """A provider without a condition on who the token is for is warned of."""
    found = codes(trusting({"Federated": OIDC}, WITH_TOKEN, Condition=condition))

    assert [AdviceCode.PROVIDER_WITHOUT_SUBJECT] == found


def test_subject_satisfies() -> None:
    """A condition on the subject leaves nothing to warn of."""
    condition = {"StringLike": {"IDP.example/x:SUB": "repo:o/*"}}

    assert [] == codes(trusting({"Federated": OIDC}, WITH_TOKEN, Condition=condition))


def test_built_in_provider_has_its_claims() -> None:
    """A built-in provider is known by its domain, and by its own claims."""
    provider = {"Federated": "graph.facebook.com"}
    condition = {"StringEquals": {"graph.facebook.com:id": "7"}}

    assert [AdviceCode.PROVIDER_WITHOUT_SUBJECT] == codes(
        trusting(provider, WITH_TOKEN)
    )
    assert [] == codes(trusting(provider, WITH_TOKEN, Condition=condition))


@pytest.mark.parametrize(
    ("provider", "action"), [(SAML, WITH_TOKEN), (OIDC, "sts:AssumeRoleWithSAML")]
)
def test_subject_is_of_web_identities(provider: str, action: str) -> None:
    """Only who exchanges web identity tokens needs a subject."""
    assert [] == codes(trusting({"Federated": provider}, action))


def test_service_needs_source() -> None:
    """What lint finds is advice too, with a fix."""
    (found,) = advice(trusting({"Service": "ec2.amazonaws.com"}))

    assert AdviceCode.SERVICE_WITHOUT_SOURCE is found.code
    assert "aws:SourceAccount" in found.fix


def test_omission_is_warned_of() -> None:
    """A condition that is met by leaving the key out comes with its fix."""
    condition = {"StringNotEquals": {"aws:RequestTag/team": "red"}}

    (found,) = advice(allow(Condition=condition), kind=DocumentKind.INLINE)

    assert AdviceCode.SATISFIED_BY_OMISSION is found.code
    assert "Null" in found.fix


ALL_BUT = {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::b"}


def test_all_but_is_warned_of() -> None:
    """An Allow of all but some is warned of, of actions and of resources."""
    expected = [AdviceCode.ALLOW_WITH_NOT_ACTION, AdviceCode.ALLOW_WITH_NOT_RESOURCE]

    assert expected == codes(ALL_BUT, kind=DocumentKind.INLINE)


def test_caps_may_leave_out() -> None:
    """In what only caps others, all but some is how one writes it."""
    assert [] == codes(ALL_BUT, kind=DocumentKind.MANAGED, is_cap=True)


def test_denials_may_leave_out() -> None:
    """A Deny of all but some is the usual way to write one."""
    statement = {**ALL_BUT, "Effect": "Deny"}

    assert [] == codes(statement, kind=DocumentKind.INLINE)


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("Bool", "false", [AdviceCode.DENY_MISSES_LONG_TERM_KEYS]),
        ("Bool", "true", []),
        ("BoolIfExists", "false", []),
        ("StringEquals", "false", []),
    ],
)
def test_mfa_deny_must_reach_long_term_keys(
    operator: str, value: str, expected: list[AdviceCode]
) -> None:
    """A Deny without MFA that spares calls without the key is warned of."""
    condition = {operator: {"aws:MultiFactorAuthPresent": value}}

    found = codes(deny(Condition=condition), kind=DocumentKind.INLINE)

    assert expected == found


def test_mfa_is_about_its_own_key() -> None:
    """Another key is no second factor."""
    condition = {"Bool": {"aws:SecureTransport": "false"}}

    assert [] == codes(deny(Condition=condition), kind=DocumentKind.INLINE)


def test_variable_in_a_deny_is_warned_of() -> None:
    """A Deny whose resource may be unknown comes with its fix."""
    statement = deny(resource="arn:aws:s3:::${aws:username}/*")

    expected = [AdviceCode.DENY_WITH_VARIABLE]
    assert expected == codes(statement, kind=DocumentKind.INLINE)


def test_advice_is_in_order() -> None:
    """Advice stands in the order of the statements, each with its place."""
    found = advice(trusting("*"), trusting(A), trusting({"Service": "a.amazonaws.com"}))

    assert [0, 2] == [each.place.index for each in found]


def test_without_knowledge_nobody_is_foreign() -> None:
    """Where nothing is known of accounts, none is called a third party."""
    assert () == advise(policy(trusting(B), kind=DocumentKind.TRUST))


def test_plain_policies_are_left_alone() -> None:
    """A policy that says what it means gets no advice."""
    assert [] == codes(NOTHING, deny(), kind=DocumentKind.INLINE)
