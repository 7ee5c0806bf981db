"""Which tokens AssumeRoleWithWebIdentity refuses, and how.

SPEC: sts-operations 1.3; details 3, 39, 40 and 41; attacks J01 to J53, O16 to O21.
"""

from __future__ import annotations

import json

import pytest
import pytest_asyncio

from daypass.core.errors import (
    ExpiredIdentityTokenError,
    IdpCommunicationError,
    InvalidIdentityTokenError,
)
from daypass.federation.oidc.jwk_set import parse_jwk_set
from support.oidc_issuer import (
    CLIENT,
    ISSUER,
    NOW,
    PROVIDER,
    claims,
    jwk,
    key_set_text,
    part,
    sign,
)
from unit.sts import web_identity as web
from unit.sts.federated import ACCOUNT
from unit.sts.web_identity import Exchange, exchange_in, token

TAGS = "https://aws.amazon.com/tags"
SOURCE = "https://aws.amazon.com/source_identity"


@pytest_asyncio.fixture
async def exchange() -> Exchange:
    """Returns the operation in a world with two accounts."""
    return await exchange_in()


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        pytest.param("a.b.c", "base64url", id="garbage"),
        pytest.param(token()[:-40], "", id="truncated signature"),
        pytest.param(token().rpartition(".")[0], "", id="J36 two parts"),
        pytest.param(
            sign(claims(), number=1, key_id="ES256-0"),
            "wrong_signature",
            id="wrong key",
        ),
        pytest.param(sign(claims(), key_id="?"), "key_unknown", id="unknown key"),
        pytest.param(sign(claims(), key_id=None), "key_not_named", id="O21 no kid"),
        pytest.param(token(iss=f"{ISSUER}/"), "no_provider", id="detail 40: slash"),
        pytest.param(token(iss=ISSUER.upper()), "no_provider", id="O02 case"),
        pytest.param(token(iss="https://no.example"), "no_provider", id="issuer"),
        pytest.param(token(aud="x"), "audience_not_registered", id="O17 audience"),
        pytest.param(
            token(aud=[CLIENT, "x"]), "audience_ambiguous", id="detail 39: no azp"
        ),
        pytest.param(token(azp="x"), "audience_not_registered", id="detail 39: azp"),
        pytest.param(token(sub=None), "claim_missing", id="O18 no sub"),
        pytest.param(token(sub="x" * 256), "claim_malformed", id="O18 long sub"),
        pytest.param(token(iat=None), "claim_missing", id="O19 no iat"),
        pytest.param(token(iat=NOW + 301), "not_yet_valid", id="O19 future iat"),
        pytest.param(token(nbf=NOW + 301), "not_yet_valid", id="O19 future nbf"),
        pytest.param(token(exp=NOW + 90_000), "claim_malformed", id="J23 lifetime"),
        pytest.param(token(exp=NOW + 0.5), "claim_malformed", id="J25 fraction"),
        pytest.param(
            sign(claims(), cty="JWT"), "header_members", id="J30 nested token"
        ),
        pytest.param(
            token(**{TAGS: {"principal_tags": {"team": "red"}}}),
            "claim_malformed",
            id="detail 41: nested without a list",
        ),
        pytest.param(
            token(**{f"{TAGS}/principal_tags/team": ["red"]}),
            "claim_malformed",
            id="detail 41: flattened with a list",
        ),
        pytest.param(token(**{SOURCE: "x:y"}), "claim_malformed", id="source identity"),
    ],
)
async def test_wrong_token(exchange: Exchange, raw: str, detail: str) -> None:
    """A token that is not good is an invalid identity token, with no way in."""
    error = await exchange.refusal(InvalidIdentityTokenError, raw)

    assert error.detail.startswith("id_token_")
    assert error.detail.endswith(detail)
    assert exchange.world.audit.records[-1].issued_access_key_id is None


@pytest.mark.parametrize("algorithm", ["none", "HS256", "PS256", "EdDSA"])
async def test_algorithm_not_taken(exchange: Exchange, algorithm: str) -> None:
    """Neither none nor HMAC nor others are an exception page (detail 39, J01, J03)."""
    _, body, signature = token().split(".")
    forged = part(json.dumps({"alg": algorithm, "kid": "ES256-0"}))

    await exchange.refusal(InvalidIdentityTokenError, f"{forged}.{body}.{signature}")
    await exchange.refusal(InvalidIdentityTokenError, f"{forged}.{body}.")


async def test_expired(exchange: Exchange) -> None:
    """A token past its end, and past the tolerance, has a code of its own (detail 3)."""
    at_edge = token(iat=NOW - 900, exp=NOW - 299)

    error = await exchange.refusal(
        ExpiredIdentityTokenError, token(iat=NOW - 900, exp=NOW - 300)
    )
    await exchange(at_edge)

    assert "ExpiredTokenException" == error.row.reason


async def test_expired_and_wrong(exchange: Exchange) -> None:
    """An expired token with a wrong signature is a wrong signature (J53)."""
    expired = sign(claims(iat=1, exp=2), number=1, key_id="ES256-0")

    error = await exchange.refusal(InvalidIdentityTokenError, expired)

    assert "id_token_wrong_signature" == error.detail


@pytest.mark.parametrize(
    "role_arn",
    [
        web.FOREIGN,
        "arn:aws:iam::999999999999:role/X",
        web.ROLE.replace("aws", "aws-cn", 1),
    ],
    ids=["other account", "no account", "other partition"],
)
async def test_provider_of_the_roles_account(exchange: Exchange, role_arn: str) -> None:
    """The provider is looked for in the account of the role alone (detail 40)."""
    error = await exchange.refusal(InvalidIdentityTokenError, role_arn=role_arn)

    assert "No OpenIDConnect provider found in your account" in error.message
    assert [] == exchange.keys.asked


@pytest.mark.parametrize(
    "failure",
    [IdpCommunicationError("provider_too_slow"), InvalidIdentityTokenError("x")],
)
async def test_keys_not_to_be_had(exchange: Exchange, failure: Exception) -> None:
    """Without keys of the issuer the token is not taken."""
    exchange.keys.key_sets[ISSUER] = failure

    assert failure is await exchange.refusal(type(failure))


async def test_keys_of_another_issuer(exchange: Exchange) -> None:
    """A key of the same name at another issuer vouches for nothing (O16)."""
    theirs = parse_jwk_set(key_set_text(jwk("ES256", 1, kid="ES256-0")))
    exchange.keys.key_sets[web.SINGLE] = theirs
    mixed = sign(claims(), number=1, key_id="ES256-0")

    error = await exchange.refusal(InvalidIdentityTokenError, mixed)

    assert "id_token_wrong_signature" == error.detail


async def test_algorithms_of_the_provider(exchange: Exchange) -> None:
    """A provider that may sign with ES256 alone is not believed with RS256 (O20)."""
    raw = sign(claims(iss=web.SINGLE), algorithm="RS256")

    error = await exchange.refusal(InvalidIdentityTokenError, raw, role_arn=web.ONCE)
    await exchange(sign(claims(), algorithm="RS256"))

    assert "id_token_algorithm_not_of_provider" == error.detail


async def test_provider_deleted(exchange: Exchange) -> None:
    """A provider that is no longer declared is not believed at once (O32)."""
    await exchange()
    without = web.PROVIDERS.replace(ISSUER, "https://idp.example/realms/two")
    bare = f'account: {{id: "{ACCOUNT}", name: production}}\n{without}'

    exchange.world.declare(bare)

    error = await exchange.refusal(InvalidIdentityTokenError)
    assert "id_token_no_provider" == error.detail


async def test_two_tenants_of_one_issuer() -> None:
    """Two accounts with one issuer take tokens for their own client ids (O33)."""
    other = "444455556666"
    arn = PROVIDER.arn.replace(ACCOUNT, other)
    exchange = await exchange_in(
        *web.FILES,
        f"""
account: {{id: "{other}", name: tenant}}
oidc_providers:
  {ISSUER}: {{client_ids: [theirs]}}
roles:
  Reader: {{trust: {web.trusting(provider=arn)}}}
""",
    )
    reader = f"arn:aws:iam::{other}:role/Reader"

    await exchange(token(aud="theirs"), role_arn=reader)
    await exchange.refusal(InvalidIdentityTokenError, role_arn=reader)
    await exchange.refusal(InvalidIdentityTokenError, token(aud="theirs"))
