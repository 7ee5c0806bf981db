"""Policies of a folder: where they may stand, how large, and how they fail."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from daypass.core import limits
from daypass.core.strict_json import JsonValue
from daypass.directory.compact import compact_json
from support.directories import (
    ACCOUNT,
    account_file,
    directory_of,
    faults_of,
    marked_line,
)

STATEMENT: dict[str, JsonValue] = {
    "Effect": "Allow",
    "Action": "s3:GetObject",
    "Resource": "*",
}
DOCUMENT = {"Version": "2012-10-17", "Statement": [STATEMENT]}
TEXT = json.dumps(DOCUMENT)
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/a"
# The quota of an account's managed policies, and of inline policies by owner.
MANAGED = limits.MANAGED_POLICY_CHARACTERS_MAX


def document_of(size: int) -> str:
    """Returns a document that measures exactly so many characters."""
    empty = {**STATEMENT, "Sid": ""}
    base = len(compact_json({"Version": "2012-10-17", "Statement": [empty]}))
    statement = {**STATEMENT, "Sid": "x" * (size - base)}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("none.json", "there is no file 'p/none.json'"),
        ("../../a.json", "the file must be inside the folder"),
        ("/a.json", "the file must be inside the folder"),
        ("../a.yaml", "the file's name must end in .json"),
        ("broken.json", "p/broken.json is not JSON"),
        ("twice.json", "p/twice.json is not JSON: an object has two members"),
        ("wrong.json", "Syntax errors in policy. (in p/wrong.json)"),
    ],
)
def test_refuses_policy_by_reference(reference: str, reason: str) -> None:
    """A file that is not there, not inside, or no policy is a fault of its user."""
    text = account_file(
        f"users:\n  a:\n    policies:\n      p: {{file: {reference}}}  # here"
    )
    texts = {
        "p/a.yaml": text,
        "a.json": TEXT,
        "p/broken.json": "{",
        "p/twice.json": '{"Version": 1, "Version": 1}',
        "p/wrong.json": '{"Statement": 1}',
    }

    (fault,) = faults_of(texts)

    where = ("p/a.yaml", marked_line(text), "users.a.policies.p")
    assert where == (fault.file, fault.line, fault.path)
    assert fault.reason.startswith(reason)


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("{}", "Syntax errors in policy."),
        ('{Version: "2012-10-17", Statement: []}', "Syntax errors in policy."),
        (
            '{Version: "2012-10-17", Statement: {Effect: Allow, Principal: "*", %s}}',
            "Policy document should not specify a principal.",
        ),
        (
            '{Version: "2012-10-17", Statement: {Effect: Allow, Sid: "\u0101", %s}}',
            "a policy holds no character beyond U+00FF",
        ),
    ],
)
def test_refuses_inline_policy(policy: str, reason: str) -> None:
    """A malformed policy is a fault with the documented text."""
    policy = policy.replace("%s", 'Action: "*", Resource: "*"')
    text = account_file(f"groups:\n  a:\n    policies:\n      p: {policy}  # here")

    (fault,) = faults_of({"a.yaml": text})

    where = ("a.yaml", marked_line(text), "groups.a.policies.p")
    assert where == (fault.file, fault.line, fault.path)
    assert reason == fault.reason


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize(
    ("section", "most"),
    [
        ("users", limits.USER_POLICIES_CHARACTERS_MAX),
        ("groups", limits.GROUP_POLICIES_CHARACTERS_MAX),
        ("roles", limits.ROLE_POLICIES_CHARACTERS_MAX),
    ],
)
def test_bounds_inline_policies(section: str, most: int, extra: int) -> None:
    """All inline policies together fill their quota and not a character more."""
    trust = (
        'trust: {Version: "2012-10-17", Statement: {Effect: Allow,'
        ' Principal: {AWS: "*"}, Action: sts:AssumeRole}}'
    )
    more = f"\n    {trust}" if section == "roles" else ""
    body = f"{section}:\n  a:\n    policies:\n      p: {{file: p.json}}\n"
    text = account_file(body + f"      q: {{file: q.json}}  # here{more}")
    p, q = document_of(most // 2), document_of(most - most // 2 + extra)

    faults = faults_of({"a.yaml": text, "p.json": p, "q.json": q})

    expected = [("a.yaml", marked_line(text), f"{section}.a.policies.q")] * extra
    assert expected == [(fault.file, fault.line, fault.path) for fault in faults]


@pytest.mark.parametrize("extra", [0, 1])
def test_bounds_managed_policy(extra: int) -> None:
    """A managed policy fills its quota, blanks not counted, and not more."""
    text = account_file("policies:\n  a:\n    document: {file: p.json}  # here")

    faults = faults_of({"a.yaml": text, "p.json": document_of(MANAGED + extra)})

    expected = [("a.yaml", marked_line(text), "policies.a.document")] * extra
    assert expected == [(fault.file, fault.line, fault.path) for fault in faults]


def test_knows_lines_of_inline_statements() -> None:
    """An inline policy says the file and the line of each statement."""
    body = """
        users:
          a:
            policies:
              p:
                Version: "2012-10-17"
                Statement:
                  - {Effect: Allow, Action: "s3:*", Resource: "*"}
                  - Effect: Deny
                    Action: s3:DeleteBucket
                    Resource: "*"
    """

    user = directory_of({"d/a.yaml": account_file(body)}).user_by_arn(USER_ARN)

    assert user is not None
    (policy,) = user.policies
    source = policy.source
    assert (source.slot, source.name, source.file) == ("identity", "p", "d/a.yaml")
    assert source.lines == (8, 9)


def test_knows_lines_of_file() -> None:
    """A policy by reference says the file that holds it, and its lines."""
    text = account_file("users:\n  a: {policies: {p: {file: ../p.json}}}")
    document = json.dumps(DOCUMENT, indent=1)

    directory = directory_of({"d/a.yaml": text, "p.json": document})

    user = directory.user_by_arn(USER_ARN)
    assert user is not None
    (policy,) = user.policies
    assert (policy.source.file, policy.source.lines) == ("p.json", (4,))


def test_reads_json_that_yaml_cannot() -> None:
    """JSON with a character that YAML refuses is taken, but its lines are unknown."""
    text = account_file("users:\n  a: {policies: {p: {file: p.json}}}")
    document = TEXT.replace('"*"', '"arn:aws:s3:::\x80"')

    directory = directory_of({"a.yaml": text, "p.json": document})

    user = directory.user_by_arn(USER_ARN)
    assert user is not None
    assert user.policies[0].source.lines == ()


def test_same_document_keeps_its_own_places() -> None:
    """Two policies that say the same are told apart by where each stands."""
    body = """
        users:
          a:
            policies:
              one: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "s3:*", Resource: "*"}}
              two:
                Version: 2012-10-17
                Statement:
                  Effect: Allow
                  Action: "s3:*"
                  Resource: "*"
    """

    user = directory_of({"d/a.yaml": account_file(body)}).user_by_arn(USER_ARN)

    assert user is not None
    one, two = user.policies
    assert ("one", "two") == (one.source.name, two.source.name)
    (first,), (second,) = one.statements, two.statements
    assert (one.source, two.source) == (first.reference.source, second.reference.source)
    assert (first.reference.line, second.reference.line) == (5, 8)
    assert first.conditions == second.conditions
    assert first.actions is second.actions


def test_same_fault_is_told_at_each_place() -> None:
    """A document that is wrong in two places is two faults."""
    body = """
        users:
          a: {policies: {p: {Version: 2012-10-17, Statement: {Effect: Maybe, Action: "s3:*", Resource: "*"}}}}
          b: {policies: {p: {Version: 2012-10-17, Statement: {Effect: Maybe, Action: "s3:*", Resource: "*"}}}}
    """

    faults = faults_of({"d/a.yaml": account_file(body)})

    assert ["users.a.policies.p", "users.b.policies.p"] == [
        each.path for each in faults
    ]


@pytest.mark.parametrize("number", ["1.0", "1.50", "12345678901234567890.5"])
def test_decimals_keep_their_digits(number: str) -> None:
    """A number with a point is measured, and told from others, by each of its digits."""
    value: JsonValue = {"a": ["x", {"b": Decimal(number)}], "c": True, "d": None}

    assert f'{{"a":["x",{{"b":{number}}}],"c":true,"d":null}}' == compact_json(value)
