"""No account names its principals as the deployment, or as another account.

SPEC: sts-operations 1.11; RFC 8725 section 3.11; attacks J28 and J29.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from daypass.core.outbound_errors import OutboundFederationDisabledError
from support.sts_world import StsWorld
from unit.sts import outbound as org
from unit.sts.outbound import identity_token, issuers, outbound

_ENABLED = "outbound_federation: {enabled: true}"
_ANN = f"arn:aws:iam::{org.ACCOUNT}:user/staff/ann"


async def _of_one_ring(*files: str) -> StsWorld:
    """Returns a world of the one deployment that all tests here are about."""
    world = await outbound(*files)
    world.ring.value = replace(world.ring.value, ring_id="ring-1")
    return world


async def _world(issuer: str) -> StsWorld:
    declared = f"outbound_federation: {{enabled: true, issuer: '{issuer}'}}"
    return await _of_one_ring(
        org.account(org.ACCOUNT, "ann", declared),
        org.account(org.OTHER, "oda", _ENABLED),
    )


async def _derived(account_id: str) -> str:
    world = await _of_one_ring(org.account(account_id, "ann", _ENABLED))
    return _issuer(world, account_id)


def _issuer(world: StsWorld, account_id: str = org.ACCOUNT) -> str:
    return issuers(world).issuer_of(world.directory.value.account(account_id))


async def _refused(issuer: str) -> str:
    world = await _world(issuer)
    with pytest.raises(OutboundFederationDisabledError) as caught:
        await identity_token(world, world.user(_ANN))
    return caught.value.detail


@pytest.mark.parametrize(
    "issuer", [org.BASE, f"{org.BASE}/", org.BASE.replace("sts", "STS")]
)
async def test_j28_issuer_of_the_deployment(issuer: str) -> None:
    """J28: an account whose tokens would pass for those of exchanges issues none."""
    assert "outbound_issuer_of_deployment" == await _refused(issuer)


@pytest.mark.parametrize("end", ["", "/"])
async def test_j29_issuer_of_another_account(end: str) -> None:
    """J29: an account that declares the issuer of another one issues no tokens."""
    derived = await _derived(org.OTHER)

    assert "outbound_issuer_of_deployment" == await _refused(derived + end)


async def test_j29_documents_are_of_its_owner() -> None:
    """J29: the documents of an issuer stay those of the account that it is given to."""
    derived = await _derived(org.OTHER)
    world = await _world(derived)

    documents = issuers(world).documents(derived)

    assert documents is not None
    assert derived == documents.discovery["issuer"]


async def test_own_derived_issuer_is_its_own() -> None:
    """An account may write down the issuer that it has anyway."""
    derived = await _derived(org.ACCOUNT)
    world = await _world(derived)

    assert derived == _issuer(world)


@pytest.mark.parametrize("issuer", [f"{org.BASE}.evil.example", f"{org.BASE}/other"])
async def test_issuer_beside_the_base(issuer: str) -> None:
    """An issuer that only begins like the base, or lies elsewhere below it, is taken."""
    world = await _world(issuer)

    assert issuer == _issuer(world)
