"""The worked cases 20 to 49: conditions.

SPEC: policy-language 8. Each condition stands in an Allow whose other parts match,
so that the request is allowed exactly when the condition holds.
"""

from __future__ import annotations

import pytest

from support.policies import A, B, S
from support.worked_cases import Row, truth

A_OR_B = {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}
ANY_A_OR_B = {"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}}
ANY_BUT_A = {"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a"]}}
NO_MFA = {"aws:MultiFactorAuthPresent": "false"}
HOUR = {"aws:MultiFactorAuthAge": "3600"}
BEFORE_MAY = {"DateLessThan": {"aws:TokenIssueTime": "2024-05-01"}}
AFTER_TWO = {"DateGreaterThan": {"aws:CurrentTime": "2024-05-01T02:00:00+02:00"}}
ONE_ADDRESS = {"IpAddress": {"aws:SourceIp": "203.0.113.7"}}
TWO_BLOCKS = {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "2001:db8::/32"]}}
CROSSING = f"arn:aws:x:*:{A}:q/*"
CROSSED = {"k": f"arn:aws:x:eu:{B}:s:{A}:q/1"}

CASES = [
    truth("020", "F", {"StringEquals": {"k": "a*"}}, {"k": "abc"}),
    truth("021-other", "F", {"StringLike": {"k": "a${*}c"}}, {"k": "abc"}),
    truth("021-star", "T", {"StringLike": {"k": "a${*}c"}}, {"k": "a*c"}),
    truth("022", "T", {"StringEquals": {"k": ["a", "b"]}}, {"k": "b"}),
    truth("023", "F", {"StringNotEquals": {"k": ["a", "b"]}}, {"k": "b"}),
    truth("024", "T", {"StringNotEquals": {"k": ["a", "b"]}}),
    truth("025", "F", {"StringEquals": {"k": "a"}, "Bool": {"m": "true"}}, {"k": "a"}),
    truth("026-missing", "T", {"StringEqualsIfExists": {"k": "a"}}),
    truth("026-other", "F", {"StringEqualsIfExists": {"k": "a"}}, {"k": "b"}),
    truth("027", "T", {"StringEqualsIgnoreCase": {"k": "Dev"}}, {"k": "DEV"}),
    truth(
        "028",
        "T",
        {"StringEquals": {"AWS:PRINCIPALTAG/Team": "x"}},
        {"aws:PrincipalTag/team": "x"},
    ),
    truth("029", "T", A_OR_B, {"aws:TagKeys": ["a"]}),
    truth("030", "F", A_OR_B, {"aws:TagKeys": ["a", "c"]}),
    truth("031", "T", A_OR_B),
    truth("032", "F", {**A_OR_B, "Null": {"aws:TagKeys": "false"}}),
    truth("033-one", "T", ANY_A_OR_B, {"aws:TagKeys": ["c", "b"]}),
    truth("033-none", "F", ANY_A_OR_B),
    truth(
        "034",
        "F",
        {"ForAllValues:StringNotEquals": {"aws:TagKeys": ["a"]}},
        {"aws:TagKeys": ["a", "c"]},
    ),
    truth("035-one", "T", ANY_BUT_A, {"aws:TagKeys": ["a", "c"]}),
    truth("035-none", "F", ANY_BUT_A),
    truth("036-long-term", "T", {"Null": {"aws:TokenIssueTime": "true"}}),
    truth(
        "036-session",
        "F",
        {"Null": {"aws:TokenIssueTime": "true"}},
        {"aws:TokenIssueTime": "2024-04-30T23:59:59Z"},
        who=S,
    ),
    truth("037", "F", {"Bool": NO_MFA}),
    truth("038", "T", {"BoolIfExists": NO_MFA}),
    truth(
        "039-less", "F", {"NumericLessThan": HOUR}, {"aws:MultiFactorAuthAge": "3600"}
    ),
    truth(
        "039-less-or-equal",
        "T",
        {"NumericLessThanEquals": HOUR},
        {"aws:MultiFactorAuthAge": "3600"},
    ),
    truth("040-equal", "T", {"NumericEquals": {"k": 10}}, {"k": "10.0"}),
    truth("040-word", "F", {"NumericEquals": {"k": "10"}}, {"k": "ten"}),
    truth("041", "T", BEFORE_MAY, {"aws:TokenIssueTime": "2024-04-30T23:59:59Z"}),
    truth("042", "F", AFTER_TWO, {"aws:CurrentTime": "2024-05-01T00:00:00Z"}),
    truth("043-same", "T", ONE_ADDRESS, {"aws:SourceIp": "203.0.113.7"}),
    truth("043-next", "F", ONE_ADDRESS, {"aws:SourceIp": "203.0.113.8"}),
    truth("044", "T", TWO_BLOCKS, {"aws:SourceIp": "2001:db8::1"}),
    truth("045", "T", {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
    truth(
        "046",
        "T",
        {"ArnLike": {"k": f"arn:aws:iam::{A}:role/*"}},
        {"k": f"arn:aws:iam::{A}:role/p/r"},
    ),
    truth("047-arn", "F", {"ArnLike": {"k": CROSSING}}, CROSSED),
    truth("047-string", "T", {"StringLike": {"k": CROSSING}}, CROSSED),
    truth(
        "048",
        "T",
        {"ArnEquals": {"k": f"arn:aws:sns:*:{A}:t?"}},
        {"k": f"arn:aws:sns:eu:{A}:t1"},
    ),
    truth("049", "T", {"BinaryEquals": {"k": "QQ=="}}, {"k": "QQ=="}),
]


@pytest.mark.parametrize(("row", "expected"), CASES)
def test_worked_case(row: Row, expected: str) -> None:
    """The condition holds exactly when the worked case says so."""
    assert expected == row.result()
