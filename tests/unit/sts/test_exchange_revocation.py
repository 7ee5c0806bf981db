"""What ends a token that came of an exchange, and how VerifyToken tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from daypass.core.errors import (
    RevocationViewStaleError,
)
from daypass.core.exchange_errors import (
    InvalidExchangeTokenError,
)
from daypass.core.revocation import RevocationScope
from daypass.core.secret import Secret
from daypass.keyring.generate import new_ring
from daypass.sts.revocation_view import SessionRevokedError
from daypass.sts.token_judge import VerifiedToken
from support.exchange_world import (
    ACCESS,
    ACCOUNT,
    ADMIN,
    CREDENTIALS,
    IMAGES,
    OTHER,
    SHOP,
    STOREFRONT,
    ExchangeWorld,
    customer,
    shop,
)
from support.sts_world import LEASE

ELSEWHERE = "999999999999"


@pytest_asyncio.fixture
async def world() -> ExchangeWorld:
    """Returns the shop."""
    return await shop()


async def onward(world: ExchangeWorld, text: str) -> str:
    """Returns what the service that keeps images makes of a token."""
    return await world.token(
        caller=await world.images(),
        subject_token=text,
        subject_token_type=ACCESS,
        audiences=("storage",),
    )


async def test_revoked(world: ExchangeWorld) -> None:
    """A token is good, and from its revocation on it is not, though seen before (J55)."""
    text = await world.token()
    assert "VALID" == await world.verdict(text)

    assert (await world.revoke(text)).effective_everywhere

    assert "REVOKED" == await world.verdict(text)
    with pytest.raises(InvalidExchangeTokenError) as caught:
        await onward(world, text)
    assert "token_revoked" == caught.value.detail


async def test_others_stay_good(world: ExchangeWorld) -> None:
    """A revocation ends one token, and neither its siblings nor its parent."""
    parent = await world.token()
    first, second = await onward(world, parent), await onward(world, parent)
    await world.revoke(first, world.caller(ADMIN))

    assert ["REVOKED", "VALID", "VALID"] == [
        await world.verdict(text) for text in (first, second, parent)
    ]


async def test_c03_what_was_made_of_it_ends(world: ExchangeWorld) -> None:
    """Revoking a token ends all that was made of it, however far down."""
    parent = await world.token()
    child = await onward(world, parent)
    await world.revoke(parent)

    assert "REVOKED" == await world.verdict(child)


async def test_c03_credentials_end_with_it(world: ExchangeWorld) -> None:
    """Credentials that came of a token end when that is revoked."""
    text = await world.token(subject_token=customer(), scopes=("read",))
    result = await world.exchange(
        subject_token=text,
        subject_token_type=ACCESS,
        audiences=(),
        requested_token_type=CREDENTIALS,
    )
    assert result.credentials is not None
    assert isinstance(
        await world.verify(result.credentials.session_token), VerifiedToken
    )

    await world.revoke(text)

    found = await world.verdict(result.credentials.session_token.reveal_text())
    assert "REVOKED" == found


async def test_ends_with_the_account_whose_key_began_it(world: ExchangeWorld) -> None:
    """A token ends with the account of the key that its client's session began with."""
    images = await world.images()
    assert images.session is not None
    begun = replace(images.session, ancestor_principals=(ELSEWHERE,))
    parent = await world.token()
    child = await world.token(
        caller=replace(images, session=begun),
        subject_token=parent,
        subject_token_type=ACCESS,
        audiences=("storage",),
    )
    assert "VALID" == await world.verdict(child)

    await world.log_revocation(RevocationScope.ACCOUNT, ELSEWHERE)

    assert "REVOKED" == await world.verdict(child)
    assert "VALID" == await world.verdict(parent)


@pytest.mark.parametrize("whose", ["client", "account", "session", "role"])
async def test_ends_with_its_client(world: ExchangeWorld, whose: str) -> None:
    """Revoking the client, its session or the account ends the token (C03)."""
    parent = await world.token()
    images = await world.images()
    child = await world.token(
        caller=images,
        subject_token=parent,
        subject_token_type=ACCESS,
        audiences=("storage",),
    )
    storefront = world.read(parent).client_principal_id
    session = images.access_key_id
    role = world.sts.directory.current().role_by_arn(IMAGES)
    assert role is not None
    named = {
        "client": (RevocationScope.PRINCIPAL, storefront),
        "account": (RevocationScope.ACCOUNT, SHOP),
        "session": (RevocationScope.SESSION, session),
        "role": (RevocationScope.PRINCIPAL, role.unique_id),
    }
    await world.log_revocation(*named[whose])

    assert "REVOKED" == await world.verdict(child)
    of_the_child_alone = whose in {"session", "role"}
    expected = "VALID" if of_the_child_alone else "REVOKED"
    assert expected == await world.verdict(parent)


async def test_issued_after_the_revocation(world: ExchangeWorld) -> None:
    """A revocation of a client ends what it had, and not what it gets later (C13)."""
    old = await world.token()
    await world.log_revocation(
        RevocationScope.PRINCIPAL, world.read(old).client_principal_id
    )

    assert ("REVOKED", "VALID") == (
        await world.verdict(old),
        await world.verdict(await world.token()),
    )


async def test_revoked_while_it_is_exchanged(world: ExchangeWorld) -> None:
    """What is made of a token that is revoked meanwhile is revoked, too."""
    caller = world.caller(STOREFRONT)
    text = await world.token()
    await world.log_revocation(RevocationScope.ACCOUNT, SHOP)

    late = await world.token(caller=caller)

    assert "REVOKED" == await world.verdict(late)
    assert "REVOKED" == await world.verdict(text)


async def test_lost_log(world: ExchangeWorld) -> None:
    """A token of a log that was lost is not good: what was revoked is unknown."""
    text = await world.token()
    token = world.read(text)
    world.sts.view.begin("another")
    world.sts.view.renew(world.sts.clock.monotonic())

    with pytest.raises(SessionRevokedError):
        world.sts.view.check_token(token)


async def test_stale_worker_gives_no_verdict(world: ExchangeWorld) -> None:
    """A worker whose lease is over neither judges, nor exchanges, nor revokes."""
    text = await world.token()
    admin, storefront = world.caller(ADMIN), world.caller(STOREFRONT)
    world.sts.clock.advance(LEASE)

    with pytest.raises(RevocationViewStaleError):
        world.wiring.judge().judge(Secret(text))
    with pytest.raises(RevocationViewStaleError):
        await world.revoke(text, admin)
    with pytest.raises(RevocationViewStaleError):
        await world.exchange(
            storefront,
            subject_token=text,
            subject_token_type=ACCESS,
            audiences=("storage",),
        )


async def test_worker_that_is_behind(world: ExchangeWorld) -> None:
    """A worker that has read less than the one that issued a token cannot know."""
    other = await shop()
    other.sts.ring.value = world.sts.ring.value
    other.sts.view.begin((world.sts.view.epoch).incarnation)
    other.sts.view.renew(other.sts.clock.monotonic())
    await world.log_revocation(RevocationScope.ACCOUNT, OTHER)
    text = await world.token()

    with pytest.raises(RevocationViewStaleError):
        other.wiring.judge().judge(Secret(text))


async def test_verdicts(world: ExchangeWorld) -> None:
    """Each fault has its verdict, in the order in which faults are looked for."""
    text = await world.token()
    head, claims, _ = text.split(".")
    forged = f"{head}.{claims}.{'A' * 86}"
    assert "UNTRUSTED" == await world.verdict(forged)
    world.sts.clock.step(-timedelta(seconds=6))
    assert "NOT_YET_VALID" == await world.verdict(text)
    world.sts.clock.step(timedelta(seconds=6, minutes=30))
    assert "EXPIRED" == await world.verdict(text)
    assert "MALFORMED" == await world.verdict(f"{head}.{claims}")
    world.sts.ring.value = new_ring(world.sts.entropy, world.sts.clock.now())
    assert "UNKNOWN_KEY" == await world.verdict(text)


@pytest.mark.parametrize("client", ["user", "role"])
async def test_client_is_gone(world: ExchangeWorld, client: str) -> None:
    """A token ends with its client, and a namesake does not revive it (detail 32)."""
    text = await world.token()
    if client == "role":
        text = await onward(world, text)
    before = "  storefront:" if client == "user" else "  Images:"
    gone = ACCOUNT.replace(before, before.replace(":", "2:"))
    gone = gone.replace(STOREFRONT if client == "user" else IMAGES, "GONE")
    named = (STOREFRONT if client == "user" else IMAGES) + "2"
    world.sts.declare(gone.replace("GONE", named))
    assert "PRINCIPAL_GONE" == await world.verdict(text)

    world.sts.declare(ACCOUNT)

    assert "PRINCIPAL_GONE" == await world.verdict(text)


async def test_answer_says_the_kind(world: ExchangeWorld) -> None:
    """A session token and a token of an exchange are told apart."""
    images = await world.images()
    boss = world.sts.user(ADMIN.replace("admin", "boss"))
    issued = await world.sts.assume(boss, IMAGES)

    session = await world.verify(issued.credentials.session_token)
    exchanged = await world.verify(await world.token())

    assert isinstance(session, VerifiedToken)
    assert not isinstance(exchanged, VerifiedToken)
    assert images.session is not None
