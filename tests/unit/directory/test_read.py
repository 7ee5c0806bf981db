"""Texts to files of the right shape, with every fault of their shape."""

from __future__ import annotations

import pytest

from daypass.directory.read import read_folder
from support.directories import MARK, account_file, faults_of

NO_FIELD = "there is no such field"


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        (
            "account: {id: 123456789012, name: A}",
            "account.id",
            "expected text, found a number; write it in quotes",
        ),
        (
            "account: {id: 012345678901, name: A}",
            "account.id",
            "expected text, found a number; write it in quotes",
        ),
        (
            'account: {id: "12345678901", name: A}',
            "account.id",
            "expected an account id",
        ),
        (
            'account: {id: "1234567890123", name: A}',
            "account.id",
            "expected an account id",
        ),
        (
            'account: {id: "123456789012", name: A, partition: x}',
            "account.partition",
            "expected a partition",
        ),
        ("account: {name: A}", "account.id", "this field is required"),
        ("account: x", "account", "expected a mapping, found text"),
        ("owner: me", "owner", "input should be 'aws'"),
        ("owner: aws\nusers: {}", "users", NO_FIELD),
        ("{}", "", "expected exactly one of account, owner and organization"),
        (
            "owner: aws\naccount: {}",
            "",
            "expected exactly one of account, owner and organization",
        ),
        ("- a", "", "expected a mapping, found a list"),
        ("text", "", "expected a mapping, found text"),
        ("", "", "expected a mapping, found nothing"),
    ],
)
def test_refuses_file(text: str, path: str, reason: str) -> None:
    """A file that says wrongly what it is about is a fault, by number, too (45)."""
    (fault,) = faults_of({"a.yaml": text})

    line = 2 if path == "users" else 1
    assert ("a.yaml", line, path) == (fault.file, fault.line, fault.path)
    assert fault.reason.startswith(reason)


def test_refuses_empty_folder() -> None:
    """A folder without YAML is a fault of the folder."""
    assert [str(fault) for fault in faults_of({"a.json": "{}"})] == [
        ".: the folder holds no YAML file"
    ]


def test_quotes_no_value() -> None:
    """A secret that was pasted into the file is in no fault."""
    pasted = "Jalr0UtnFEMI"
    body = f"""
        users:
          a:
            access_keys:
              - {{id: {pasted}, secret: {pasted}, status: {pasted}}}
              - {{id: {{file: "{pasted} "}}, secret: {{env: "{pasted}-"}}}}
            tags: {{k: "{pasted}*"}}
            path: {pasted}
    """

    faults = faults_of({"a.yaml": account_file(body)})

    assert len(faults) == 7
    assert all(pasted not in str(fault) for fault in faults)


def test_reads_what_is_right() -> None:
    """An entry that is malformed does not keep the others from being read."""
    body = f"users:\n  good: {{}}\n  bad: {{a: 1}}  {MARK}\nroles: []\n"

    folder = read_folder({"a.yaml": account_file(body)})

    (file,) = folder.files
    assert list(file.content.model_dump()["users"]) == ["good"]
    assert [fault.line for fault in folder.faults] == [4, 5]
