"""The texts with which permissions documents are refused, and their order.

SPEC: policy-language 3.1; attacks P09 to P12, P21 and P39.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from daypass.policy.document import DocumentKind
from support.policies import A, allow, document, refusal, saved

MANAGED = DocumentKind.MANAGED
SYNTAX = "Syntax errors in policy."
VERSION = "Policy document must be version 2012-10-17 or greater."
LEGACY = "The policy failed legacy parsing"
SID_UNIQUE = "Statement IDs (SID) in a single policy must be unique."
SID_CHARACTERS = (
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the"
    " regular expression [0-9A-Za-z]*"
)
ACTIONS = "Policy statement must contain actions."
RESOURCES = "Policy statement must contain resources."
VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
COLONS = "Actions/Condition can contain only one colon."
PRINCIPAL = "Policy document should not specify a principal."
LATEST = "2012-10-17"


def condition(value: Any) -> dict[str, Any]:
    """Returns a document with a Condition element."""
    return document(allow(Condition=value))


def without(*names: str, **changes: Any) -> dict[str, Any]:
    """Returns a statement that lacks some members and has others."""
    kept = {name: value for name, value in allow().items() if name not in names}
    return {**kept, **changes}


@pytest.mark.parametrize(
    "value",
    [
        "This is not a json document",
        "[]",
        '"text"',
        "null",
        "{} {}",
        '{"Version": NaN}',
        "{",
        '{"Statement":{"Effect":"Deny","Effect":"Allow","Action":"*","Resource":"*"}}',
        '{"Version":"2012-10-17","Version":"2012-10-17","Statement":{}}',
        {"Version": LATEST},
        {"Version": LATEST, "Statement": []},
        {"Version": LATEST, "Statement": ["x"]},
        {"Version": LATEST, "Statement": [[]]},
        {"Version": LATEST, "Statement": None},
        {"Version": "2013-10-17", "Statement": allow()},
        {"Version": 2012, "Statement": allow()},
        {"Version": None, "Statement": allow()},
        {"version": LATEST, "Statement": allow()},
        {**document(allow()), "Extra": "x"},
        {**document(allow()), "Id": ["x"]},
        {**document(allow()), "Id": {}},
        document(without("Effect")),
        document(without(Effect="Permit")),
        document(without(Effect="")),
        document(without(Effect="Allow ")),
        document(without(Effect=True)),
        document(without("Effect", effect="Allow")),
        document(without("Action", ACTION="*")),
        document(without(Extra="x")),
        document(without(Sid={})),
        document(without(Sid=1)),
        document(without(NotAction="s3:*")),
        document(without(NotAction=[])),
        document(without(NotResource="*")),
        document(without(Principal="*", NotPrincipal="*")),
        document(without(Principal="AWS")),
        document(without(Principal=["*"])),
        document(without(Principal={"AWS": 1})),
        document(allow({})),
        document(allow([[]])),
        document(allow([1])),
        document(allow(None)),
        document(allow("*", {"a": "arn:aws:s3:::b"})),
        document(allow("*", ["adfdf", {}])),
        document(allow("s3:Get\u200bObject")),
        document(allow("s3:Get\u00a0Object")),
        document(allow("s3:Get\tObject")),
        condition([]),
        condition("a"),
        condition(None),
        condition({"a": "b"}),
        condition({"DateGreaterThan": "b"}),
        condition({"DateGreaterThan": []}),
        condition({"DateGreaterThan": {"a": {}}}),
        condition({"StringEquals": {"a": None}}),
        condition({"StringEquals": {"a": [["b"]]}}),
        condition({"x": {"a": "1"}}),
        condition({"stringequals": {"a": "1"}}),
        condition({"StringEqualsJunk": {"a": "1"}}),
        condition({"NullIfExists": {"a": "true"}}),
        condition({"ForAnyValue::StringEqualsIfExists": {"a": "asf"}}),
        condition([{"ForAllValues:StringEquals": {"aws:TagKeys": "x"}}]),
    ],
)
def test_syntax_errors(value: Any) -> None:
    """What is not shaped like a policy is refused with one text."""
    assert SYNTAX == refusal(value, MANAGED)


def test_leading_blanks_have_a_text() -> None:
    """A document must begin with its brace; blanks behind do not matter."""
    text = json.dumps(document(allow()))

    assert "JSON strings must not have leading spaces" == refusal(f" {text}", MANAGED)
    assert "JSON strings must not have leading spaces" == refusal(f"\n{text}", MANAGED)
    assert saved(f"{text} \n", MANAGED).statements


@pytest.mark.parametrize("version", [None, "2008-10-17"])
def test_old_versions_of_stored_documents(version: str | None) -> None:
    """Managed and organisation documents name the latest version."""
    value = document(allow(), version=version)

    assert VERSION == refusal(value, DocumentKind.MANAGED)
    assert VERSION == refusal(value, DocumentKind.SERVICE_CONTROL)
    assert VERSION == refusal(value, DocumentKind.RESOURCE_CONTROL)
    assert saved(value, DocumentKind.INLINE).statements
    assert saved(value, DocumentKind.SESSION).statements


@pytest.mark.parametrize(
    "statement",
    [
        allow("*", "arn:aws:s3::b"),
        allow("*", "arn:aws::b"),
        allow("*", "arn:aws::::b"),
        allow("*", "arn:aws:"),
        without("Resource", NotResource="arn:aws:s3::b"),
        without(Effect="allow"),
        without(Effect="denY"),
        *(
            allow(Condition={operator: {"k": value}})
            for operator, value in (
                ("DateGreaterThan", "junk"),
                ("DateLessThanEquals", "234-13"),
                ("DateLessThanEquals", "2016-12-13t2:00:00.593194+1"),
                ("DateLessThan", "9223372036854775808"),
                ("ForAnyValue:DateEqualsIfExists", ["2024", "junk"]),
                ("NumericEquals", "NaN"),
                ("NumericLessThan", "1e999"),
                ("NumericLessThan", "0x10"),
                ("NumericLessThan", "1_0"),
                ("NumericLessThan", True),
                ("Bool", "1"),
                ("Bool", "yes"),
                ("Null", "maybe"),
                ("Null", "${aws:x}"),
                ("DateEquals", "${aws:x}"),
            )
        ),
    ],
)
def test_legacy_errors(statement: dict[str, Any]) -> None:
    """Values that can never match, and abbreviations with a gap, are refused."""
    assert LEGACY == refusal(document(statement), MANAGED)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow(Sid="x"), allow(Sid="x")], SID_UNIQUE),
        ([allow(Sid="a b")], SID_CHARACTERS),
        ([allow(Sid="\u0661")], SID_CHARACTERS),
        ([without("Action")], ACTIONS),
        ([allow(), without("Action")], ACTIONS),
        ([allow([])], ACTIONS),
        ([without("Action", NotAction=[])], ACTIONS),
        ([without("Resource")], RESOURCES),
        ([allow("*", [])], RESOURCES),
        ([allow("AssumeRole")], VENDOR),
        ([allow("")], VENDOR),
        ([without("Action", NotAction="x")], VENDOR),
        ([allow("s3:List:Bucket")], COLONS),
        ([allow("a a:List")], "Vendor a a is not valid"),
        ([allow("s3*:List")], "Vendor s3* is not valid"),
        ([allow("s3?:List")], "Vendor s3? is not valid"),
        ([without(Principal="*")], PRINCIPAL),
        ([without(NotPrincipal={"AWS": A})], PRINCIPAL),
    ],
)
def test_other_errors(statements: list[dict[str, Any]], expected: str) -> None:
    """Each breach has its text."""
    assert expected == refusal(document(*statements), MANAGED)


ORDERED = [
    ({"Extra": 1, "Statement": without(Effect="allow")}, SYNTAX),
    (document(without("Action", Effect="allow"), version=None), VERSION),
    (document(without("Action", Effect="allow", Sid="!")), LEGACY),
    (document(without("Action", Sid="a"), allow(Sid="a")), SID_UNIQUE),
    (document(without("Action", Sid="!")), SID_CHARACTERS),
    (document(without("Action", Resource="x")), ACTIONS),
    (document(allow("x", "y")), 'Resource y must be in ARN format or "*".'),
    (document(without("Resource", Action="x")), VENDOR),
    (document(without("Resource", Principal="*")), RESOURCES),
]


@pytest.mark.parametrize(("value", "expected"), ORDERED)
def test_order_of_errors(value: Any, expected: str) -> None:
    """Of two breaches the one that comes first in the list is reported."""
    assert expected == refusal(value, MANAGED)


@pytest.mark.parametrize(
    "statements",
    [
        [allow("iam: asdf safdsf af ")],
        [allow("*", ["arn:aws:s3:::b", "*"])],
        [allow("s3-s.x:List", "arn:aws:s33:::b")],
        [allow("*", "arn:aws:fdsasf")],
        [allow("*", "arn:aws:iam")],
        [allow("*", "arn:aws:iam:::user/x")],
        [allow("*", "arn:aws:iam::*:*")],
        [allow("*", "arn:*:s3:::b")],
        [allow("*", "arn:aws-us-gov:s3:::b")],
        [allow("*", f"arn:aws:s3:us-west-2:{A}:accesspoint/x/object/*")],
        [allow("*:*"), allow("*:Get*")],
        [allow(Sid=""), allow(Sid="")],
        [allow(Sid="1aZ")],
        [without("Action", "Resource", NotAction="s3:*", NotResource=["*"])],
        [allow(Condition={})],
        [allow(Condition={"StringEquals": {}})],
        [allow(Condition={"x": {}, "y": {}})],
        [allow(Condition={"DateGreaterThan": {"a": []}})],
        [allow(Condition={"DateLessThan": {"a": ["2024-02-29", 1704067200]}})],
        [allow(Condition={"NumericLessThan": {"a": [1, 1.5, "1e3", -2]}})],
        [allow(Condition={"Bool": {"a": [True, "FALSE", "${aws:x}"]}})],
        [allow(Condition={"ForAnyValue:StringEqualsIfExists": {"a": "asf"}})],
        [allow(Condition={"IpAddress": {"a": "junk"}, "ArnLike": {"a": "junk"}})],
    ],
)
def test_accepted_documents(statements: list[dict[str, Any]]) -> None:
    """Unusual documents that are valid are accepted."""
    found = saved({**document(*statements), "Id": "any text"}, MANAGED)

    assert len(statements) == len(found.statements)


def test_old_documents_have_no_boolean_variables() -> None:
    """Where variables mean nothing, a Bool value must be a boolean."""
    value = document(allow(Condition={"Bool": {"a": "${aws:x}"}}), version=None)

    assert LEGACY == refusal(value, DocumentKind.INLINE)
