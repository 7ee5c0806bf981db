"""Access keys: their ids fit their accounts and are unique, their secrets are some."""

from __future__ import annotations

import pytest

from daypass.core.identifiers import encode_access_key_id
from daypass.core.secret import Secret
from daypass.directory.build import build, declare, sample_ids
from daypass.directory.fault import DirectoryInvalidError, Fault
from daypass.directory.keys import DeclaredKey, ResolvedKey
from daypass.directory.model import Directory
from support.directories import (
    ACCOUNT,
    OTHER_ACCOUNT,
    account_file,
    directory_of,
    faults_of,
    marked_line,
)

OWN = encode_access_key_id("AKIA", ACCOUNT, 1)
FOREIGN = encode_access_key_id("AKIA", OTHER_ACCOUNT, 1)
# Old ids, whose fifth character is below Q, carry no account.
OLD = "AKIA" + "I" * 16
# Forty bits hold numbers of more than twelve digits.
BEYOND = "AKIA" + "7" * 16
GOOD = b"s" * 40
FILE = account_file("users:\n  u: {access_keys: [{id: {env: A}, secret: {env: B}}]}")


def two_keys(first: str, second: str) -> str:
    """Returns a file in which two users have these access key ids."""
    return account_file(
        f"users:\n  a: {{access_keys: [{{id: {first}, secret: {{env: A}}}}]}}\n"
        f"  b: {{access_keys: [{{id: {second}, secret: {{env: B}}}}]}}  # here"
    )


def resolve(access_key_id: str, secret: bytes) -> Directory:
    """Returns a directory whose one key resolves to these."""
    declaration = declare({"a.yaml": FILE})
    (key,) = declaration.keys
    return build(
        declaration,
        ids=sample_ids(declaration.principal_arns),
        keys=[ResolvedKey(key, access_key_id, Secret(secret))],
    )


def faults_of_key(access_key_id: str, secret: bytes) -> tuple[Fault, ...]:
    """Returns the faults of a key that resolves to these."""
    with pytest.raises(DirectoryInvalidError) as caught:
        resolve(access_key_id, secret)
    return caught.value.faults


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (OWN, "the key at a.yaml:3 has this id, too"),
        (FOREIGN, "the id carries another account than the key's own"),
        (BEYOND, "the id carries another account than the key's own"),
    ],
)
@pytest.mark.parametrize("check_only", [False, True])
def test_refuses_literal_id(second: str, reason: str, *, check_only: bool) -> None:
    """An id of another key or account is refused, in a mere check too."""
    text = two_keys(OWN, second)
    declaration = declare({"a.yaml": text})

    if check_only:
        with pytest.raises(DirectoryInvalidError) as caught:
            build(declaration, ids=sample_ids(declaration.principal_arns), keys=None)
        faults = caught.value.faults
    else:
        faults = faults_of({"a.yaml": text})

    where = ("a.yaml", marked_line(text), "users.b.access_keys[0].id", reason)
    assert [where] == [(one.file, one.line, one.path, one.reason) for one in faults]


@pytest.mark.parametrize(
    ("access_key_id", "secret", "path"),
    [
        ("", GOOD, "id"),
        (OWN + "\n", GOOD, "id"),
        (OWN.lower(), GOOD, "id"),
        (OWN[:-1], GOOD, "id"),
        ("ASIA" + OWN[4:], GOOD, "id"),
        (FOREIGN, GOOD, "id"),
        (OWN, b"", "secret"),
        (OWN, b"s" * 31, "secret"),
        (OWN, b"s" * 129, "secret"),
        (OWN, b"s" * 40 + b"\n", "secret"),
        (OWN, b"s" * 39 + b" ", "secret"),
        (OWN, b"s" * 39 + b"\xff", "secret"),
    ],
)
def test_refuses_resolved_key(access_key_id: str, secret: bytes, path: str) -> None:
    """What a reference leads to is checked as what stands in the file."""
    (fault,) = faults_of_key(access_key_id, secret)

    where = ("a.yaml", 3, f"users.u.access_keys[0].{path}")
    assert where == (fault.file, fault.line, fault.path)


@pytest.mark.parametrize("length", [32, 40, 128])
@pytest.mark.parametrize("access_key_id", [OWN, OLD])
def test_takes_resolved_key(access_key_id: str, length: int) -> None:
    """A key of this account, or of the old style, is found by its id."""
    directory = resolve(access_key_id, b"s" * length)

    found = directory.access_keys.get(access_key_id)

    assert found is not None
    key, owner = found
    assert f"arn:aws:iam::{ACCOUNT}:user/u" == owner.principal.arn
    assert key.active
    assert Secret(b"s" * length) == key.secret_access_key
    assert directory.access_keys.get(OWN.replace("A", "B")) is None


def test_takes_keys_of_root() -> None:
    """A root user has keys, and an inactive key is there as such."""
    text = account_file(
        f"root: {{access_keys: [{{id: {OWN}, secret: {{env: A}}, status: Inactive}}]}}"
    )

    found = directory_of({"a.yaml": text}).access_keys.get(OWN)

    assert found is not None
    key, owner = found
    assert f"arn:aws:iam::{ACCOUNT}:root" == owner.principal.arn
    assert not key.active


def test_names_owners() -> None:
    """A declared key says whose it is."""
    text = account_file(
        "root: {access_keys: [{id: {env: A}, secret: {env: B}}]}\n"
        "users:\n  u: {access_keys: [{id: {env: C}, secret: {env: D}}]}"
    )

    keys: tuple[DeclaredKey, ...] = declare({"a.yaml": text}).keys

    assert [(key.owner_name, key.account_id) for key in keys] == [
        ("u", ACCOUNT),
        ("root", ACCOUNT),
    ]
