"""What may be said to the commands that ask a folder, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.directories import account_file
from support.policy_commands import answers, assume, run
from support.securecart import (
    AUDIT,
    PRODUCTION,
    READ_ONLY,
    ROLE_A,
    STOREFRONT,
    USERS,
)

OBJECT = "arn:aws:s3:::securecart-product-images/a"


def test_tags_need_their_own_action() -> None:
    """An AssumeRole with tags or a source identity asks for what that takes."""
    options = ("--tag", "project=x", "--source-identity", "dev", "--json")

    found = answers(assume(USERS["dev"], READ_ONLY, *options))

    expected = [
        ("sts:AssumeRole", "allowed"),
        ("sts:TagSession", "implicitDeny"),
        ("sts:SetSourceIdentity", "allowed"),
    ]
    assert expected == [(each["action"], each["effect"]) for each in found]


def test_repeated_keys_are_a_list() -> None:
    """A context key that is given twice has two values."""
    keys = ("--context", "sts:ExternalId=a", "--context", "sts:ExternalId=b")

    result = assume(USERS["auditor"], AUDIT, *keys, command="explain")

    assert "expected securecart-2026, was a or b" in result.stdout


def test_session_policies_cap(tmp_path: Path) -> None:
    """A session policy from a file caps what the role may do."""
    policy = tmp_path / "session.json"
    policy.write_text(
        json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"},
            }
        )
    )
    asked = (
        "--action",
        "s3:GetObject",
        "--resource",
        OBJECT,
        "--principal",
        STOREFRONT,
    )

    assert 0 == run("simulate", *asked, "--expect", "allow").exit_code
    result = run("simulate", *asked, "--session-policy", str(policy))
    assert "session policies: denied" in result.stdout


@pytest.mark.parametrize(
    ("principal", "expected"),
    [(USERS["intern"], "allow"), (ROLE_A, "allow"), (PRODUCTION, "deny")],
)
def test_resource_policy_replaces(
    tmp_path: Path, principal: str, expected: str
) -> None:
    """A resource policy from a file is resolved as a stored one would be."""
    policy = tmp_path / "bucket.json"
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "s3:*",
        "Resource": "*",
    }
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": statement}))
    caller = ROLE_A if principal == ROLE_A else USERS["intern"]
    account = caller.split(":")[4]

    result = run(
        *("simulate", "--principal", caller, "--action", "s3:ListBucket"),
        *("--resource", "arn:aws:s3:::b", "--resource-account", account),
        *("--resource-policy", str(policy), "--expect", expected),
    )

    assert 0 == result.exit_code


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--principal", f"{USERS['dev']}X"), "There is no principal"),
        (("--principal", "arn:aws:iam::111122223333:user"), "There is no principal"),
        (("--principal", "arn:aws:iam::999999999999:root"), "There is no principal"),
        (("--principal", "arn:short"), "arn:short is invalid"),
        (
            ("--principal", f"arn:aws:sts::{PRODUCTION}:assumed-role/None/s1"),
            "There is no principal",
        ),
        (
            ("--principal", f"arn:aws:sts::{PRODUCTION}:federated-user/x"),
            "There is no principal",
        ),
        (("--principal", "anonymous"), "Neither its ARN nor the caller tells"),
        (("--principal", USERS["dev"], "--context", "k"), "--context takes KEY=VALUE"),
        (("--principal", USERS["dev"], "--tag", "=v"), "--tag takes KEY=VALUE"),
        (("--principal", USERS["dev"], "--resource", "b"), "b is invalid"),
        (
            (
                *("--principal", USERS["dev"]),
                *("--context", "k=1", "--context", "K=2"),
            ),
            "given more than once",
        ),
    ],
)
def test_wrong_calls_are_told(options: tuple[str, ...], reason: str) -> None:
    """A name that is none, and an option that is misspelt, end in one line."""
    result = run("simulate", "--action", "s3:ListBucket", *options)

    assert (2, "") == (result.exit_code, result.stdout)
    (line,) = result.stderr.splitlines()
    assert line.startswith("daypassd: ")
    assert reason in line


@pytest.mark.parametrize("text", [b"{", b"\xff"])
def test_documents_must_be_policies(tmp_path: Path, text: bytes) -> None:
    """A file that holds no policy is refused."""
    policy = tmp_path / "p.json"
    policy.write_bytes(text)

    result = assume(USERS["dev"], READ_ONLY, "--session-policy", str(policy))

    assert 2 == result.exit_code
    assert result.stderr.startswith("daypassd: ")


def test_faulty_folder_is_told(tmp_path: Path) -> None:
    """A folder with faults answers nothing."""
    (tmp_path / "a.yaml").write_text(account_file("users: {u: {bad: 1}}"))

    result = run(
        *("simulate", "--principal", "anonymous", "--action", "s3:ListBucket"),
        folder=tmp_path,
    )

    assert (1, "") == (result.exit_code, result.stdout)
    assert "a.yaml:2: users.u.bad: there is no such field" in result.stderr
