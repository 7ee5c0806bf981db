"""The worked cases 50 to 56, 97, 106, 109 and 110: what may be saved.

SPEC: policy-language 8.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from daypass.core.errors import MalformedPolicyDocumentError
from daypass.core.principal import RoleSession
from daypass.policy.checks import check_shared_issuers
from daypass.policy.document import DocumentKind, Policy, PolicySource
from daypass.policy.evaluate import PolicySlots
from daypass.policy.parse import parse_policy
from support.policies import (
    Q_ARN,
    R_IN_A,
    ROLE_ID,
    A,
    S,
    allow,
    ask,
    result,
    text_of,
    trusting,
)

MANAGED = DocumentKind.MANAGED
TRUST = DocumentKind.TRUST
ISSUER = "token.actions.githubusercontent.com"
FROM_ISSUER = {"Federated": f"arn:aws:iam::{A}:oidc-provider/{ISSUER}"}
WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
TWICE = '{"Statement":{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}}'
SUBJECT_STAR = {"StringLike": {f"{ISSUER}:sub": "*"}}
AUDIENCE = {"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"}}
REPOSITORY = {"StringLike": {f"{ISSUER}:sub": "repo:octo/*"}}


def save(
    text: str,
    kind: DocumentKind,
    resolve: Callable[[str], str | None] | None = None,
) -> Policy:
    """Saves a document as the directory does, with all checks."""
    source = PolicySource("x", "p")
    policy = parse_policy(text, kind=kind, source=source, resolve=resolve)
    check_shared_issuers(policy)
    return policy


def from_issuer(condition: object) -> str:
    """Returns a trust policy for a shared issuer."""
    statement = trusting(FROM_ISSUER, WEB_IDENTITY)
    return json.dumps({"Statement": {**statement, "Condition": condition}})


REFUSED = [
    pytest.param(
        text_of({**allow(), "Effect": "allow"}),
        MANAGED,
        "The policy failed legacy parsing",
        id="case-050",
    ),
    pytest.param(
        text_of(allow("AssumeRole")),
        MANAGED,
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        id="case-051",
    ),
    pytest.param(
        text_of(allow(Sid="x"), allow(Sid="x")),
        MANAGED,
        "Statement IDs (SID) in a single policy must be unique.",
        id="case-052",
    ),
    pytest.param(
        text_of(trusting(A, Resource="*")),
        TRUST,
        "Has prohibited field Resource",
        id="case-053",
    ),
    pytest.param(
        text_of(trusting(A, Condition={"stringEquals": {"k": "a"}})),
        TRUST,
        "Invalid Condition type : stringEquals",
        id="case-054",
    ),
    pytest.param(
        text_of({**trusting(A), "Principal": "*"}),
        TRUST,
        'AssumeRolepolicy contained an invalid principal: "STAR":"*".',
        id="case-055",
    ),
    pytest.param(
        text_of(trusting(A, "s3:GetObject")),
        TRUST,
        "AssumeRole policy may only specify STS AssumeRole actions.",
        id="case-056",
    ),
    pytest.param(TWICE, DocumentKind.INLINE, "Syntax errors in policy.", id="case-106"),
    pytest.param(
        text_of(allow(), version=None),
        MANAGED,
        "Policy document must be version 2012-10-17 or greater.",
        id="case-110",
    ),
]
REFUSED_ISSUERS = [
    pytest.param(AUDIENCE, id="case-109-audience-only"),
    pytest.param({**AUDIENCE, **SUBJECT_STAR}, id="case-109-subject-star"),
]


@pytest.mark.parametrize(("text", "kind", "message"), REFUSED)
def test_worked_case_is_refused(text: str, kind: DocumentKind, message: str) -> None:
    """The document is refused with the documented text."""
    with pytest.raises(MalformedPolicyDocumentError) as caught:
        save(text, kind)

    assert message == caught.value.message


@pytest.mark.parametrize("condition", REFUSED_ISSUERS)
def test_shared_issuer_needs_a_subject(condition: object) -> None:
    """A shared issuer is not trusted for all of its tenants."""
    with pytest.raises(MalformedPolicyDocumentError, match="shared_issuer"):
        save(from_issuer(condition), TRUST)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        pytest.param(text_of(trusting("*")), TRUST, id="case-055"),
        pytest.param(from_issuer(REPOSITORY), TRUST, id="case-109"),
        pytest.param(
            text_of(allow(), version=None), DocumentKind.INLINE, id="case-110"
        ),
    ],
)
def test_worked_case_is_accepted(text: str, kind: DocumentKind) -> None:
    """The document is accepted."""
    policy = save(text, kind)

    assert kind is policy.kind


@pytest.mark.parametrize(
    ("role_id", "expected"),
    [
        pytest.param("AROA" + "N" * 17, "I resource", id="case-097-recreated"),
        pytest.param(ROLE_ID, "A", id="case-097-same"),
    ],
)
def test_recreated_role_is_somebody_else(role_id: str, expected: str) -> None:
    """A trusted role is trusted by the unique id that it had when it was saved."""
    trust = save(text_of(trusting(Q_ARN)), TRUST, {Q_ARN: ROLE_ID}.get)
    session = RoleSession("aws", A, "/", "Q", role_id, S.session_name)
    slots = PolicySlots(resource=trust, resource_policy_required=True)

    decision = ask("sts:AssumeRole", R_IN_A, who=session, slots=slots)

    assert expected == result(decision)
