"""Our own outbound tokens come back as credentials only where that is declared.

SPEC: sts-operations 1.11, the last line.
"""

from __future__ import annotations

import json

from daypass.core.errors import InvalidIdentityTokenError
from daypass.federation.oidc.jwk_set import parse_jwk_set
from unit.sts import outbound as org
from unit.sts.outbound import identity_token, issuers
from unit.sts.web_identity import Exchange, exchange_in, trusting

PROVIDER = f"arn:aws:iam::{org.ACCOUNT}:oidc-provider/tokens.example/shop"
ELSE = f"arn:aws:iam::{org.ACCOUNT}:oidc-provider/else.example"
BACK = f"arn:aws:iam::{org.ACCOUNT}:role/Back"
ENABLED = f"outbound_federation: {{enabled: true, issuer: {org.OWN_ISSUER}}}"
AUDIENCE = "daypass"


def _back(trusted: str, url: str) -> str:
    return f"""
{ENABLED}
roles: {{Back: {{trust: {trusting(provider=trusted)}}}}}
oidc_providers: {{"{url}": {{client_ids: [{AUDIENCE}]}}}}
"""


async def _exchange(more: str) -> tuple[Exchange, str]:
    """Returns an account that trusts a provider, and an outbound token of its user."""
    exchange = await exchange_in(org.account(org.ACCOUNT, "ann", more))
    world = exchange.world
    documents = issuers(world).documents(org.OWN_ISSUER)
    assert documents is not None
    keys = parse_jwk_set(json.dumps(documents.key_set).encode())
    exchange.keys.key_sets[org.OWN_ISSUER] = keys
    issued = await identity_token(world, world.user(org.ANN), audience=(AUDIENCE,))
    return exchange, issued.web_identity_token.reveal_text()


async def test_own_issuer_is_not_taken() -> None:
    """A token of the own issuer proves nothing where only others are declared."""
    exchange, token = await _exchange(_back(ELSE, "https://else.example"))

    await exchange.refusal(InvalidIdentityTokenError, token, role_arn=BACK)

    assert [] == exchange.keys.asked


async def test_own_issuer_is_taken_on_purpose() -> None:
    """Whoever declares the own issuer as a provider, and trusts it, gets it back."""
    exchange, token = await _exchange(_back(PROVIDER, org.OWN_ISSUER))

    result = await exchange(token, role_arn=BACK)

    assert org.ANN == result.subject
