"""Providers, devices and workloads: unique, of their account, and kept."""

from __future__ import annotations

import pytest

from daypass.directory.declared import KeySetFile
from support.directories import (
    ACCOUNT,
    OTHER_ACCOUNT,
    account_file,
    directory_of,
    faults_of,
    marked_line,
)

BODY = """
    users:
      u: {}
    saml_providers:
      Corp: {entity_id: "https://idp.example"}
    oidc_providers:
      https://a.example/B: {client_ids: [x, y]}
    mfa_devices:
      phone: {user: u, seed: {sealed: abc}}
    workloads:
      spiffe://a.example/u: {user: u}
"""


@pytest.mark.parametrize(
    ("body", "path", "reason"),
    [
        (
            "mfa_devices:\n  phone: {user: v, seed: {env: A}}  # here",
            "mfa_devices.phone.user",
            "this account has no such user",
        ),
        (
            "workloads:\n  spiffe://a/b: {user: v}  # here",
            "workloads.spiffe://a/b.user",
            "this account has no such user",
        ),
        (
            "workloads:\n  spiffe://a/b: {role: v}  # here",
            "workloads.spiffe://a/b.role",
            "this account has no such role",
        ),
        (
            "saml_providers:\n  a: {}\n  A: {}  # here",
            "saml_providers.A",
            "a.yaml:3 declares this, too",
        ),
        (
            "oidc_providers: {https://a: {client_ids: [x]},\nhttps://A: {client_ids: [x]}}  # here",
            "oidc_providers.https://A",
            "a.yaml:2 declares this, too",
        ),
    ],
)
def test_refuses_declaration(body: str, path: str, reason: str) -> None:
    """What is there twice, or belongs to nobody, is a fault with its line."""
    text = account_file(body)

    (fault,) = faults_of({"a.yaml": text})

    where = ("a.yaml", marked_line(text), path, reason)
    assert where == (fault.file, fault.line, fault.path, fault.reason)


def test_refuses_workload_of_two_accounts() -> None:
    """A workload is one principal, whatever the account."""
    other = account_file(
        "users:\n  u: {}\nworkloads:\n  spiffe://a.example/u: {user: u}  # here",
        account=OTHER_ACCOUNT,
    )

    (fault,) = faults_of({"a.yaml": account_file(BODY), "b.yaml": other})

    assert ("b.yaml", marked_line(other)) == (fault.file, fault.line)


def test_keeps_declarations() -> None:
    """What is declared is found in its account under its own name."""
    account = directory_of({"a.yaml": account_file(BODY)}).account(ACCOUNT)

    assert account is not None
    prefix = f"arn:aws:iam::{ACCOUNT}"
    saml = account.saml_providers[f"{prefix}:saml-provider/Corp"]
    oidc = account.oidc_providers[f"{prefix}:oidc-provider/a.example/B"]
    device = account.mfa_devices[f"{prefix}:mfa/phone"]
    workload = account.workloads["spiffe://a.example/u"]
    assert saml.entity_id == "https://idp.example"
    assert (oidc.url, oidc.client_ids) == ("https://a.example/B", ("x", "y"))
    assert (f"{prefix}:user/u", 20) == (device.owner_arn, len(device.seed.reveal()))
    assert f"{prefix}:user/u" == workload.principal_arn


def oidc(fields: str) -> str:
    """Returns an account's file with one OIDC provider that has these fields."""
    return account_file(
        f"oidc_providers:\n  https://a.example: {{client_ids: [x], {fields}}}  # here"
    )


def test_keeps_what_a_provider_may() -> None:
    """Its key set, its algorithms and the one-time mode are kept as declared."""
    texts = {
        "accounts/a.yaml": oidc(
            "key_set: {file: ../keys/a.json}, single_use: true, algorithms: [ES256]"
        ),
        "keys/a.json": "{}",
    }

    account = directory_of(texts).account(ACCOUNT)

    assert account is not None
    (provider,) = account.oidc_providers.values()
    assert KeySetFile("keys/a.json", "{}") == provider.key_set
    assert frozenset({"ES256"}) == provider.algorithms
    assert provider.single_use


def test_provider_defaults() -> None:
    """Without fields a provider is asked for keys, and tokens are good repeatedly."""
    account = directory_of({"a.yaml": account_file(BODY)}).account(ACCOUNT)

    assert account is not None
    (provider,) = account.oidc_providers.values()
    assert (None, False) == (provider.key_set, provider.single_use)
    assert {"RS256", "RS384", "RS512", "ES256", "ES384", "ES512"} == provider.algorithms


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ("key_set: {file: none.json}", "there is no file 'none.json'"),
        ("key_set: {file: ../up.json}", "the file must be inside the folder"),
        ("key_set: {file: /etc/keys.json}", "the file must be inside the folder"),
        ("key_set: {file: a.yaml}", "the file's name must end in .json"),
        ("key_set: {url: x}", "there is no such field"),
        ("algorithms: [HS256]", "expected one of RS256"),
        ("algorithms: [none]", "expected one of RS256"),
        ("algorithms: []", "at least 1 of these is required"),
        ("single_use: 1", "single_use"),
    ],
)
def test_refuses_provider(fields: str, reason: str) -> None:
    """What a provider cannot have is a fault of the file."""
    faults = faults_of({"a.yaml": oidc(fields)})

    assert any(reason in str(fault) for fault in faults)
