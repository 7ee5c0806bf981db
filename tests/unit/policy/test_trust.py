"""The texts with which trust policies are refused, and what becomes of principals.

SPEC: policy-language 2.1 and 3.2; attacks P15 and P16.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from daypass.policy.document import DocumentKind
from daypass.policy.principals import PrincipalSet
from support.policies import (
    ACCOUNT,
    Q_ARN,
    ROLE_ID,
    USER_ID,
    A,
    B,
    F,
    S,
    U,
    document,
    refusal,
    saved,
    trusting,
)

SYNTAX = "Syntax error in policy."
STAR = 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'
NO_PRINCIPALS = (
    "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The"
    " passed in policy has a statement with no principals!"
)
ACTIONS = "AssumeRole policy may only specify STS AssumeRole actions."
COGNITO = {"Federated": "cognito-identity.amazonaws.com"}
COGNITO_TEXT = "A condition block must be present for the Cognito provider"
TRUST = DocumentKind.TRUST
# A directory that knows account A, user U and role Q.
KNOWN = {A: A, ACCOUNT: A, U.arn: USER_ID, Q_ARN: ROLE_ID}
LATEST = "2012-10-17"


def named(principal: Any) -> PrincipalSet:
    """Returns what a Principal element becomes."""
    found = (
        saved(document(trusting(principal)), TRUST, KNOWN.get).statements[0].principals
    )
    assert found is not None
    return found


def changed(*without: str, **changes: Any) -> dict[str, Any]:
    """Returns a statement that lacks some members and has others."""
    kept = {k: v for k, v in trusting(A).items() if k not in without}
    return {**kept, **changes}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("not json", "This policy contains invalid Json"),
        ('{"Statement":{"Effect":"Deny","Effect":"Allow"}}', SYNTAX),
        ("[]", SYNTAX),
        ({**document(trusting(A)), "Extra": 1}, SYNTAX),
        ({"Version": 1, "Statement": trusting(A)}, SYNTAX),
        ({"Version": LATEST, "Statement": ["x"]}, SYNTAX),
        (document(changed(Extra=1)), SYNTAX),
        (document(changed(Sid="a b")), SYNTAX),
        (document(changed(NotAction="sts:*")), SYNTAX),
        (document(changed(Principal="me")), SYNTAX),
        (document(changed(Action="sts:Assume\u200bRole")), SYNTAX),
        (document(changed(Condition={"NumericEquals": {"k": "ten"}})), SYNTAX),
        (
            {"Version": "2012", "Statement": trusting(A)},
            "The policy must contain a valid version string",
        ),
        (
            {"Version": LATEST},
            "Could not parse the policy: Statement is empty!",
        ),
        (
            {"Version": LATEST, "Statement": []},
            "Could not parse the policy: Statement is empty!",
        ),
        (
            document(trusting(A, Sid="x"), trusting(A, Sid="x")),
            "The Statement Ids in the policy are not unique",
        ),
        (document(changed("Effect")), "Missing required field Effect"),
        (document(changed(Effect="allow")), "Invalid effect: allow"),
        (document(changed("Action")), "Missing required field Action"),
        (document(changed(Action=[])), "Missing required field Action"),
        (document(changed(Resource="*")), "Has prohibited field Resource"),
        (
            document(changed(NotResource="*")),
            "AssumeRole policy must not contain resources.",
        ),
        (document(changed("Principal")), "Missing required field Principal"),
        (
            document(changed(Principal={})),
            "Missing required field Principal cannot be empty!",
        ),
        (document(changed(Principal={"AWS": [], "Service": []})), NO_PRINCIPALS),
        (
            document(changed("Principal", NotPrincipal={"AWS": A})),
            "Allow with NotPrincipal is not allowed.",
        ),
        (
            document(changed("Principal", NotPrincipal={"AWS": A}, Effect="Deny")),
            "AssumeRole policy must not contain NotPrincipal field.",
        ),
        (document(changed(Principal="*")), STAR),
        (document(changed(Action="s3:GetObject")), ACTIONS),
        (document(changed(Action="*")), ACTIONS),
        (document(changed(Action=["sts:*", "st*:AssumeRole"])), ACTIONS),
        (document(changed(Action="sts:a:b")), ACTIONS),
        (document(changed("Action", NotAction="s3:*")), ACTIONS),
        (
            document(changed(Condition={"stringEquals": {"k": "a"}})),
            "Invalid Condition type : stringEquals",
        ),
        (document(trusting(COGNITO)), COGNITO_TEXT),
        (document(trusting(COGNITO, Condition={"StringEquals": {}})), COGNITO_TEXT),
    ],
)
def test_trust_errors(value: Any, expected: str) -> None:
    """Each breach has its text."""
    assert expected == refusal(value, TRUST, KNOWN.get)


ORDERED = [
    ({"Version": "x", "Statement": changed(Extra=1)}, SYNTAX),
    ({"Version": "x"}, "The policy must contain a valid version string"),
    (
        document(changed(Sid="x", Effect="allow"), changed(Sid="x")),
        "The Statement Ids in the policy are not unique",
    ),
    (document(changed("Action", Effect="allow")), "Invalid effect: allow"),
    (document(changed("Action", Resource="*")), "Missing required field Action"),
    (document(changed("Principal", Resource="*")), "Has prohibited field Resource"),
    (document(changed(Principal="*", Action="s3:x")), STAR),
    (document(changed(Action="s3:x", Condition={"x": {"k": "a"}})), ACTIONS),
]


@pytest.mark.parametrize(("value", "expected"), ORDERED)
def test_order_of_errors(value: Any, expected: str) -> None:
    """Of two breaches the one that comes first in the table is reported."""
    assert expected == refusal(value, TRUST, KNOWN.get)


@pytest.mark.parametrize(
    ("kind", "shown", "entry"),
    [
        ("AWS", "AWS", B),
        ("AWS", "AWS", f"arn:aws:iam::{B}:root"),
        ("AWS", "AWS", f"arn:aws:iam::{A}:user/nobody"),
        ("AWS", "AWS", f"arn:aws:iam::{A}:role/dev-*"),
        ("AWS", "AWS", f"arn:aws:iam::{A}:role/te?m/dev"),
        ("AWS", "AWS", f"arn:aws:iam::{A}:group/all"),
        ("AWS", "AWS", f"arn:aws:iam::{A}:role/"),
        ("AWS", "AWS", f"arn:aws:iam::{A}:role"),
        ("AWS", "AWS", f"arn:aws:iam:eu:{A}:root"),
        ("AWS", "AWS", f"arn:other:iam::{A}:root"),
        ("AWS", "AWS", f"arn:aws:s3::{A}:b"),
        ("AWS", "AWS", "arn:aws:iam::*:root"[:22]),
        ("AWS", "AWS", f"arn:aws:sts::{A}:assumed-role/Q/*"),
        ("AWS", "AWS", f"arn:aws:sts::{A}:assumed-role/Q"),
        ("AWS", "AWS", f"arn:aws:sts::{A}:assumed-role/team/Q/s1"),
        ("AWS", "AWS", "arn:aws"),
        ("AWS", "AWS", "11111111111"),
        ("AWS", "AWS", "AGPA" + "B" * 17),
        ("AWS", "AWS", f"{ROLE_ID}:"),
        ("AWS", "AWS", f"{USER_ID}:s1"),
        ("AWS", "AWS", "${aws:username}"),
        ("AWS", "AWS", ""),
        ("Service", "SERVICE", "*"),
        ("Service", "SERVICE", "ec2"),
        ("Service", "SERVICE", "EC2.amazonaws.com"),
        ("Service", "SERVICE", "ec2.example.com"),
        ("Service", "SERVICE", ".amazonaws.com"),
        ("Federated", "FEDERATED", "*"),
        ("Federated", "FEDERATED", "idp.example.com"),
        ("Federated", "FEDERATED", f"arn:aws:iam::{A}:saml-provider/"),
        ("Federated", "FEDERATED", f"arn:aws:iam::{A}:oidc-provider/*"),
        ("Federated", "FEDERATED", f"arn:aws:sts::{A}:saml-provider/x"),
        ("Federated", "FEDERATED", Q_ARN),
    ],
)
def test_invalid_principal(kind: str, shown: str, entry: str) -> None:
    """An entry that names nobody, or more than one, is refused and shown."""
    value = document(trusting({kind: [entry]}))

    assert f'Invalid principal in policy: "{shown}":"{entry}"' == refusal(
        value, TRUST, KNOWN.get
    )


@pytest.mark.parametrize("kind", ["CanonicalUser", "aws", "Group"])
def test_unknown_kind_of_principal(kind: str) -> None:
    """A kind that a trust policy does not know is refused and shown."""
    value = document(trusting({kind: "0" * 64}))

    assert f'Invalid principal in policy: "{kind}"' == refusal(value, TRUST, KNOWN.get)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (U.arn, USER_ID),
        (Q_ARN, ROLE_ID),
        (A, A),
        (ACCOUNT, ACCOUNT),
        (USER_ID, USER_ID),
        (ROLE_ID, ROLE_ID),
        (S.user_id, S.user_id),
        (S.arn, S.arn),
        (F.arn, F.arn),
    ],
)
def test_principals_are_resolved(entry: str, expected: str) -> None:
    """Users and roles become unique ids; everything else stays as it is written."""
    assert frozenset({expected}) == named({"AWS": entry}).aws


def test_every_aws_principal_is_accepted() -> None:
    """A star among AWS entries means everyone with credentials, and stands for itself."""
    found = named({"AWS": ["*", A]})

    assert found.every_aws
    assert not found.everyone
    assert frozenset({A}) == found.aws


def test_services_and_providers_are_accepted() -> None:
    """Services, providers of the account and built-in providers stay as written."""
    services = ["ec2.amazonaws.com", "logs.cn-north-1.amazonaws.com.cn"]
    providers = [
        f"arn:aws:iam::{A}:saml-provider/Corp",
        f"arn:aws:iam::{A}:oidc-provider/idp.example.com/realms/x",
        "accounts.google.com",
    ]

    found = named({"Service": services, "Federated": providers})

    assert frozenset(services) == found.services
    assert frozenset(providers) == found.federated


@pytest.mark.parametrize(
    "statement",
    [
        trusting(A, ["STS:assumerole", "sts:*", "sts:GetFederationToken"]),
        changed("Action", NotAction="sts:TagSession"),
        changed(Sid="", Condition={}),
        changed(Condition={"unknown": {}}),
        trusting(COGNITO, Condition={"StringEquals": {"k": "a"}}),
        changed(Effect="Deny"),
    ],
)
def test_accepted_statements(statement: dict[str, Any]) -> None:
    """Unusual statements that are valid are accepted, in any version, blanks before."""
    for version in (None, "2008-10-17", LATEST):
        text = json.dumps(document(statement, version=version))

        assert 1 == len(saved(f" {text}", TRUST, KNOWN.get).statements)
