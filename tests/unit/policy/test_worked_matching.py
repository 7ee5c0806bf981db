"""The worked cases 1 to 19, 98 and 99: actions, resources and variables.

SPEC: policy-language 8. A case with two answers has two rows.
"""

from __future__ import annotations

from typing import Any

import pytest

from support.policies import R_IN_A, A, S, U, allow, deny, trusting
from support.worked_cases import Row, case

TEAM = "arn:aws:s3:::h/${aws:PrincipalTag/team}/*"
TEAM_OR_ALL = "arn:aws:s3:::h-${aws:PrincipalTag/team, 'all'}"
HOME = "arn:aws:s3:::h/${aws:username}/*"
NOT_HOME = {"Action": "s3:*", "NotResource": "arn:aws:s3:::${aws:username}/*"}
DEV = f"arn:aws:iam::{A}:role/dev"
TEAM_DEV = f"arn:aws:iam::{A}:role/team/dev"
OWN_TEAM = {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}
ASSUME: dict[str, Any] = {
    "action": "sts:AssumeRole",
    "resource": R_IN_A,
    "trust": [trusting(A)],
}

CASES = [
    case("001", "A", identity=[allow("STS:assumerole")], **ASSUME),
    case("002", "A", identity=[allow("sts:Assume?ole")], **ASSUME),
    case(
        "003",
        "I identity",
        action="sts:TagSession",
        resource=R_IN_A,
        identity=[allow("sts:AssumeRole")],
        trust=[trusting(A, "sts:*")],
    ),
    case(
        "004",
        "I identity",
        action="iam:GetUser",
        resource=U.arn,
        identity=[{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
    ),
    case(
        "005",
        "A",
        identity=[{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
    ),
    case(
        "006",
        "E",
        resource="arn:aws:s3:::logs-1/k",
        identity=[allow(), deny("s3:*", "arn:aws:s3:::logs*")],
    ),
    case(
        "007",
        "A",
        resource="arn:aws:s3:::b/1/2/x",
        identity=[allow("*", "arn:aws:s3:::b/*/x")],
    ),
    case(
        "008",
        "I identity",
        resource="arn:aws:s3:::b/x",
        identity=[allow("*", "arn:aws:s3:::b/*/x")],
    ),
    case(
        "009",
        "I identity",
        action="sns:Publish",
        resource=f"arn:aws:sns:eu:1:{A}:t",
        identity=[allow("*", f"arn:aws:sns:*:{A}:t")],
    ),
    case(
        "010",
        "I identity",
        action="iam:GetRole",
        resource=DEV,
        identity=[allow("*", f"arn:aws:iam::{A}:role/Dev")],
    ),
    case(
        "011",
        "I identity",
        action="iam:GetRole",
        resource=TEAM_DEV,
        identity=[allow("*", DEV)],
    ),
    case(
        "012",
        "A",
        action="sts:AssumeRole",
        resource=TEAM_DEV,
        identity=[allow("*", f"arn:aws:iam::{A}:role/*dev")],
        trust=[trusting(A)],
    ),
    case(
        "013",
        "A",
        resource="arn:aws:s3:::c/k",
        identity=[
            {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::b/*"}
        ],
    ),
    case("014-allow", "I identity", who=S, identity=[{"Effect": "Allow", **NOT_HOME}]),
    case("014-deny", "E", who=S, identity=[allow(), {"Effect": "Deny", **NOT_HOME}]),
    case(
        "015",
        "I identity",
        resource="arn:aws:s3:::h/bob/k",
        identity=[allow("*", HOME)],
        version="2008-10-17",
    ),
    case("016", "A", resource="arn:aws:s3:::h/bob/k", identity=[allow("*", HOME)]),
    case(
        "017",
        "I identity",
        resource="arn:aws:s3:::h/other/k",
        keys={"aws:PrincipalTag/team": "*"},
        identity=[allow("*", TEAM)],
    ),
    case("018", "A", resource="arn:aws:s3:::h-all", identity=[allow("*", TEAM_OR_ALL)]),
    case(
        "019",
        "I identity",
        resource="arn:aws:s3:::h-all",
        keys={"aws:PrincipalTag/team": "red"},
        identity=[allow("*", TEAM_OR_ALL)],
    ),
    case("098", "I identity", identity=[allow(Condition={"StringEquals": OWN_TEAM})]),
    case(
        "099",
        "E",
        keys={"aws:ResourceTag/team": "x"},
        identity=[allow(), deny(Condition={"StringNotEquals": OWN_TEAM})],
    ),
]


@pytest.mark.parametrize(("row", "expected"), CASES)
def test_worked_case(row: Row, expected: str) -> None:
    """The decision is the one that the worked case states."""
    assert expected == row.result()
