"""Which accounts name their principals to others is declared once, by each itself."""

from __future__ import annotations

import pytest

from daypass.directory.declared import OutboundFederation
from support.directories import (
    ACCOUNT,
    OTHER_ACCOUNT,
    account_file,
    directory_of,
    faults_of,
    marked_line,
)

OWN = "outbound_federation: {enabled: true, issuer: 'https://i.example/a'}"


@pytest.mark.parametrize(
    "value",
    [
        "true",
        "{}",
        '{enabled: "true"}',
        "{enabled: true, issuer: 'http://i.example'}",
        "{enabled: true, issuer: 'https://i.example:8443'}",
        "{enabled: true, issuer: 'https://i.example?x'}",
        "{enabled: true, url: 'https://i.example'}",
    ],
)
def test_malformed_is_a_fault(value: str) -> None:
    """It says whether it is enabled, and names an https URL or nothing."""
    found = faults_of({"a.yaml": account_file(f"outbound_federation: {value}\n")})

    assert found
    assert all("outbound_federation" in fault.path for fault in found)


def test_second_declaration_is_a_fault() -> None:
    """Of the files of an account one may declare it."""
    second = f'account: {{id: "{ACCOUNT}"}}\n{OWN}  # here\n'

    (fault,) = faults_of({"a.yaml": account_file(OWN), "b.yaml": second})

    assert ("b.yaml", marked_line(second), "outbound_federation") == (
        fault.file,
        fault.line,
        fault.path,
    )
    assert "a.yaml:2 declares this, too" == fault.reason


@pytest.mark.parametrize("issuer", ["https://i.example/a", "https://I.example/A/"])
def test_issuer_of_two_accounts_is_a_fault(issuer: str) -> None:
    """No two accounts have an issuer that verifiers may take for the same."""
    body = f"outbound_federation: {{enabled: false, issuer: '{issuer}'}}"
    other = account_file(body, account=OTHER_ACCOUNT)

    (fault,) = faults_of({"a.yaml": account_file(OWN), "b.yaml": other})

    assert ("b.yaml", "outbound_federation.issuer") == (fault.file, fault.path)
    assert "a.yaml:2 declares this, too" == fault.reason


def test_declaration_is_kept() -> None:
    """An account is as it declares itself; one that is silent is None."""
    found = directory_of(
        {
            "a.yaml": account_file(OWN),
            "b.yaml": account_file(account=OTHER_ACCOUNT),
        }
    )

    declared = OutboundFederation(enabled=True, issuer="https://i.example/a")
    one, other = found.account(ACCOUNT), found.account(OTHER_ACCOUNT)
    assert one is not None
    assert other is not None
    assert declared == one.outbound_federation
    assert other.outbound_federation is None


def _trusting(provider: str) -> str:
    return f"""
        {OWN}
        {provider}
        roles:
          Back:
            trust:
              Version: "2012-10-17"
              Statement:
                Effect: Allow
                Principal:
                  Federated: arn:aws:iam::{ACCOUNT}:oidc-provider/i.example/a
                Action: sts:AssumeRoleWithWebIdentity
        """


def test_own_issuer_is_no_provider() -> None:
    """A role cannot trust the account's own issuer, unless it is declared, too."""
    (fault,) = faults_of({"a.yaml": account_file(_trusting(""))})
    declared = 'oidc_providers: {"https://i.example/a": {client_ids: [x]}}'

    assert "roles.Back.trust" == fault.path
    assert "oidc-provider/i.example/a" in fault.reason
    assert () == faults_of({"a.yaml": account_file(_trusting(declared))})
    silent = directory_of({"a.yaml": account_file(OWN)}).account(ACCOUNT)
    assert silent is not None
    assert {} == silent.oidc_providers
