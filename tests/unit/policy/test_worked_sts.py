"""The worked cases 73 to 85, 87, 100 to 103 and 108: trust in STS operations.

SPEC: policy-language 8. The engine decides one action at a time; which actions an
operation asks for, and with which keys, is the operation's part of a case.
"""

from __future__ import annotations

from typing import Any

import pytest

from daypass.core.principal import FederatedProvider, ServicePrincipal
from support.policies import (
    ACCOUNT,
    Q_ARN,
    R_IN_A,
    ROOT,
    A,
    B,
    S,
    U,
    allow,
    deny,
    trusting,
)
from support.worked_cases import Row, case

ASSUME: dict[str, Any] = {"action": "sts:AssumeRole", "resource": R_IN_A}
TAG: dict[str, Any] = {"action": "sts:TagSession", "resource": R_IN_A}
SOURCE: dict[str, Any] = {"action": "sts:SetSourceIdentity", "resource": R_IN_A}
WEB: dict[str, Any] = {"action": "sts:AssumeRoleWithWebIdentity", "resource": R_IN_A}
SAML: dict[str, Any] = {"action": "sts:AssumeRoleWithSAML", "resource": R_IN_A}
EXTERNAL_ID = {"StringEquals": {"sts:ExternalId": "12345"}}
OWN_NAME = {"StringLike": {"sts:RoleSessionName": "${aws:username}"}}
P = "idp.example.com/realms/x"
P_ARN = f"arn:aws:iam::{A}:oidc-provider/{P}"
FROM_P = {
    "StringEquals": {f"{P}:aud": "c"},
    "StringLike": {f"{P}:sub": "repo:o/*"},
}
TRUST_P = [trusting({"Federated": P_ARN}, WEB["action"], Condition=FROM_P)]
IDP = f"arn:aws:iam::{A}:saml-provider/Corp"
ACS = "https://signin.example.com/saml"
TRUST_IDP = [
    trusting(
        {"Federated": IDP},
        SAML["action"],
        Condition={"StringEquals": {"saml:aud": ACS}},
    )
]
COGNITO = "cognito-identity.amazonaws.com"
EC2 = "ec2.amazonaws.com"
FOR_A = {"StringEquals": {"aws:SourceAccount": A}}
BEFORE_2024 = {"DateLessThan": {"aws:CurrentTime": "2024-01-01T00:00:00Z"}}
WITH_MFA = [trusting(U.arn, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})]
NO_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
AGREED = [
    trusting(U.arn, Condition={"StringEquals": {"sts:ExternalId": "x"}}),
    trusting(U.arn, "sts:TagSession"),
]

CASES = [
    case("073", "I resource", trust=[trusting(U.arn, Condition=EXTERNAL_ID)], **ASSUME),
    case("074", "A", trust=[trusting(U.arn)], keys={"sts:ExternalId": "zzz"}, **ASSUME),
    case("075-assume", "A", trust=[trusting(U.arn)], **ASSUME),
    case("075-source", "I resource", trust=[trusting(U.arn)], **SOURCE),
    case("076-assume", "A", who=S, trust=[trusting(Q_ARN)], **ASSUME),
    case(
        "076-source",
        "I resource",
        who=S,
        trust=[trusting(Q_ARN)],
        keys={"sts:SourceIdentity": "bob", "aws:SourceIdentity": "bob"},
        **SOURCE,
    ),
    case("077", "I resource", who=S, trust=[trusting(Q_ARN)], **TAG),
    case(
        "078-user",
        "A",
        identity=[allow()],
        trust=[trusting(ACCOUNT, Condition=OWN_NAME)],
        keys={"sts:RoleSessionName": "bob"},
        **ASSUME,
    ),
    case(
        "078-session",
        "I resource",
        who=S,
        identity=[allow()],
        trust=[trusting(ACCOUNT, Condition=OWN_NAME)],
        keys={"sts:RoleSessionName": "bob"},
        **ASSUME,
    ),
    case(
        "079-ec2",
        "A",
        who=ServicePrincipal(EC2),
        trust=[trusting({"Service": EC2})],
        **ASSUME,
    ),
    case(
        "079-lambda",
        "I resource",
        who=ServicePrincipal("lambda.amazonaws.com"),
        trust=[trusting({"Service": EC2})],
        **ASSUME,
    ),
    case(
        "080-other-account",
        "I resource",
        who=ServicePrincipal(EC2),
        trust=[trusting({"Service": EC2}, Condition=FOR_A)],
        keys={"aws:SourceAccount": B},
        **ASSUME,
    ),
    case(
        "080-account",
        "A",
        who=ServicePrincipal(EC2),
        trust=[trusting({"Service": EC2}, Condition=FOR_A)],
        keys={"aws:SourceAccount": A},
        **ASSUME,
    ),
    case(
        "081-subject",
        "A",
        who=FederatedProvider(P_ARN),
        trust=TRUST_P,
        keys={f"{P}:aud": "c", f"{P}:sub": "repo:o/r:ref"},
        **WEB,
    ),
    case(
        "081-case",
        "I resource",
        who=FederatedProvider(P_ARN),
        trust=TRUST_P,
        keys={f"{P}:aud": "c", f"{P}:sub": "repo:O/r"},
        **WEB,
    ),
    case(
        "082",
        "I resource",
        who=FederatedProvider(f"{P_ARN}2"),
        trust=TRUST_P,
        keys={f"{P}2:aud": "c", f"{P}2:sub": "repo:o/r:ref"},
        **WEB,
    ),
    case(
        "083",
        "I resource",
        who=FederatedProvider(P_ARN),
        trust=[trusting({"Federated": P_ARN}, "sts:AssumeRole")],
        **WEB,
    ),
    case(
        "084-recipient-differs",
        "I resource",
        who=FederatedProvider(IDP),
        trust=TRUST_IDP,
        keys={"saml:aud": "https://elsewhere.example.com/saml"},
        **SAML,
    ),
    case(
        "084-recipient",
        "A",
        who=FederatedProvider(IDP),
        trust=TRUST_IDP,
        keys={"saml:aud": ACS},
        **SAML,
    ),
    case(
        "085",
        "A",
        who=FederatedProvider(COGNITO),
        trust=[
            trusting(
                {"Federated": COGNITO},
                WEB["action"],
                Condition={
                    "StringEquals": {f"{COGNITO}:aud": "pool"},
                    "ForAnyValue:StringLike": {f"{COGNITO}:amr": "authenticated"},
                },
            )
        ],
        keys={f"{COGNITO}:aud": "pool", f"{COGNITO}:amr": ["authenticated", "idp"]},
        **WEB,
    ),
    # NOTE: the fixed refusal of root callers is the operation's; to the engine an
    # account that is named means its root user too.
    case("087", "A", who=ROOT, trust=[trusting(ACCOUNT)], **ASSUME),
    case(
        "100-later",
        "I resource",
        trust=[trusting(U.arn, Condition=BEFORE_2024)],
        keys={"aws:CurrentTime": "2024-01-01T00:00:00Z"},
        **ASSUME,
    ),
    case(
        "100-before",
        "A",
        trust=[trusting(U.arn, Condition=BEFORE_2024)],
        keys={"aws:CurrentTime": "2023-12-31T23:59:59Z"},
        **ASSUME,
    ),
    case("101-without", "I resource", trust=WITH_MFA, **ASSUME),
    case(
        "101-code-in-call",
        "A",
        trust=WITH_MFA,
        keys={"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "0"},
        **ASSUME,
    ),
    case(
        "102",
        "A",
        trust=WITH_MFA,
        keys={
            "aws:MultiFactorAuthPresent": "true",
            "aws:MultiFactorAuthAge": "60",
            "aws:TokenIssueTime": "2024-01-01T00:00:00Z",
        },
        **ASSUME,
    ),
    case(
        "103",
        "E",
        who=S,
        identity=[allow(), deny(Condition=NO_MFA)],
        keys={"aws:MultiFactorAuthPresent": "false"},
    ),
    case("108-assume", "A", trust=AGREED, keys={"sts:ExternalId": "x"}, **ASSUME),
    case("108-tag", "A", trust=AGREED, keys={"sts:ExternalId": "x"}, **TAG),
]


@pytest.mark.parametrize(("row", "expected"), CASES)
def test_worked_case(row: Row, expected: str) -> None:
    """The decision is the one that the worked case states."""
    assert expected == row.result()
