"""Tokens of our own as subjects and actors: narrower at every hop, and of one account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from daypass.core import exchange_limits as limits
from daypass.core.errors import DaypassError
from daypass.core.exchange_errors import InvalidExchangeTokenError, InvalidScopeError
from daypass.core.exchanged_token import Party
from daypass.sts.caller import Caller
from daypass.tokens.exchanged_token import ExchangedTokenCodec
from support.exchange_world import (
    ACCESS,
    ACCOUNT,
    ADMIN,
    ID,
    JWT,
    OTHER,
    STAFF,
    STOREFRONT,
    ExchangeWorld,
    clerk,
    shop,
)
from support.exchanged import OUR_ISSUER, exchanged_token
from support.oidc_issuer import ISSUER


@pytest_asyncio.fixture
async def world() -> ExchangeWorld:
    """Returns the shop."""
    return await shop()


@pytest_asyncio.fixture
async def images(world: ExchangeWorld) -> Caller:
    """Returns the service that keeps images."""
    return await world.images()


def made(world: ExchangeWorld, **changes: Any) -> str:
    """Returns a token of ours that says just this, signed by the ring."""
    client = world.sts.directory.current().user_by_arn(STOREFRONT)
    assert client is not None
    fields = {
        "epoch": world.sts.view.epoch,
        "actors": (),
        "client_principal_id": client.principal.unique_id,
        **changes,
    }
    token = exchanged_token(**fields)
    return ExchangedTokenCodec(issuer=OUR_ISSUER).encode(token, world.sts.ring.value)


def onward(text: str, **parameters: Any) -> dict[str, Any]:
    """Returns the parameters of an exchange for the storage behind the images."""
    return {
        "subject_token": text,
        "subject_token_type": ACCESS,
        "audiences": ("storage",),
        **parameters,
    }


async def refusal(
    world: ExchangeWorld, caller: Caller | str, text: str, **parameters: Any
) -> str:
    """Returns why a token of ours is not exchanged."""
    with pytest.raises(DaypassError) as caught:
        await world.exchange(caller, **onward(text, **parameters))
    assert isinstance(caught.value, InvalidExchangeTokenError | InvalidScopeError)
    return caught.value.detail


async def test_onward(world: ExchangeWorld, images: Caller) -> None:
    """A service exchanges the token that it was shown for one of the next service."""
    first = world.read(await world.token(scopes=("read",)))
    text = await world.token(scopes=("read",))
    result = await world.exchange(images, **onward(text))
    assert result.token is not None
    token = world.read(result.token.reveal_text())

    assert (first.subject, ("storage",), ("read",)) == (
        token.subject,
        token.audiences,
        token.scopes,
    )
    assert images.principal.principal_arn == token.client_arn
    assert timedelta(minutes=10) == result.lifetime


async def test_c07_scope_of_the_subject_only(
    world: ExchangeWorld, images: Caller
) -> None:
    """What the policy would grant and the subject's token does not is refused."""
    text = await world.token(scopes=("read",))

    assert "scope_beyond_subject" == await refusal(
        world, images, text, scopes=("admin",)
    )


async def test_token_without_scope_grants_none(
    world: ExchangeWorld, images: Caller
) -> None:
    """Of a token of ours that grants nothing comes nothing that grants anything."""
    text = await world.token(requested_token_type=ID)
    result = await world.exchange(images, **onward(text, subject_token_type=ID))

    assert () == result.scopes
    assert "scope_beyond_subject" == await refusal(
        world, images, text, subject_token_type=ID, scopes=("read",)
    )


async def test_audience_must_be_accepted(world: ExchangeWorld, images: Caller) -> None:
    """A token that is meant for somebody else is no subject here (J27)."""
    orders = await world.token(audiences=("orders",))
    both = await world.token(audiences=("images", "orders"))

    for text in (orders, both):
        assert "token_audience_not_accepted" == await refusal(world, images, text)


async def test_audience_that_is_us(world: ExchangeWorld, images: Caller) -> None:
    """A token that is meant for this server is accepted, as far as it is."""
    assert (
        await world.exchange(images, **onward(made(world, audiences=(OUR_ISSUER,))))
    ).token is not None
    text = made(world, audiences=(OUR_ISSUER, "orders"))
    assert "token_audience_not_accepted" == await refusal(world, images, text)


@pytest.mark.parametrize(
    ("issued", "presented", "detail"),
    [
        (ACCESS, ID, "token_of_another_type"),
        (ID, ACCESS, "token_of_another_type"),
        (JWT, ACCESS, "token_of_another_type"),
        (JWT, JWT, "subject_of_no_policy"),
        (ACCESS, JWT, "subject_of_no_policy"),
    ],
)
async def test_j28_type_is_what_it_is(
    world: ExchangeWorld, images: Caller, issued: str, presented: str, detail: str
) -> None:
    """A token is presented as what it is, and of a type that the policy takes."""
    text = await world.token(requested_token_type=issued)

    assert detail == await refusal(world, images, text, subject_token_type=presented)


async def test_j28_session_token_is_no_subject(
    world: ExchangeWorld, images: Caller
) -> None:
    """A session token is never exchanged, whatever it is said to be."""
    boss = world.sts.user(ADMIN.replace("admin", "boss"))
    issued = await world.sts.assume(boss, images.principal.principal_arn)
    text = issued.credentials.session_token.reveal_text()

    for kind in (ACCESS, ID, JWT):
        detail = await refusal(world, images, text, subject_token_type=kind)
        assert "token_issuer_unknown" == detail


async def test_j29_token_of_another_account(world: ExchangeWorld) -> None:
    """A token is exchanged in the account that it came from, and in no other."""
    thief = f"arn:aws:iam::{OTHER}:user/thief"
    text = await world.token(scopes=("read",))
    with pytest.raises(InvalidExchangeTokenError) as caught:
        await world.exchange(thief, **onward(text, audiences=("loot",)))

    assert "token_of_another_account" == caught.value.detail


async def test_detail_32_client_is_gone(world: ExchangeWorld) -> None:
    """A token whose client was deleted is no subject, and a namesake changes nothing."""
    text = await world.token()
    gone = ACCOUNT.replace("  storefront:", "  storefront2:")
    world.sts.declare(gone.replace(STOREFRONT, f"{STOREFRONT}2"))
    assert "token_client_gone" == await refusal(world, await world.images(), text)

    world.sts.declare(ACCOUNT)

    assert "token_client_gone" == await refusal(world, await world.images(), text)


async def test_expired_own_token(world: ExchangeWorld, images: Caller) -> None:
    """A token of ours that has expired is told to have."""
    text = await world.token()
    world.sts.clock.step(timedelta(minutes=30))
    with pytest.raises(InvalidExchangeTokenError) as caught:
        await world.exchange(images, **onward(text))

    assert "The subject or actor token has expired" == caught.value.message
    assert "token_expired" == caught.value.detail


async def test_changed_own_token(world: ExchangeWorld, images: Caller) -> None:
    """A token of ours that was changed is not ours."""
    head, claims, signature = (await world.token()).split(".")
    other = signature[:-3] + ("AAA" if signature[-3:] != "AAA" else "BBB")

    detail = await refusal(world, images, f"{head}.{claims}.{other}")
    assert detail in {"token_wrong_signature", "token_not_canonical_base64url"}


async def test_actors_nest(world: ExchangeWorld, images: Caller) -> None:
    """Each hop with an actor puts that in front of those who acted before."""
    first = await world.token(actor_token=clerk(sub="a"), actor_token_type=ID)
    delegated = onward(first, actor_token=clerk(sub="b"), actor_token_type=ID)
    result = await world.exchange(images, **delegated)
    assert result.token is not None

    token = world.read(result.token.reveal_text())
    assert (Party(STAFF, "b"), Party(STAFF, "a")) == token.actors


async def test_actors_stay_without_a_new_one(
    world: ExchangeWorld, images: Caller
) -> None:
    """A hop without an actor does not hide who acted before."""
    first = await world.token(actor_token=clerk(), actor_token_type=ID)
    result = await world.exchange(images, **onward(first))
    assert result.token is not None

    assert (Party(STAFF, "clerk-1"),) == world.read(result.token.reveal_text()).actors


async def test_actors_are_bounded(world: ExchangeWorld, images: Caller) -> None:
    """A token has room for so many actors, and one more is refused."""
    text = made(world, actors=(Party(STAFF, "a"),) * limits.ACTORS_MAX)
    parameters = {"actor_token": clerk(), "actor_token_type": ID}

    assert "too_many_actors" == await refusal(world, images, text, **parameters)
    assert (await world.exchange(images, **onward(text))).token is not None


async def test_own_token_as_an_actor(world: ExchangeWorld) -> None:
    """A token of ours says who acts by the name that it has here."""
    actor = await world.token(scopes=("read",))
    text = await world.token(actor_token=actor, actor_token_type=ACCESS)

    assert (Party(OUR_ISSUER, f"{ISSUER}#user-1"),) == world.read(text).actors


async def test_actor_who_is_acted_for(world: ExchangeWorld) -> None:
    """Who is acted for by somebody else does not act."""
    actor = await world.token(actor_token=clerk(), actor_token_type=ID)
    with pytest.raises(InvalidExchangeTokenError) as caught:
        await world.exchange(actor_token=actor, actor_token_type=ACCESS)

    assert "actor_has_an_actor" == caught.value.detail


@pytest.mark.parametrize("field", ["lineage", "principals"])
async def test_lineage_is_bounded(world: ExchangeWorld, field: str) -> None:
    """A token knows so many tokens and sessions that it was made of, and no more."""
    most = limits.LINEAGE_MAX
    assert most == limits.LINEAGE_PRINCIPALS_MAX
    names = tuple(f"name-{number:018}" for number in range(most))
    full = made(world, **{field: names})
    nearly = made(world, **{field: names[1:]})

    assert "lineage_too_long" == await refusal(world, STOREFRONT, full)
    assert (await world.exchange(STOREFRONT, **onward(nearly))).token is not None


async def test_single_use_of_our_own() -> None:
    """A policy may take each token of ours once only, by its id."""
    world = await shop(ACCOUNT.replace("max_lifetime: 10m", "single_use: true"))
    images = await world.images()
    text = await world.token()
    await world.exchange(images, **onward(text))

    assert "token_used_before" == await refusal(world, images, text)
    assert (
        await world.exchange(images, **onward(await world.token()))
    ).token is not None
