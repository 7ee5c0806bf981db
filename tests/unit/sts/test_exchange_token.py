"""ExchangeToken: who may, for whom, for what, and what comes of it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from daypass.core.errors import (
    AccessDeniedError,
    AuditUnavailableError,
    DaypassError,
    IdpCommunicationError,
    InvalidActionError,
)
from daypass.core.exchange_errors import (
    InvalidExchangeTokenError,
    InvalidScopeError,
    InvalidTargetError,
    UnauthorizedClientError,
)
from daypass.core.exchanged_token import Party, TokenType, TokenUse
from daypass.sts.revoke_token import RevokeTokenResult
from support.exchange_world import (
    ACCESS,
    ACCOUNT,
    ID,
    JWT,
    MUTE,
    POLICY_ARN,
    SHOP,
    STAFF,
    STOREFRONT,
    STRANGER,
    ExchangeWorld,
    clerk,
    customer,
    shop,
)
from support.oidc_issuer import CLIENT, ISSUER, NOW
from support.sts_world import ready

TEN_MINUTES = timedelta(minutes=10)


@pytest_asyncio.fixture
async def world() -> ExchangeWorld:
    """Returns the shop."""
    return await shop()


async def refusal(world: ExchangeWorld, **parameters: Any) -> DaypassError:
    """Returns the refusal of an exchange, which issues nothing."""
    with pytest.raises(DaypassError) as caught:
        await world.exchange(**parameters)
    assert world.sts.audit.records[-1].outcome in {"refused", "failed"}
    return caught.value


REFUSALS: dict[str, tuple[dict[str, Any], type[DaypassError], str]] = {
    "client of no policy": (
        {"caller": STRANGER},
        UnauthorizedClientError,
        "client_of_no_policy",
    ),
    "client without permission": ({"caller": MUTE}, AccessDeniedError, "policy"),
    "garbage": (
        {"subject_token": "x"},
        InvalidExchangeTokenError,
        "token_not_three_parts",
    ),
    "J36 blank around": (
        {"subject_token": f" {customer()}"},
        InvalidExchangeTokenError,
        "token_not_canonical_base64url",
    ),
    "J22 no issuer": (
        {"subject_token": customer(iss=None)},
        InvalidExchangeTokenError,
        "token_without_issuer",
    ),
    "J26 issuer with a slash": (
        {"subject_token": customer(iss=f"{ISSUER}/")},
        InvalidExchangeTokenError,
        "token_issuer_unknown",
    ),
    "declared, and in no policy": (
        {"subject_token": customer(iss="https://third.example", aud="x")},
        InvalidExchangeTokenError,
        "subject_of_no_policy",
    ),
    "J28 ID token as an access token": (
        {"subject_token_type": ACCESS},
        InvalidExchangeTokenError,
        "subject_of_no_policy",
    ),
    "actor of another issuer": (
        {"actor_token": customer(), "actor_token_type": ID},
        InvalidExchangeTokenError,
        "actor_of_no_policy",
    ),
    "unknown target": (
        {"audiences": ("images", "bank")},
        InvalidTargetError,
        "target_of_no_policy",
    ),
    "unknown resource": (
        {"resources": ("https://images.example",)},
        InvalidTargetError,
        "target_of_no_policy",
    ),
    "audience as a resource": (
        {"audiences": ("https://images.example/",)},
        InvalidTargetError,
        "target_of_no_policy",
    ),
    "no target of several": (
        {"audiences": ()},
        InvalidTargetError,
        "target_of_no_policy",
    ),
    "scope of no policy": (
        {"scopes": ("read", "root")},
        InvalidScopeError,
        "scope_of_no_policy",
    ),
    "scope of an ID token": (
        {"scopes": ("read",), "requested_token_type": ID},
        InvalidScopeError,
        "scope_of_no_policy",
    ),
    "O17 another audience": (
        {"subject_token": customer(aud="stranger")},
        InvalidExchangeTokenError,
        "id_token_audience_not_registered",
    ),
    "O17 a client id that the policy leaves out": (
        {"subject_token": customer(aud="another-client")},
        InvalidExchangeTokenError,
        "token_audience_not_accepted",
    ),
    "O18 no subject": (
        {"subject_token": customer(sub=None)},
        InvalidExchangeTokenError,
        "id_token_claim_missing",
    ),
    "O19 not yet good": (
        {"subject_token": customer(nbf=NOW + 301)},
        InvalidExchangeTokenError,
        "id_token_not_yet_valid",
    ),
    "O19 expired": (
        {"subject_token": customer(iat=NOW - 900, exp=NOW - 300)},
        InvalidExchangeTokenError,
        "id_token_expired",
    ),
    "expired within the skew": (
        {"subject_token": customer(iat=NOW - 900, exp=NOW)},
        InvalidExchangeTokenError,
        "token_ends_now",
    ),
    "bound to a key": (
        {"subject_token": customer(cnf={"jkt": "k"})},
        InvalidExchangeTokenError,
        "token_sender_constrained",
    ),
    "bound to null": (
        {"actor_token": clerk(cnf={}), "actor_token_type": ID},
        InvalidExchangeTokenError,
        "token_sender_constrained",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_refused(world: ExchangeWorld, name: str) -> None:
    """Whatever is wrong has its reason, and the right error of OAuth."""
    parameters, kind, detail = REFUSALS[name]

    error = await refusal(world, **parameters)

    assert (kind, detail) == (type(error), error.detail)


@pytest.mark.parametrize("caller", ["root", "thief"])
async def test_other_kinds_of_caller(world: ExchangeWorld, caller: str) -> None:
    """A root user is no client, and no policy of this account is for another's."""
    asking = (
        world.sts.root(SHOP)
        if caller == "root"
        else world.sts.user("arn:aws:iam::111122223333:user/thief")
    )

    error = await refusal(world, caller=asking)

    expected = {"root": "client_kind", "thief": "token_issuer_unknown"}[caller]
    assert expected == error.detail


async def test_message_is_fixed(world: ExchangeWorld) -> None:
    """A caller is not told what is wrong with a token, but that it has expired."""
    unknown = await refusal(world, subject_token=customer(iss="https://x.example"))
    expired = await refusal(world, subject_token=customer(iat=NOW - 900, exp=NOW - 300))

    assert "The subject or actor token is not acceptable" == unknown.message
    assert "The subject or actor token has expired" == expired.message


async def test_no_key_is_asked_for_a_stranger(world: ExchangeWorld) -> None:
    """Whoever may not exchange makes no provider be asked."""
    for caller in (STRANGER, MUTE):
        await refusal(world, caller=caller)

    assert [] == world.key_sets.asked


async def test_without_an_issuer() -> None:
    """A server without an issuer exchanges nothing, and takes no token of its own."""
    world = ExchangeWorld(issuer=None)
    await ready(world.sts)
    with pytest.raises(InvalidActionError):
        await world.exchange()

    text = await (await shop()).token()
    assert "UNTRUSTED" == await world.verdict(text)
    assert RevokeTokenResult(effective_everywhere=True) == await world.revoke(text)


async def test_keys_are_not_to_be_had(world: ExchangeWorld) -> None:
    """A provider that does not answer is no fault of the token."""
    world.key_sets.fail_next(IdpCommunicationError("provider_too_slow"))

    assert isinstance(await refusal(world), IdpCommunicationError)


async def test_not_audited_not_issued(world: ExchangeWorld) -> None:
    """No token leaves before its record."""
    world.sts.audit.fail_next(AuditUnavailableError("full"))

    with pytest.raises(AuditUnavailableError):
        await world.exchange()


async def test_impersonation(world: ExchangeWorld) -> None:
    """A customer's token becomes an access token for just the target."""
    result = await world.exchange(scopes=("read",))
    assert result.token is not None
    token = world.read(result.token.reveal_text())

    assert (TokenUse.ACCESS, ("images",), ("read",), ()) == (
        token.use,
        token.audiences,
        token.scopes,
        token.actors,
    )
    assert (f"{ISSUER}#user-1", Party(ISSUER, "user-1")) == (token.subject, token.party)
    assert (SHOP, STOREFRONT) == (token.account_id, token.client_arn)
    assert (TokenType.ACCESS_TOKEN, timedelta(minutes=30), ("read",)) == (
        result.issued_type,
        result.lifetime,
        result.scopes,
    )
    assert re.fullmatch(r"[\w-]{22}", token.token_id)


async def test_record_of_it(world: ExchangeWorld) -> None:
    """The record says who asked, for whom, for what, and which token it is."""
    text = await world.token()

    (record,) = world.sts.audit.records
    assert ("allowed", POLICY_ARN, STOREFRONT) == (
        record.outcome,
        record.resource,
        record.caller_arn,
    )
    assert {
        "audience": "images",
        "requested_token_type": ACCESS,
        "subject": f"{ISSUER}#user-1",
        "token_id": world.read(text).token_id,
    } == dict(record.attributes)
    assert text not in str(record)


async def test_delegation(world: ExchangeWorld) -> None:
    """With an actor's token the issued token says who acts."""
    text = await world.token(actor_token=clerk(), actor_token_type=ID)

    assert (Party(STAFF, "clerk-1"),) == world.read(text).actors


async def test_all_scopes_where_none_is_asked(world: ExchangeWorld) -> None:
    """Where no scope is asked for, all that the policy has is granted, and said."""
    result = await world.exchange()

    assert ("read", "write") == result.scopes


@pytest.mark.parametrize(("requested", "use"), [(ID, "id"), (JWT, "jwt")])
async def test_other_types(world: ExchangeWorld, requested: str, use: str) -> None:
    """An ID token or an assertion is issued where that is asked for."""
    result = await world.exchange(requested_token_type=requested)
    assert result.token is not None

    token = world.read(result.token.reveal_text())
    assert (use, requested) == (token.use.value, result.issued_type.value)
    assert (() if use == "id" else ("read", "write")) == token.scopes


async def test_jwt_says_the_form(world: ExchangeWorld) -> None:
    """An ID token may be presented as what it is in form, too."""
    assert await world.token(subject_token_type=JWT)


async def test_only_target_goes_without_saying() -> None:
    """Where the policy has one target, it need not be named."""
    account = ACCOUNT.replace("[images, orders]", "[images]").replace(
        '    resources: ["https://images.example/"]\n', ""
    )
    world = await shop(account)

    assert ("images",) == world.read(await world.token(audiences=())).audiences


async def test_audience_and_resource_together(world: ExchangeWorld) -> None:
    """Audiences and resources are both who the token is meant for."""
    text = await world.token(resources=("https://images.example/",))

    assert ("images", "https://images.example/") == world.read(text).audiences


@pytest.mark.parametrize(
    ("seconds", "lifetime"), [(600, 600), (1_800, 1_800), (1_801, 1_800), (1, 1)]
)
async def test_ends_with_the_subject(
    world: ExchangeWorld, seconds: int, lifetime: int
) -> None:
    """What is issued ends with the subject's token, or sooner by policy."""
    result = await world.exchange(subject_token=customer(exp=NOW + seconds))

    assert timedelta(seconds=lifetime) == result.lifetime


async def test_ends_with_the_actor(world: ExchangeWorld) -> None:
    """What is issued ends with the actor's token, too."""
    actor = clerk(exp=NOW + 60)

    result = await world.exchange(actor_token=actor, actor_token_type=ID)

    assert timedelta(seconds=60) == result.lifetime


async def test_ends_with_the_session_of_the_client(world: ExchangeWorld) -> None:
    """What is issued ends with the session of the client that asked (C07)."""
    images = await world.images()
    world.sts.clock.step(timedelta(minutes=55))
    text = await world.token(subject_token=customer(exp=NOW + 7_200))

    result = await world.exchange(
        caller=images, subject_token=text, subject_token_type=ACCESS, audiences=()
    )

    assert timedelta(minutes=5) == result.lifetime


async def test_same_subject_of_two_issuers(world: ExchangeWorld) -> None:
    """Who has one name with two issuers is two people here (O18)."""
    account = ACCOUNT.replace(
        f"{{oidc_provider: {ISSUER}, client_ids: [{CLIENT}]}}",
        f"{{oidc_provider: {ISSUER}}}, {{oidc_provider: {STAFF}}}",
    )
    world = await shop(account)

    first = world.read(await world.token())
    second = world.read(await world.token(subject_token=clerk(sub="user-1")))

    assert first.subject != second.subject


async def test_provider_is_gone(world: ExchangeWorld) -> None:
    """A provider that was removed vouches for nobody, from then on (O32)."""
    await world.exchange()
    world.sts.declare(
        ACCOUNT.replace(
            f"{{oidc_provider: {ISSUER}, client_ids: [{CLIENT}]}}",
            f"{{oidc_provider: {STAFF}}}",
        )
        .replace(f"  {ISSUER}: {{client_ids: [{CLIENT}, another-client]}}\n", "")
        .replace(f"[{{oidc_provider: {ISSUER}}}, ", "[")
    )

    with pytest.raises(InvalidExchangeTokenError) as caught:
        await world.exchange()

    assert "token_issuer_unknown" == caught.value.detail
