"""Managed policies: found by name or ARN, and attached where they belong."""

from __future__ import annotations

import json

import pytest

from support.directories import (
    ACCOUNT,
    OTHER_ACCOUNT,
    account_file,
    directory_of,
    faults_of,
    marked_line,
)

DOCUMENT = '{Version: "2012-10-17", Statement: {Effect: Allow, Action: "s3:*",'
DOCUMENT += ' Resource: "*"}}'
POLICY = f"policies:\n  Mine: {{path: /p/, document: {DOCUMENT}}}\n"
SHARED = f"owner: aws\n{POLICY.replace('Mine', 'Shared').replace('/p/', '/')}"
MINE_ARN = f"arn:aws:iam::{ACCOUNT}:policy/p/Mine"
SHARED_ARN = "arn:aws:iam::aws:policy/Shared"
TEXTS = {"b.yaml": account_file(POLICY, account=OTHER_ACCOUNT), "c.yaml": SHARED}


@pytest.mark.parametrize(
    "reference",
    [
        "None",
        "mine",
        "Shared",
        f"arn:aws:iam::{ACCOUNT}:policy/Mine",
        f"arn:aws:iam::{OTHER_ACCOUNT}:policy/p/Mine",
        "arn:aws-cn:iam::aws:policy/Shared",
    ],
)
@pytest.mark.parametrize("field", ["attached_policies", "permissions_boundary"])
def test_refuses_unknown_policy(reference: str, field: str) -> None:
    """A policy that is not there, or another account's, cannot be attached."""
    value, item = (
        (f"[{reference}]", "[0]") if field == "attached_policies" else (reference, "")
    )
    text = account_file(f"{POLICY}users:\n  a:\n    {field}: {value}  # here")

    (fault,) = faults_of({"a.yaml": text, **TEXTS})

    where = ("a.yaml", marked_line(text), f"users.a.{field}{item}")
    assert where == (fault.file, fault.line, fault.path)
    assert fault.reason.startswith("there is no such managed policy")


def test_refuses_policy_without_version() -> None:
    """A managed policy must be of the current version of the language."""
    text = account_file(
        "policies:\n  a:\n    document: {Statement: {Effect: Allow, Action: '*',"
        " Resource: '*'}}  # here\nusers:\n  u: {attached_policies: [a]}"
    )

    (fault,) = faults_of({"a.yaml": text})

    assert ("a.yaml", marked_line(text)) == (fault.file, fault.line)
    assert fault.reason == "Policy document must be version 2012-10-17 or greater."


@pytest.mark.parametrize(
    ("reference", "arn"),
    [("Mine", MINE_ARN), (MINE_ARN, MINE_ARN), (SHARED_ARN, SHARED_ARN)],
)
def test_attaches_policy(reference: str, arn: str) -> None:
    """A policy of the account or of aws is attached by its name or ARN."""
    text = account_file(
        f"{POLICY}users:\n  a: {{attached_policies: ['{reference}'],"
        f" permissions_boundary: '{reference}'}}"
    )

    directory = directory_of({"a.yaml": text, **TEXTS})

    (user,) = directory.users
    assert user.boundary is not None
    assert [("identity", arn)] == [
        (one.source.slot, one.source.name) for one in user.policies
    ]
    assert ("boundary", arn) == (user.boundary.source.slot, user.boundary.source.name)


def test_keeps_document() -> None:
    """A managed policy is found by its ARN, with its text and its owner."""
    directory = directory_of({"a.yaml": account_file(POLICY), **TEXTS})

    mine, shared = (
        directory.managed_policy(MINE_ARN),
        directory.managed_policy(SHARED_ARN),
    )

    assert directory.managed_policy(f"{MINE_ARN}x") is None
    assert mine is not None
    assert shared is not None
    assert (mine.owner, shared.owner) == (ACCOUNT, "aws")
    assert json.loads(mine.document)["Statement"]["Action"] == "s3:*"
