"""People, permission sets and assignments: they refer to what is declared."""

from __future__ import annotations

from datetime import timedelta

import pytest

from support.directories import (
    ACCOUNT,
    account_file,
    directory_of,
    faults_of,
    marked_line,
)

ALLOW = (
    '{Version: "2012-10-17", Statement: {Effect: Allow, Action: "*", Resource: "*"}}'
)
SHARED_ARN = "arn:aws:iam::aws:policy/Shared"
BODY = f"policies: {{Mine: {{document: {ALLOW}}}, Limit: {{document: {ALLOW}}}}}"
TEXTS = {
    "a.yaml": account_file(BODY),
    "s.yaml": f"owner: aws\npolicies: {{Shared: {{document: {ALLOW}}}}}",
}
TEXT = f"""\
organization:
  id: o-securecart01
  management_account: "{ACCOUNT}"
  root: {{accounts: {{"{ACCOUNT}": {{}}}}}}
single_sign_on:
  groups: [readers]
  people:
    alice: {{groups: [readers]}}
  permission_sets:
    Reader:
      session_duration: 2h
      attached_policies: [Mine, "{SHARED_ARN}"]
      inline_policy: {ALLOW}
      permissions_boundary: Limit
  assignments:
    - {{account: "{ACCOUNT}", permission_set: Reader, group: readers}}
    - {{account: "{ACCOUNT}", permission_set: Reader, person: alice}}
"""


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("{groups: [readers]}", "{groups: [writers]}  # here", "single sign-on has no such group"),
        ("group: readers}", "group: writers}  # here", "single sign-on has no such group"),
        ("person: alice}", "person: bob}  # here", "single sign-on has no such person"),
        ("person: alice}", "person: alice, group: readers}  # here", "expected exactly one of person and group"),
        (", person: alice}", "}  # here", "expected exactly one of person and group"),
        ("Reader, group: readers}", "Writer, group: readers}  # here", "there is no such permission set"),
        (f'"{ACCOUNT}", permission_set: Reader, person: alice}}', '"000000000000", permission_set: Reader, person: alice}  # here', "no file declares this account"),
        (f'[Mine, "{SHARED_ARN}"]', f"[Mine, {SHARED_ARN}x]  # here", "no policy of aws has this ARN"),
        (f'[Mine, "{SHARED_ARN}"]', f"['arn:aws:iam::{ACCOUNT}:policy/Mine']  # here", "no policy of aws has this ARN"),
        ("session_duration: 2h", "session_duration: 13h  # here", "must be from 3600"),
        ("Reader:", f"{'R' * 33}:  # here", "expected a name of 1 to 32"),
    ],
)  # fmt: skip
def test_refuses_reference(old: str, new: str, reason: str) -> None:
    """A reference to what is not declared is a fault with its line."""
    text = TEXT.replace(old, new)

    faults = faults_of({**TEXTS, "o.yaml": text})

    places = {(one.file, one.line) for one in faults if reason in one.reason}
    assert {("o.yaml", marked_line(text))} == places


@pytest.mark.parametrize("name", ["attached_policies: [Mine, ", "boundary: Limit"])
def test_refuses_policy_that_account_lacks(name: str) -> None:
    """A policy that a set names must be there in each account it is assigned in."""
    text = TEXT.replace(name, name.replace("Mine", "Yours").replace("Limit", "None"))

    faults = faults_of({**TEXTS, "o.yaml": text})

    reason = "the account lacks a policy that this permission set names"
    assert [(16, reason), (17, reason)] == [(one.line, one.reason) for one in faults]


def test_keeps_declarations() -> None:
    """What is declared is kept."""
    sso = directory_of({**TEXTS, "o.yaml": TEXT}).sso

    (permission_set,) = sso.permission_sets
    assert permission_set.inline is not None
    assert ("Reader", timedelta(hours=2)) == (
        permission_set.name,
        permission_set.session_duration,
    )
    assert [(one.group, one.person) for one in sso.assignments] == [
        ("readers", None),
        (None, "alice"),
    ]
    assert [(one.name, one.groups) for one in sso.people] == [("alice", ("readers",))]
