"""Names across all files of a folder: unique, whatever the case and the path."""

from __future__ import annotations

import pytest

from support.directories import (
    ACCOUNT,
    account_file,
    directory_of,
    faults_of,
    marked_line,
)

TRUST = '{Version: "2012-10-17", Statement: {Effect: Allow, Principal: {AWS: "*"},'
TRUST += " Action: sts:AssumeRole}}"
DOCUMENT = '{Version: "2012-10-17", Statement: {Effect: Allow, Action: "*",'
DOCUMENT += ' Resource: "*"}}'
CONTINUED = f'account: {{id: "{ACCOUNT}"}}\n'


@pytest.mark.parametrize(
    ("section", "first", "second", "value"),
    [
        ("users", "dev", "Dev", "{}"),
        ("groups", "dev", "DEV", "{}"),
        ("roles", "dev", "dEv", f"{{trust: {TRUST}}}"),
        ("policies", "dev", "Dev", f"{{document: {DOCUMENT}}}"),
    ],
)
def test_refuses_name_in_other_case(
    section: str, first: str, second: str, value: str
) -> None:
    """Two names of one account that differ in case only are a fault."""
    text = account_file(f"{section}:\n  {first}: {value}\n  {second}: {value}  # here")

    (fault,) = faults_of({"a.yaml": text})

    where = ("a.yaml", marked_line(text), f"{section}.{second}")
    assert where == (fault.file, fault.line, fault.path)
    assert fault.reason.startswith("a.yaml:3 declares another")


def test_refuses_role_on_other_path() -> None:
    """Two roles of one name on different paths, in different files, are a fault."""
    first = account_file(f"roles:\n  Reader: {{path: /a/, trust: {TRUST}}}")
    second = CONTINUED + f"roles:\n  Reader: {{path: /b/, trust: {TRUST}}}"

    (fault,) = faults_of({"a.yaml": first, "b.yaml": second})

    assert (fault.file, fault.line, fault.path) == ("b.yaml", 3, "roles.Reader")


@pytest.mark.parametrize(
    ("second", "line", "path", "reason"),
    [
        (account_file(), 1, "account.name", "another file names this account, too"),
        (
            f'account: {{id: "{ACCOUNT}", partition: aws-cn}}',
            1,
            "account.partition",
            "a.yaml:1 puts this account into another partition",
        ),
        (f"{CONTINUED}root: {{}}", 2, "root", "another file declares this root user"),
    ],
)
def test_refuses_second_file(second: str, line: int, path: str, reason: str) -> None:
    """Files of one account that contradict each other are a fault."""
    first = account_file("root: {}")

    (fault,) = faults_of({"a.yaml": first, "b.yaml": second})

    assert ("b.yaml", line, path) == (fault.file, fault.line, fault.path)
    assert fault.reason.startswith(reason)


def test_refuses_unnamed_account() -> None:
    """An account that no file names is a fault."""
    (fault,) = faults_of({"a.yaml": CONTINUED})

    assert str(fault) == "a.yaml:1: account: no file of this account says its name"


def test_refuses_second_organization() -> None:
    """A second file of the organisation is a fault."""
    text = (
        'organization: {id: o-securecart01, management_account: "123456789012",'
        ' root: {accounts: {"123456789012": {}}}}'
    )
    texts = {"a.yaml": account_file(), "b.yaml": text, "c.yaml": text}

    (fault,) = faults_of(texts)

    assert (fault.file, fault.line, fault.path) == ("c.yaml", 1, "organization")


def test_joins_files_of_account() -> None:
    """An account may have several files, and other accounts the same names."""
    texts = {
        "a.yaml": account_file("users:\n  dev: {}"),
        "b.yaml": CONTINUED + "users:\n  ops: {}",
        "c.yaml": account_file("users:\n  dev: {}", account="111122223333"),
    }

    directory = directory_of(texts)

    assert {
        f"arn:aws:iam::{ACCOUNT}:user/dev",
        f"arn:aws:iam::{ACCOUNT}:user/ops",
        "arn:aws:iam::111122223333:user/dev",
    } == {user.principal.arn for user in directory.users}


def test_takes_name_of_other_kind() -> None:
    """A user, a group and a role may have one name."""
    body = f"users:\n  a: {{}}\ngroups:\n  a: {{}}\nroles:\n  a: {{trust: {TRUST}}}"

    assert faults_of({"a.yaml": account_file(body)}) == ()
