"""Second factors in the directory: whose they are, and how good their seeds."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core.secret import Secret
from daypass.directory.build import build, declare, sample_ids
from daypass.directory.devices import ResolvedDevice, read_seed
from daypass.directory.fault import DirectoryInvalidError, Fault
from daypass.directory.model import Directory
from support.directories import (
    ACCOUNT,
    OTHER_ACCOUNT,
    account_file,
    faults_of,
    marked_line,
)

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
OTHER_SEED = SEED[::-1]
PHONE = account_file(
    "users:\n  u: {}\nmfa_devices:\n  phone: {user: u, seed: {env: A}}  # here"
)
NINE = "".join(f"  d{number}: {{user: u, seed: {{env: A}}}}\n" for number in range(9))


def loaded(text: str, *seeds: str) -> Directory:
    """Returns the directory of a file whose devices have these seeds, in order."""
    declaration = declare({"a.yaml": text})
    return build(
        declaration,
        ids=sample_ids(declaration.principal_arns),
        keys=[],
        devices=[
            ResolvedDevice(device, Secret(seed))
            for device, seed in zip(declaration.devices, seeds, strict=True)
        ],
    )


def only_fault(text: str, *seeds: str) -> Fault:
    """Returns the one fault of a file whose devices have these seeds."""
    with pytest.raises(DirectoryInvalidError) as caught:
        loaded(text, *seeds)
    (fault,) = caught.value.faults
    return fault


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        (
            "mfa_devices:\n  phone: {seed: {env: A}}  # here",
            "mfa_devices.phone",
            (
                "expected a user; only root-account-mfa-device, which is the root user's,"
                " has none"
            ),
        ),
        (
            (
                "users:\n  u: {}\nmfa_devices:\n"
                "  root-account-mfa-device: {user: u, seed: {env: A}}  # here"
            ),
            "mfa_devices.root-account-mfa-device",
            (
                "root-account-mfa-device is the root user's device: written so, and without"
                " a user"
            ),
        ),
        (
            "mfa_devices:\n  Root-Account-MFA-Device: {seed: {env: A}}  # here",
            "mfa_devices.Root-Account-MFA-Device",
            (
                "root-account-mfa-device is the root user's device: written so, and without"
                " a user"
            ),
        ),
        (
            "users:\n  u: {}\nmfa_devices:\n  a: {user: U, seed: {env: A}}  # here",
            "mfa_devices.a.user",
            "this account has no such user",
        ),
        (
            (
                "users:\n  u: {}\nmfa_devices:\n  a: {user: u, seed: {env: A}}\n"
                "  A: {user: u, seed: {env: A}}  # here"
            ),
            "mfa_devices.A",
            "a.yaml:5 declares this, too",
        ),
        (
            f"users:\n  u: {{}}\nmfa_devices:\n{NINE[:-1]}  # here",
            "mfa_devices.d8",
            "a user has at most 8 devices",
        ),
    ],
)
def test_refuses_device(body: str, path: str, reason: str) -> None:
    """A device that is nobody's, or has a name that is taken, is a fault (M06)."""
    text = account_file(body)

    (fault,) = faults_of({"a.yaml": text})

    where = ("a.yaml", marked_line(text), path, reason)
    assert where == (fault.file, fault.line, fault.path, fault.reason)


@pytest.mark.parametrize(
    "seed",
    [
        SEED[:-1],
        SEED[:24],
        "",
        SEED.replace("G", "1"),
        SEED + "é",
        base64.b32encode(bytes(65)).decode(),
    ],
)
def test_refuses_seed(seed: str) -> None:
    """A seed below 160 bits, or that is no base32, is a fault with its line (M13)."""
    fault = only_fault(PHONE, seed)

    assert (
        "a.yaml",
        marked_line(PHONE),
        "mfa_devices.phone.seed",
        "expected a seed in base32 of 160 to 512 bits",
    ) == (fault.file, fault.line, fault.path, fault.reason)


def test_refuses_seed_of_another() -> None:
    """Two devices have two seeds, so that a code of one is not good for the other."""
    text = f"{PHONE}\n  second: {{user: u, seed: {{env: B}}}}"

    fault = only_fault(text, SEED, SEED.lower())

    assert "the device at a.yaml:5 has this seed, too" == fault.reason
    assert 6 == fault.line


@pytest.mark.parametrize(
    "seed",
    [
        SEED,
        SEED.lower(),
        "gezd gnbv gy3t qojq gezd gnbv gy3t qojq",
        "GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ",
        f"{SEED}\n",
    ],
)
def test_reads_seed_of_apps(seed: str) -> None:
    """A seed is read in every spelling that authenticator apps show."""
    account = loaded(PHONE, seed).account(ACCOUNT)

    assert account is not None
    device = account.mfa_devices[f"arn:aws:iam::{ACCOUNT}:mfa/phone"]
    assert Secret("12345678901234567890") == device.seed
    assert f"arn:aws:iam::{ACCOUNT}:user/u" == device.owner_arn


@given(st.binary(min_size=20, max_size=64), st.booleans())
def test_reads_every_seed(seed: bytes, padded: bool) -> None:  # noqa: FBT001
    """Every seed of 160 to 512 bits is read, padded or not."""
    text = base64.b32encode(seed)

    assert Secret(seed) == read_seed(Secret(text if padded else text.rstrip(b"=")))


@given(st.binary(max_size=120))
def test_reads_no_other_size(text: bytes) -> None:
    """Whatever is read has at least 160 bits, and nothing else than that happens."""
    seed = read_seed(Secret(text))

    assert seed is None or 20 <= len(seed.reveal()) <= 64


def test_root_device() -> None:
    """The root user's device has the name that AWS gives it."""
    text = account_file("mfa_devices:\n  root-account-mfa-device: {seed: {env: A}}\n")

    account = loaded(text, SEED).account(ACCOUNT)

    assert account is not None
    (device,) = account.mfa_devices.values()
    assert (
        f"arn:aws:iam::{ACCOUNT}:mfa/root-account-mfa-device",
        f"arn:aws:iam::{ACCOUNT}:root",
    ) == (device.serial_number, device.owner_arn)


def test_name_in_two_accounts() -> None:
    """Two accounts may have devices of one name."""
    texts = {"a.yaml": PHONE, "b.yaml": PHONE.replace(ACCOUNT, OTHER_ACCOUNT)}

    assert () == faults_of(texts)


def test_seed_prints_as_redacted() -> None:
    """No print of a device or of a directory shows a seed (M13)."""
    account = loaded(PHONE, SEED).account(ACCOUNT)

    assert account is not None
    assert "seed=<redacted>" in repr(account)
    assert SEED not in repr(account)
