"""Why a token of an identity provider is refused, as log and caller see it."""

from __future__ import annotations

from datetime import datetime

import pytest

from daypass.core.errors import InvalidIdentityTokenError
from daypass.directory.declared import OidcProvider
from daypass.federation.oidc import id_token
from daypass.federation.oidc.jwk_set import JwkSet
from daypass.federation.oidc.verified import VerifiedIdToken
from support.oidc_issuer import PROVIDER, claims, key_set, sign
from support.world import START


def verified(
    token: str,
    *,
    keys: JwkSet | None = None,
    provider: OidcProvider = PROVIDER,
    now: datetime = START,
) -> VerifiedIdToken:
    """Verifies a token with the ES256 key, or with others."""
    return id_token.verify(
        token,
        provider=provider,
        keys=keys if keys is not None else key_set("ES256"),
        now=now,
    )


def read(**changes: object) -> VerifiedIdToken:
    """Returns what a token with changed claims says."""
    return verified(sign(claims(**changes)))


def refusal(
    token: str,
    *,
    keys: JwkSet | None = None,
    provider: OidcProvider = PROVIDER,
    now: datetime = START,
) -> tuple[str, str]:
    """Returns the inner reason and the message, or fails where a token is taken."""
    with pytest.raises(InvalidIdentityTokenError) as caught:
        verified(token, keys=keys, provider=provider, now=now)
    return caught.value.detail.removeprefix("id_token_"), caught.value.message


def reason(token: str, *, keys: JwkSet | None = None, now: datetime = START) -> str:
    """Returns the inner reason alone."""
    return refusal(token, keys=keys, now=now)[0]


def claim_refusal(**changes: object) -> tuple[str, str]:
    """Returns why a token with changed claims is refused."""
    return refusal(sign(claims(**changes)))
