"""The worked cases 57 to 72, 86 to 96 and 104 to 107: how slots combine.

SPEC: policy-language 8. `NOTHING` is a policy that allows nothing relevant.
"""

from __future__ import annotations

from typing import Any

import pytest

from daypass.core.principal import RoleSession, ServicePrincipal
from support.policies import (
    ACCOUNT,
    NOTHING,
    Q_ARN,
    R_IN_A,
    R_IN_B,
    ROLE_ID,
    ROOT,
    A,
    B,
    F,
    S,
    U,
    allow,
    deny,
    grant,
    trusting,
)
from support.worked_cases import Row, case

ASSUME: dict[str, Any] = {"action": "sts:AssumeRole", "resource": R_IN_A}
ASSUME_IN_B: dict[str, Any] = {
    "action": "sts:AssumeRole",
    "resource": R_IN_B,
    "account": B,
}
# What Simulate asks for when it is given the ARN of a role as the caller.
UNNAMED = RoleSession("aws", A, "/", "Q", ROLE_ID, "")
FOREIGN = {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}
NO_SERVICE = {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}
SERVICE = ServicePrincipal("logs.amazonaws.com")
TO_SERVICE = grant({"Service": SERVICE.name})
DENY_FOREIGN = {**deny(Condition=FOREIGN), "Principal": "*"}
DENY_FOREIGN_PEOPLE = {**DENY_FOREIGN, "Condition": {**FOREIGN, **NO_SERVICE}}

CASES = [
    case("057", "A", granting=[grant(U.arn)], boundary=[NOTHING]),
    case("058", "A", who=S, granting=[grant(Q_ARN)]),
    case("059", "I boundary", who=S, granting=[grant(Q_ARN)], boundary=[NOTHING]),
    case("060", "I session", who=S, granting=[grant(Q_ARN)], session=[[NOTHING]]),
    case(
        "061",
        "A",
        who=S,
        granting=[grant(S.arn)],
        session=[[NOTHING]],
        boundary=[NOTHING],
    ),
    case("062", "E", who=S, granting=[grant(S.arn)], session=[[deny()]]),
    case(
        "063",
        "A",
        who=S,
        granting=[grant("*", Condition={"ArnEquals": {"aws:PrincipalArn": Q_ARN}})],
        boundary=[NOTHING],
    ),
    case("064", "I identity", who=S, granting=[grant(ACCOUNT)]),
    case("065", "I identity", who=S, account=B, granting=[grant(S.arn)]),
    case(
        "066",
        "I session",
        who=S,
        account=B,
        granting=[grant(ACCOUNT)],
        identity=[allow()],
        session=[[NOTHING]],
    ),
    case("067", "I boundary", identity=[allow()], boundary=[NOTHING]),
    case(
        "068",
        "I scp",
        identity=[allow()],
        scp=[[[allow()]], [[allow("ec2:*")]]],
        trust=[trusting(A)],
        **ASSUME,
    ),
    case("069", "A", trust=[trusting(U.arn)], **ASSUME),
    case("070", "I identity", trust=[trusting(ACCOUNT)], **ASSUME),
    case("071", "A", trust=[trusting(ACCOUNT)], identity=[allow()], **ASSUME_IN_B),
    case("072", "I identity", trust=[trusting(U.arn)], **ASSUME_IN_B),
    case(
        "086",
        "I resource",
        who=S,
        action="sts:AssumeRole",
        resource=Q_ARN,
        identity=[allow()],
        trust=[trusting(U.arn)],
    ),
    case("088", "I session", who=F, identity=[allow("s3:*")]),
    case(
        "089", "I identity", who=F, identity=[allow("ec2:*")], session=[[allow("s3:*")]]
    ),
    case("090", "A", who=F, granting=[grant(F.arn)]),
    case("091", "I session", who=F, granting=[grant(U.arn)]),
    case(
        "092-user-session",
        "E",
        identity=[allow()],
        granting=[{**grant(U.arn), "Effect": "Deny"}],
    ),
    case(
        "092-federated",
        "E",
        who=F,
        identity=[allow()],
        session=[[allow()]],
        granting=[{**grant(U.arn), "Effect": "Deny"}],
    ),
    case(
        "093",
        "E",
        who=S,
        identity=[allow()],
        granting=[{**grant(Q_ARN), "Effect": "Deny"}],
    ),
    case(
        "094-identity",
        "A",
        action="sts:GetCallerIdentity",
        resource="*",
        identity=[deny("sts:*")],
    ),
    case(
        "094-session",
        "A",
        action="sts:GetSessionToken",
        resource="*",
        identity=[deny("sts:*")],
    ),
    case(
        "095",
        "E",
        identity=[allow()],
        boundary=[allow()],
        granting=[{**deny(), "NotPrincipal": {"AWS": U.arn}}],
    ),
    case("096", "A", who=S, identity=[allow()], session=[[allow("s3:*")], [NOTHING]]),
    case("104-all", "E", who=SERVICE, granting=[TO_SERVICE, DENY_FOREIGN]),
    case("104-people", "A", who=SERVICE, granting=[TO_SERVICE, DENY_FOREIGN_PEOPLE]),
    case("105-granted", "A", who=ROOT, account=B, granting=[grant(A)]),
    case("105-silent", "I resource", who=ROOT, account=B),
    case(
        "107",
        "I boundary",
        who=UNNAMED,
        granting=[grant(Q_ARN)],
        boundary=[NOTHING],
    ),
]


@pytest.mark.parametrize(("row", "expected"), CASES)
def test_worked_case(row: Row, expected: str) -> None:
    """The decision is the one that the worked case states."""
    assert expected == row.result()
