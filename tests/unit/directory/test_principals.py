"""Users, groups and roles, with everything that they refer to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from support.directories import (
    ACCOUNT,
    OTHER_ACCOUNT,
    account_file,
    directory_of,
    faults_of,
    marked_line,
)

ALLOW = (
    '{Version: "2012-10-17", Statement: {Effect: Allow, Action: "*", Resource: "*"}}'
)
BODY = f"""
    policies:
      Attached: {{document: {ALLOW}}}
      Limit: {{document: {ALLOW}}}
    groups:
      g: {{policies: {{grouped: {ALLOW}}}, attached_policies: [Attached]}}
    users:
      u:
        path: /p/
        tags: {{Team: a}}
        groups: [g]
        policies: {{inline: {ALLOW}}}
        permissions_boundary: Limit
    roles:
      r:
        path: /q/
        tags: {{Team: b}}
        max_session_duration: 2h
        policies: {{inline: {ALLOW}}}
        attached_policies: [Attached]
        permissions_boundary: Limit
        trust:
          Version: "2012-10-17"
          Statement:
            {{Effect: Allow, Principal: {{AWS: "{ACCOUNT}"}}, Action: sts:AssumeRole}}
"""
ATTACHED_ARN = f"arn:aws:iam::{ACCOUNT}:policy/Attached"


@pytest.mark.parametrize(
    ("groups", "item", "reason"),
    [
        ("[h]", 0, "this account has no such group"),
        ("[G]", 0, "this account has no such group"),
        ("[other]", 0, "this account has no such group"),
        ("[g, g]", 1, "the user is in this group already"),
    ],
)
def test_refuses_group(groups: str, item: int, reason: str) -> None:
    """A user is in groups of its own account, in each once."""
    text = account_file(
        f"groups: {{g: {{}}}}\nusers:\n  u: {{groups: {groups}}}  # here"
    )
    other = account_file("groups: {other: {}}", account=OTHER_ACCOUNT)

    (fault,) = faults_of({"a.yaml": text, "b.yaml": other})

    where = ("a.yaml", marked_line(text), f"users.u.groups[{item}]", reason)
    assert where == (fault.file, fault.line, fault.path, fault.reason)


def test_builds_user() -> None:
    """A user has its own policies and those of its groups, and its boundary."""
    directory = directory_of({"a.yaml": account_file(BODY)})

    user = directory.user_by_arn(f"arn:aws:iam::{ACCOUNT}:user/p/u")

    assert user is not None
    assert user.boundary is not None
    assert user is directory.user_by_id(user.principal.unique_id)
    assert [policy.source.name for policy in user.policies] == [
        "inline",
        "grouped",
        ATTACHED_ARN,
    ]
    assert (dict(user.tags), user.groups) == ({"Team": "a"}, ("g",))


def test_builds_role() -> None:
    """A role has its policies, its boundary, its trust and its longest session."""
    directory = directory_of({"a.yaml": account_file(BODY)})
    arn = f"arn:aws:iam::{ACCOUNT}:role/q/r"

    role = directory.role_by_arn(arn)

    assert role is not None
    assert role.boundary is not None
    assert role is directory.role_by_id(role.unique_id)
    assert [policy.source.name for policy in role.policies] == ["inline", ATTACHED_ARN]
    assert (arn, timedelta(hours=2)) == (role.arn, role.max_session)
    assert ("trust", arn) == (role.trust.source.slot, role.trust.source.name)
    assert dict(role.tags) == {"Team": "b"}


def test_gives_short_session_by_default() -> None:
    """A role that does not say how long its sessions may be allows an hour."""
    text = account_file(BODY.replace("        max_session_duration: 2h\n", ""))

    (role,) = directory_of({"a.yaml": text}).roles

    assert timedelta(hours=1) == role.max_session


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:iam::{ACCOUNT}:role/r",
        f"arn:aws:iam::{ACCOUNT}:role/q/R",
        f"arn:aws:iam::{OTHER_ACCOUNT}:role/q/r",
        "",
    ],
)
def test_finds_no_other_role(arn: str) -> None:
    """A role is found by its whole ARN only, path and case included."""
    directory = directory_of({"a.yaml": account_file(BODY)})

    assert directory.role_by_arn(arn) is None
    assert directory.role_by_id(arn) is None
    assert directory.user_by_arn(arn) is None
    assert directory.user_by_id(arn) is None
    assert directory.account(arn) is None
