"""AssumeRoleWithSAML: an assertion is good once, and which checks may be given up."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import serialization

from daypass.core import saml_limits as limits
from daypass.core.errors import (
    ExpiredIdentityTokenError,
    InvalidIdentityTokenError,
    StoreUnavailableError,
    ThrottlingError,
)
from daypass.core.secret import Secret
from daypass.sts.exchange_bounds import ExchangeBounds
from support.saml_encryption import decryption_key, in_sealed_response
from support.saml_idp import (
    AUDIENCE,
    CONDITIONS_BEGIN,
    PROVIDER_ARN,
    RESPONSE_ID,
    ROLE,
    ROLE_ARN,
    Change,
    Recipe,
    Signer,
    assertion,
    aws_attribute,
    certificate_for,
    in_response,
    instant,
    response,
    sign,
    signer,
)
from support.saml_world import (
    DENIED,
    FILES,
    FOREIGN_PROVIDER,
    asking,
    exchange,
    refused,
    request_of,
    saml_world,
    trust_of,
)
from support.sts_world import StsWorld
from support.world import START

SKEW = limits.SAML_CLOCK_SKEW_MAX


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns an account that trusts the provider."""
    return await saml_world()


def listing(*roles: str) -> Change:
    """Returns a change of the roles that the assertion names."""
    return (ROLE, aws_attribute("Role", *(f"{arn},{PROVIDER_ARN}" for arn in roles)))


async def test_replay(world: StsWorld) -> None:
    """An assertion is good once (S43)."""
    await exchange(world)

    error = await refused(world, asking())
    assert isinstance(error, InvalidIdentityTokenError)
    assert "saml_replayed" == error.detail


async def test_replay_in_new_wrapper(world: StsWorld) -> None:
    """A new response around an assertion does not make it a new one (S44)."""
    signed = sign(assertion())
    await exchange(world, request_of(in_response(signed)))

    for text in (
        in_response(signed, (RESPONSE_ID, "_another")),
        sign(in_response(signed, (RESPONSE_ID, "_third"))),
    ):
        assert "saml_replayed" == (await refused(world, request_of(text))).detail


async def test_replay_on_other_workers(world: StsWorld) -> None:
    """Of many who bring one assertion at once exactly one succeeds (S43)."""
    outcomes = await asyncio.gather(
        *(exchange(world) for _ in range(10)), return_exceptions=True
    )

    refusals = [one for one in outcomes if isinstance(one, InvalidIdentityTokenError)]
    assert 9 == len(refusals)


async def test_replay_until_the_end(world: StsWorld) -> None:
    """An assertion is remembered until no clock takes it any more (S43)."""
    end = timedelta(minutes=5) + SKEW
    await exchange(world)

    world.clock.advance(end - timedelta(seconds=1))
    await world.follower.catch_up()
    assert "saml_replayed" == (await refused(world, asking())).detail
    world.clock.advance(timedelta(seconds=1))
    await world.follower.catch_up()
    assert isinstance(await refused(world, asking()), ExpiredIdentityTokenError)


async def test_replay_in_other_account(world: StsWorld) -> None:
    """An assertion for two accounts is good once in both of them together (S43)."""
    foreign_role = "arn:aws:iam::111122223333:role/Foreign"
    pairs = aws_attribute(
        "Role", f"{ROLE_ARN},{PROVIDER_ARN}", f"{foreign_role},{FOREIGN_PROVIDER}"
    )
    text = response((ROLE, pairs))
    await exchange(world, request_of(text))

    again = request_of(text, role_arn=foreign_role, principal_arn=FOREIGN_PROVIDER)
    assert "saml_replayed" == (await refused(world, again)).detail


async def test_namesake_uses_nothing_up() -> None:
    """A provider of another account uses up nothing by calling itself the same."""
    world = await saml_world(foreign=trust_of(1))
    foreign_role = "arn:aws:iam::111122223333:role/Foreign"
    pair = aws_attribute("Role", f"{foreign_role},{FOREIGN_PROVIDER}")
    same_id = response((ROLE, pair), recipe=Recipe(signer(1)))
    theirs = request_of(same_id, role_arn=foreign_role, principal_arn=FOREIGN_PROVIDER)
    await exchange(world, theirs)

    await exchange(world)

    for used in (theirs, asking()):
        assert "saml_replayed" == (await refused(world, used)).detail


async def test_denial_uses_nothing_up(world: StsWorld) -> None:
    """An assertion that was refused for another reason may still be used."""
    request = asking(listing(ROLE_ARN, DENIED))
    await refused(world, replace(request, role_arn=DENIED))
    await refused(world, replace(request, duration_seconds=7201))

    assert "alice@corp.example" == (await exchange(world, request)).subject


async def test_forgery_uses_nothing_up(world: StsWorld) -> None:
    """Who only knows the ID of an assertion cannot use it up."""
    await refused(world, request_of(response(recipe=Recipe(signer(1)))))

    assert "alice@corp.example" == (await exchange(world)).subject


async def test_guards_down(world: StsWorld) -> None:
    """Without an answer of the store nothing is issued."""
    world.guards.fail_next(StoreUnavailableError(), method="swap")

    with pytest.raises(StoreUnavailableError):
        await exchange(world)
    assert world.audit.records[-1].issued_access_key_id is None


async def test_issue_fails_after_the_claim(world: StsWorld) -> None:
    """An assertion whose session could not be stored is used up (ADR 0018)."""
    world.store.fail_next(StoreUnavailableError(), method="add")
    with pytest.raises(StoreUnavailableError):
        await exchange(world)

    assert "saml_replayed" == (await refused(world, asking())).detail


async def test_replay_given_up() -> None:
    """An installation may take an assertion more than once, but not one for one use."""
    world = await saml_world(given_up=frozenset({"unsafe_accept_replay"}))
    await exchange(world)
    await exchange(world)
    once = (AUDIENCE, f"{AUDIENCE}<saml:OneTimeUse/>")

    await exchange(world, asking(once))
    assert "saml_replayed" == (await refused(world, asking(once))).detail


@pytest.mark.parametrize(
    ("switch", "change"),
    [
        ("unsafe_ignore_audience", (AUDIENCE, "")),
        (
            "unsafe_ignore_not_before",
            (
                CONDITIONS_BEGIN,
                CONDITIONS_BEGIN.replace(
                    instant(-timedelta(minutes=5)), instant(timedelta(minutes=2))
                ),
            ),
        ),
    ],
)
async def test_given_up(switch: str, change: Change) -> None:
    """A check that is given up by its name is not made, and others are."""
    strict, lenient = await saml_world(), await saml_world(given_up=frozenset({switch}))

    assert isinstance(await refused(strict, asking(change)), InvalidIdentityTokenError)
    assert "alice" in (await exchange(lenient, asking(change))).assumed_role_arn


async def test_expired_certificate_given_up() -> None:
    """A certificate that has ended counts where that is given up (S35)."""
    ended = Signer(
        signer().key, certificate_for(signer().key, end=START - timedelta(seconds=1))
    )
    der = (ended.certificate.public_bytes(serialization.Encoding.DER),)
    given_up = frozenset({"unsafe_accept_expired_certificates"})

    strict = await saml_world(certificates=der)
    lenient = await saml_world(certificates=der, given_up=given_up)
    assert "saml_certificate_expired" == (await refused(strict, asking())).detail
    assert "alice" in (await exchange(lenient)).assumed_role_arn


async def test_encryption_required() -> None:
    """Where assertions must be encrypted, only those are taken."""
    pem = decryption_key(0).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    world = await saml_world(private_keys=(Secret(pem),), encryption_required=True)

    assert "saml_not_encrypted" == (await refused(world, asking())).detail
    sealed = request_of(in_sealed_response(sign(assertion())))
    assert "alice" in (await exchange(world, sealed)).assumed_role_arn


async def test_new_metadata_counts_at_once(world: StsWorld) -> None:
    """A provider that is declared anew is judged by what is pinned now."""
    await exchange(world, asking(("_assertion-1", "_a1")))
    world.saml = {PROVIDER_ARN: trust_of(1)}
    world.directory.value = world._load(FILES)

    error = await refused(world, asking(("_assertion-1", "_a2")))
    assert "saml_signature_invalid" == error.detail
    text = response(("_assertion-1", "_a3"), recipe=Recipe(signer(1)))
    assert "alice" in (await exchange(world, request_of(text))).assumed_role_arn


async def test_refused_too_often(world: StsWorld) -> None:
    """Who brings what is refused too often is told to come back (attacks V35)."""
    bounds = ExchangeBounds(clock=world.clock, refused_burst_max=2)
    forged = request_of(response(recipe=Recipe(signer(1))))
    for _ in range(2):
        with pytest.raises(InvalidIdentityTokenError):
            await exchange(world, forged, bounds=bounds)

    with pytest.raises(ThrottlingError):
        await exchange(world, forged, bounds=bounds)
    with pytest.raises(ThrottlingError):
        await exchange(world, bounds=bounds)
    world.clock.advance(timedelta(seconds=1))
    assert "alice" in (await exchange(world, bounds=bounds)).assumed_role_arn
