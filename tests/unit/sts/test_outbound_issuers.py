"""Which issuer an account has, and what that issuer publishes.

SPEC: sts-operations 1.11, 6.3 and 6.4.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from daypass.core.outbound_errors import OutboundFederationDisabledError
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.key import KeyState
from daypass.sts.outbound_issuers import OutboundIssuers
from support.sts_world import StsWorld
from unit.sts import outbound as org
from unit.sts.outbound import issuers, outbound

DERIVED = re.compile(r"https://sts\.example/accounts/[0-9a-f-]{36}")


def _issuer(world: StsWorld, account_id: str, base: str | None = org.BASE) -> str:
    account = world.directory.value.account(account_id)
    return issuers(world, base).issuer_of(account)


@pytest.mark.parametrize("account_id", [org.DISABLED, org.SILENT, "999999999999"])
async def test_no_issuer(account_id: str) -> None:
    """An account that is not there, or has not enabled it, has no issuer."""
    world = await outbound()

    with pytest.raises(OutboundFederationDisabledError):
        _issuer(world, account_id)


async def test_declared_issuer_counts() -> None:
    """An account that declares an issuer has it, whatever the base."""
    world = await outbound()

    assert org.OWN_ISSUER == _issuer(world, org.ACCOUNT)
    assert org.OWN_ISSUER == _issuer(world, org.ACCOUNT, None)


async def test_derived_issuer_is_opaque_and_stays() -> None:
    """An issuer below the base does not say the account, and outlives its keys."""
    world = await outbound()
    first = _issuer(world, org.OTHER)

    world.ring.value = replace(world.ring.value, version=2)

    assert DERIVED.fullmatch(first)
    assert org.OTHER not in first
    assert first == _issuer(world, org.OTHER)


async def test_derived_issuers_differ() -> None:
    """Two accounts have two issuers, and so has an account of two deployments."""
    enabled = "outbound_federation: {enabled: true}"
    world = await outbound(
        org.account(org.OTHER, "oda", enabled), org.account(org.SILENT, "sue", enabled)
    )
    first = _issuer(world, org.OTHER)

    assert first != _issuer(world, org.SILENT)
    world.ring.value = replace(world.ring.value, ring_id="another")
    assert first != _issuer(world, org.OTHER)


async def test_unknown_issuer_publishes_nothing() -> None:
    """What is not an enabled account's issuer has no documents."""
    world = await outbound()
    found: OutboundIssuers = issuers(world)

    for issuer in (org.BASE, f"{org.BASE}/accounts/x", "", f"{org.OWN_ISSUER}/x"):
        assert found.documents(issuer) is None


async def test_discovery_document() -> None:
    """The configuration repeats the issuer and names its keys and algorithms."""
    world = await outbound()
    issuer = _issuer(world, org.OTHER)

    documents = issuers(world).documents(issuer)

    assert documents is not None
    assert issuer == documents.discovery["issuer"]
    assert f"{issuer}/.well-known/jwks.json" == documents.discovery["jwks_uri"]
    assert ["RS256", "ES384"] == (
        documents.discovery["id_token_signing_alg_values_supported"]
    )
    assert ["public"] == documents.discovery["subject_types_supported"]
    assert ["id_token"] == documents.discovery["response_types_supported"]
    assert [] == documents.discovery["grant_types_supported"]


async def test_last_slash_stays_in_the_issuer() -> None:
    """An issuer that ends with a slash keeps it, and the key set has one slash."""
    world = await outbound(
        org.account(
            org.ACCOUNT,
            "ann",
            "outbound_federation: {enabled: true, issuer: 'https://i.example/'}",
        )
    )

    documents = issuers(world).documents("https://i.example")

    assert documents is not None
    assert "https://i.example/" == documents.discovery["issuer"]
    assert "https://i.example/.well-known/jwks.json" == documents.discovery["jwks_uri"]


async def test_key_set_holds_what_signs_outbound() -> None:
    """The key set has the RSA and P-384 keys that are published, and no private part."""
    world = await outbound()
    ring = world.ring.value
    prepared = tuple(
        replace(entry, state=KeyState.PREPARED)
        if entry.key.algorithm is Algorithm.RS256
        else entry
        for entry in ring.keys
    )
    world.ring.value = replace(ring, version=2, keys=prepared)

    documents = issuers(world).documents(org.OWN_ISSUER)

    assert documents is not None
    keys = documents.key_set["keys"]
    assert {("RSA", "RS256"), ("EC", "ES384")} == {
        (key["kty"], key["alg"]) for key in keys
    }
    private = {"d", "p", "q", "dp", "dq", "qi", "k"}
    assert not [key for key in keys if private & set(key)]


@pytest.mark.parametrize("state", [KeyState.RETIRED])
async def test_j56_retired_key_is_not_published(state: KeyState) -> None:
    """J56: a retired key is in no key set, so that nobody verifies with it."""
    world = await outbound()
    ring = world.ring.value
    changed = tuple(
        replace(entry, state=state) if entry.key.algorithm is Algorithm.RS256 else entry
        for entry in ring.keys
    )
    world.ring.value = replace(ring, version=2, keys=changed)

    documents = issuers(world).documents(org.OWN_ISSUER)

    assert documents is not None
    assert ["ES384"] == [key["alg"] for key in documents.key_set["keys"]]
    assert ["ES384"] == documents.discovery["id_token_signing_alg_values_supported"]
