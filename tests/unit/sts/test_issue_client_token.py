"""Access tokens for OAuth clients themselves: for what, and for whom.

SPEC: RFC 6749 section 4.4; ADR 0032.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from daypass.core.errors import AccessDeniedError, InternalFailureError
from daypass.core.exchange_errors import InvalidScopeError, InvalidTargetError
from daypass.core.exchanged_token import ExchangedToken, TokenType, TokenUse
from daypass.directory.oauth_clients import OAuthClient
from daypass.sts.exchange_issue import ExchangeResult
from daypass.sts.issue_client_token import ClientTokenRequest, IssueClientToken
from daypass.tokens.exchanged_token import ExchangedTokenCodec, ExchangedTokenVerifier
from support.exchanged import OUR_ISSUER
from support.oauth_world import FILES, SHOP, STOREFRONT
from support.sts_world import StsWorld, ready

AUDIT = f"arn:aws:iam::{SHOP}:user/audit"


class Shop:
    """The shop, without its door."""

    def __init__(self, world: StsWorld) -> None:
        self.world = world
        self.client = self.named("web")

    def named(self, name: str) -> OAuthClient:
        """Returns a client."""
        client = self.world.directory.current().oauth_client(name)
        assert client is not None
        return client

    async def issue(
        self,
        *,
        caller: str = STOREFRONT,
        client: OAuthClient | None = None,
        **asked: tuple[str, ...],
    ) -> ExchangeResult:
        """Asks for a token."""
        world = self.world
        operation = IssueClientToken(
            issuer_url=OUR_ISSUER,
            authorizers=world.authorizers,
            codec=ExchangedTokenCodec(issuer=OUR_ISSUER),
            ring=world.ring,
            clock=world.clock,
            entropy=world.entropy,
        )
        request = ClientTokenRequest(client or self.client, **asked)
        return await world.run(operation, request, world.user(caller))

    def read(self, result: ExchangeResult) -> ExchangedToken:
        """Returns what a token says."""
        assert result.token is not None
        verifier = ExchangedTokenVerifier(ring=self.world.ring, issuer=OUR_ISSUER)
        return verifier.verify(result.token.reveal_text(), self.world.clock.now())


@pytest.fixture
async def shop() -> Shop:
    """Returns a shop whose worker is ready."""
    return Shop(await ready(StsWorld(*FILES)))


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({}, InvalidTargetError),
        ({"audiences": ("images",)}, InvalidTargetError),
        ({"audiences": ("https://stock.example/",)}, InvalidTargetError),
        ({"resources": ("orders",)}, InvalidTargetError),
        ({"audiences": ("orders",), "scopes": ("admin",)}, InvalidScopeError),
    ],
)
async def test_beyond_declaration(
    shop: Shop, asked: dict[str, Any], error: type[Exception]
) -> None:
    """Nothing is issued for a target or scope that the client is not declared for."""
    with pytest.raises(error):
        await shop.issue(**asked)


async def test_targets_bounded(shop: Shop) -> None:
    """A token is meant for ten targets at most, each of them once."""
    many = tuple(f"a{number}" for number in range(11))
    client = replace(shop.client, audiences=frozenset(many))

    with pytest.raises(InvalidTargetError, match="targets_too_many"):
        await shop.issue(client=client, audiences=many)

    ten = await shop.issue(client=client, audiences=many[:10] * 2)
    assert many[:10] == shop.read(ten).audiences


async def test_policy_is_asked(shop: Shop) -> None:
    """A principal without a policy for its client gets nothing."""
    client = replace(shop.named("mute"), principal_id=shop.named("audit").principal_id)

    with pytest.raises(AccessDeniedError):
        await shop.issue(caller=AUDIT, client=client)


async def test_client_of_another(shop: Shop) -> None:
    """A client is never issued a token by another principal's proof."""
    with pytest.raises(InternalFailureError, match="client_is_not_caller"):
        await shop.issue(caller=AUDIT, audiences=("orders",))


async def test_token(shop: Shop) -> None:
    """A token names its client twice, lives as declared, and is on record."""
    result = await shop.issue(audiences=("orders",), scopes=("write", "read"))

    token = shop.read(result)
    assert (TokenType.ACCESS_TOKEN, TokenUse.ACCESS) == (result.issued_type, token.use)
    assert STOREFRONT == token.client_arn == token.party.subject
    assert ("read", "write") == token.scopes == result.scopes
    assert timedelta(minutes=10) == result.lifetime
    (record,) = shop.world.audit.records
    assert ("allowed", shop.client.arn) == (record.outcome, record.resource)
    assert ("token_id", token.token_id) in record.attributes
