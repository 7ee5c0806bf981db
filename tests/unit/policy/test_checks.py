"""Shared issuers, and what is valid in a policy and probably not meant.

SPEC: policy-language 3.2 (the last paragraph) and 7.6; attacks P06, P23 and P31.
"""

from __future__ import annotations

from typing import Any

import pytest

from daypass.core.errors import MalformedPolicyDocumentError
from daypass.policy.checks import SharedIssuer, check_shared_issuers
from daypass.policy.document import DocumentKind, Policy
from daypass.policy.lint import WarningCode, lint
from support.policies import A, Statement, allow, deny, policy, trusting

HOST = "token.actions.githubusercontent.com"
SUB = f"{HOST}:sub"
OWN = (SharedIssuer("ci.example.com", claim="tenant"),)
OMISSION = WarningCode.SATISFIED_BY_OMISSION


def provider(name: str) -> dict[str, str]:
    """Returns the principal for an OIDC provider of account A."""
    return {"Federated": f"arn:aws:iam::{A}:oidc-provider/{name}"}


def trust(condition: Any = None, *, name: str = HOST, effect: str = "Allow") -> Policy:
    """Returns a trust policy for an OIDC provider."""
    statement = trusting(provider(name), "sts:AssumeRoleWithWebIdentity")
    full = {**statement, "Effect": effect, "Condition": condition or {}}
    return policy(full, kind=DocumentKind.TRUST)


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com"}},
        {"StringLike": {SUB: "*"}},
        {"StringLike": {SUB: "?*?"}},
        {"StringLike": {SUB: ["repo:octo/*", "*"]}},
        {"StringEquals": {SUB: ""}},
        {"StringNotEquals": {SUB: "repo:octo/x"}},
        {"StringLikeIfExists": {SUB: "repo:octo/*"}},
        {"ForAllValues:StringLike": {SUB: "repo:octo/*"}},
        {"Null": {SUB: "false"}},
        {"StringLike": {"gitlab.com:sub": "repo:octo/*"}},
    ],
)
def test_shared_issuer_is_refused(condition: Any) -> None:
    """Without a condition that narrows the subject every tenant would be trusted."""
    with pytest.raises(MalformedPolicyDocumentError) as caught:
        check_shared_issuers(trust(condition))

    assert SUB in caught.value.message


@pytest.mark.parametrize(
    "found",
    [
        trust({"StringEquals": {SUB: "repo:octo/x:ref"}}),
        trust({"StringLike": {SUB.upper(): "repo:octo/*"}}),
        trust({"ForAnyValue:StringEqualsIgnoreCase": {SUB: ["a", "b"]}}),
        trust(effect="Deny"),
        trust(name="idp.example.com"),
        trust(name=f"{HOST}.example.com"),
        policy(trusting(A), kind=DocumentKind.TRUST),
        policy(allow()),
    ],
)
def test_other_policies_are_accepted(found: Policy) -> None:
    """A narrowed subject, a Deny, and issuers of one tenant are accepted."""
    check_shared_issuers(found)

    assert found.statements


def test_path_below_a_shared_issuer_is_shared() -> None:
    """The issuer of one tenant below a shared host is held to the same rule."""
    name = f"{HOST}/octo"

    with pytest.raises(MalformedPolicyDocumentError, match="shared_issuer"):
        check_shared_issuers(trust({"StringEquals": {SUB: "x"}}, name=name))

    check_shared_issuers(trust({"StringEquals": {f"{name}:sub": "x"}}, name=name))


def test_list_of_issuers_is_configurable() -> None:
    """A deployment brings its own issuers and the claims that tell tenants apart."""
    name = OWN[0].host

    with pytest.raises(MalformedPolicyDocumentError, match="shared_issuer"):
        check_shared_issuers(trust(name=name), OWN)

    check_shared_issuers(trust(), OWN)
    check_shared_issuers(
        trust({"StringEquals": {f"{name}:tenant": "x"}}, name=name), OWN
    )


def codes(
    *statements: Statement, kind: DocumentKind = DocumentKind.INLINE
) -> list[str]:
    """Returns the codes of the warnings of a policy."""
    return [warning.code for warning in lint(policy(*statements, kind=kind))]


@pytest.mark.parametrize(
    "condition",
    [
        {"ForAllValues:StringEquals": {"aws:TagKeys": "a"}},
        {"StringNotEquals": {"k": "a"}},
        {"StringEqualsIfExists": {"k": "a"}},
        {"ForAnyValue:StringEqualsIfExists": {"k": "a"}},
        {"StringNotEquals": {"k": "a"}, "Null": {"k": ["true", "false"]}},
        {"StringNotEquals": {"k": "a"}, "Null": {"other": "false"}},
    ],
)
def test_omission_is_warned_of(condition: Any) -> None:
    """An Allow that holds when a key is left out is reported, and a Deny is not."""
    assert [OMISSION] == codes(allow(Condition=condition))
    assert [] == codes(deny(Condition=condition))


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"StringEquals": {"k": "a"}},
        {"ForAnyValue:StringNotEquals": {"k": "a"}},
        {"Null": {"k": "true"}},
        {"StringNotEquals": {"k": "a"}, "Null": {"K": "False"}},
        {"DateNotEquals": {"aws:CurrentTime": "2024"}},
    ],
)
def test_keys_that_cannot_be_left_out(condition: Any) -> None:
    """Conditions that fail without their key, or whose key is always there, are fine."""
    assert [] == codes(allow(Condition=condition))


def test_deny_with_variable_is_warned_of() -> None:
    """A Deny whose resource may be unknown is reported with the key."""
    entry = "arn:aws:s3:::${aws:username}/*"

    (warning,) = lint(policy(deny("*", entry)))

    assert WarningCode.DENY_WITH_VARIABLE is warning.code
    assert "aws:username" in warning.text
    assert 0 == warning.statement.index


def test_other_variables_are_not_warned_of() -> None:
    """An Allow, a default, and NotResource fail closed by themselves."""
    entry = "arn:aws:s3:::${aws:username}/*"

    assert [] == codes(allow("*", entry))
    assert [] == codes(deny("*", "arn:aws:s3:::${aws:username, 'x'}/*"))
    assert [] == codes({"Effect": "Deny", "Action": "*", "NotResource": entry})


def test_service_without_source_is_warned_of() -> None:
    """A trusted service that may act for any resource is reported."""
    trusted = trusting({"Service": "ec2.amazonaws.com"})
    pinned = {"ArnLike": {"AWS:SourceArn": f"arn:aws:ec2:*:{A}:*"}}

    assert [WarningCode.SERVICE_WITHOUT_SOURCE] == codes(
        trusted, kind=DocumentKind.TRUST
    )
    assert [] == codes({**trusted, "Condition": pinned}, kind=DocumentKind.TRUST)
    assert [] == codes({**trusted, "Effect": "Deny"}, kind=DocumentKind.TRUST)
    assert [] == codes(trusting(A), kind=DocumentKind.TRUST)
