"""What else an exchange hangs on: `may_act`, one use, and what policies ask."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import pytest_asyncio

from daypass.core.errors import (
    AccessDeniedError,
    DaypassError,
    StoreUnavailableError,
)
from daypass.core.exchange_errors import InvalidExchangeTokenError, InvalidScopeError
from daypass.core.ports import GuardKey
from daypass.federation.oidc import id_token
from support.exchange_world import (
    ACCESS,
    ACCOUNT,
    ADMIN,
    ID,
    MUTE,
    POLICY_ARN,
    SHOP,
    STAFF,
    STOREFRONT,
    ExchangeWorld,
    clerk,
    customer,
    shop,
)
from support.exchanged import OUR_ISSUER
from support.oidc_issuer import ISSUER, PROVIDER, claims, key_set, sign


@pytest_asyncio.fixture
async def world() -> ExchangeWorld:
    """Returns the shop."""
    return await shop()


async def refusal(world: ExchangeWorld, **parameters: Any) -> DaypassError:
    """Returns the refusal of an exchange."""
    with pytest.raises(DaypassError) as caught:
        await world.exchange(**parameters)
    return caught.value


MAY_ACT: dict[str, tuple[object, str | None]] = {
    "the client by its ARN": ({"sub": STOREFRONT}, None),
    "the client of our issuer": ({"sub": STOREFRONT, "iss": OUR_ISSUER}, None),
    "another client": ({"sub": ADMIN}, "may_act_names_another"),
    "the client of another issuer": (
        {"sub": STOREFRONT, "iss": ISSUER},
        "may_act_names_another",
    ),
    "a condition that we do not know": (
        {"sub": STOREFRONT, "client_id": "x"},
        "may_act_not_understood",
    ),
    "nobody": ({}, "may_act_not_understood"),
    "null": (None, "may_act_not_understood"),
    "a list": ([{"sub": STOREFRONT}], "may_act_not_understood"),
    "a name": (STOREFRONT, "may_act_not_understood"),
    "false": (False, "may_act_not_understood"),
    "an issuer alone": ({"iss": OUR_ISSUER}, "may_act_not_understood"),
}


@pytest.mark.parametrize("name", MAY_ACT)
async def test_may_act_of_the_client(world: ExchangeWorld, name: str) -> None:
    """Without an actor it is the client whom `may_act` must name."""
    may_act, detail = MAY_ACT[name]
    token = customer(may_act=may_act) if may_act is not None else _with_null()

    if detail is None:
        assert await world.token(subject_token=token)
    else:
        assert detail == (await refusal(world, subject_token=token)).detail


def _with_null() -> str:
    return sign({**claims(), "may_act": None})


@pytest.mark.parametrize(
    ("may_act", "good"),
    [
        ({"sub": "clerk-1", "iss": STAFF}, True),
        ({"sub": "clerk-2", "iss": STAFF}, False),
        # A name alone is one of the subject's own issuer, and not of the actor's.
        ({"sub": "clerk-1"}, False),
        # The client does not stand in for the actor.
        ({"sub": STOREFRONT}, False),
    ],
)
async def test_may_act_of_the_actor(
    world: ExchangeWorld,
    may_act: object,
    good: bool,  # noqa: FBT001 - the answer.
) -> None:
    """With an actor it is the actor whom `may_act` must name."""
    parameters = {
        "subject_token": customer(may_act=may_act),
        "actor_token": clerk(),
        "actor_token_type": ID,
    }

    if good:
        assert await world.token(**parameters)
    else:
        error = await refusal(world, **parameters)
        assert "may_act_names_another" == error.detail


async def test_replay_is_allowed(world: ExchangeWorld) -> None:
    """A subject's token may be exchanged again while it is good."""
    first, second = await world.token(), await world.token()

    assert world.read(first).token_id != world.read(second).token_id


async def test_single_use() -> None:
    """A policy may take each subject's token once only."""
    world = await shop(ACCOUNT.replace("max_lifetime: 30m", "single_use: true"))
    await world.exchange()

    with pytest.raises(InvalidExchangeTokenError) as caught:
        await world.exchange(audiences=("orders",))

    assert "token_used_before" == caught.value.detail
    assert await world.token(subject_token=customer(sub="user-2"))


async def test_j58_used_at_once_by_many() -> None:
    """Of a hundred who present one token at once exactly one succeeds."""
    world = await shop(ACCOUNT.replace("max_lifetime: 30m", "single_use: true"))
    token = customer()

    done = await asyncio.gather(
        *(world.exchange(subject_token=token) for _ in range(100)),
        return_exceptions=True,
    )

    assert 1 == sum(not isinstance(one, Exception) for one in done)
    refused = [one for one in done if isinstance(one, InvalidExchangeTokenError)]
    assert 99 == len(refused)


async def test_refused_token_is_not_used_up() -> None:
    """A token that was refused for another reason may still be used."""
    world = await shop(ACCOUNT.replace("max_lifetime: 30m", "single_use: true"))
    with pytest.raises(InvalidScopeError):
        await world.exchange(scopes=("root",))

    assert await world.token()


@pytest.mark.parametrize("role", ["subject", "actor"])
async def test_o31_single_use_by_the_provider(role: str) -> None:
    """What a provider's declaration makes good once is so in an exchange, too."""
    issuer = ISSUER if role == "subject" else STAFF
    account = ACCOUNT.replace(f"  {issuer}: {{", f"  {issuer}: {{single_use: true, ")
    assert account != ACCOUNT
    world = await shop(account)
    parameters = {"actor_token": clerk(), "actor_token_type": ID}
    other = {"subject_token": customer(sub="user-2")}
    await world.exchange(**parameters)

    with pytest.raises(InvalidExchangeTokenError) as caught:
        await world.exchange(**parameters, **(other if role == "actor" else {}))

    assert "token_used_before" == caught.value.detail


async def test_o31_once_for_both_operations() -> None:
    """A token that was exchanged for a token is not exchanged for a role any more."""
    world = await shop(ACCOUNT.replace("max_lifetime: 30m", "single_use: true"))
    token = sign(claims())
    await world.exchange(subject_token=token)
    verified = id_token.verify(
        token,
        provider=PROVIDER,
        keys=key_set("ES256"),
        now=world.sts.clock.now(),
    )
    arn = f"arn:aws:iam::{SHOP}:oidc-provider/{ISSUER.removeprefix('https://')}"

    used = await world.sts.guards.get(
        GuardKey("web-identity-token", (arn, verified.replay_id)),
        now=world.sts.clock.now(),
    )
    assert used is not None


async def test_single_use_without_the_store() -> None:
    """Where it cannot be known whether a token was used, it is refused."""
    world = await shop(ACCOUNT.replace("max_lifetime: 30m", "single_use: true"))
    world.sts.guards.fail_next(StoreUnavailableError("down"))

    with pytest.raises(StoreUnavailableError):
        await world.exchange()


async def test_denial_is_explained(world: ExchangeWorld) -> None:
    """A denial by policy names the exchange policy and its decision."""
    error = await refusal(world, caller=MUTE)

    assert ("daypass:ExchangeToken", POLICY_ARN) == (
        error.metadata["action"],
        error.metadata["resource"],
    )
    assert "decision_id" in error.metadata


@pytest.mark.parametrize(
    ("condition", "good"),
    [
        (f'StringEquals: {{"daypass:RequestedTokenType": "{ACCESS}"}}', True),
        (f'StringEquals: {{"daypass:RequestedTokenType": "{ID}"}}', False),
        ('"ForAllValues:StringEquals": {"daypass:Audience": ["images"]}', True),
        ('"ForAllValues:StringEquals": {"daypass:Audience": ["orders"]}', False),
        ('"ForAnyValue:StringEquals": {"daypass:Scope": ["read"]}', True),
        ('"ForAnyValue:StringEquals": {"daypass:Scope": ["write"]}', False),
        (f'StringEquals: {{"aws:ResourceAccount": "{SHOP}"}}', True),
    ],
)
async def test_policies_see_what_is_asked_for(
    condition: str,
    good: bool,  # noqa: FBT001 - the answer.
) -> None:
    """Policies may ask for the type, the target and the scope."""
    statement = f'Resource: "{POLICY_ARN}", Condition: {{{condition}}}'
    account = ACCOUNT.replace(
        '  storefront: {policies: {exchange: {Version: "2012-10-17", Statement:'
        ' [{Effect: Allow, Action: ["daypass:ExchangeToken", "sts:AssumeRole"],'
        ' Resource: "*"}]}}}',
        '  storefront: {policies: {exchange: {Version: "2012-10-17", Statement:'
        f' [{{Effect: Allow, Action: "daypass:ExchangeToken", {statement}}}]}}}}}}',
    )
    assert account != ACCOUNT
    world = await shop(account)

    if good:
        assert await world.token(scopes=("read",))
    else:
        with pytest.raises(AccessDeniedError):
            await world.exchange(scopes=("read",))
