"""Tokens of exchanges, as they are made and as they never are."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from daypass.core.exchanged_token import ExchangedToken, Party, TokenUse
from daypass.core.revocation import Epoch
from daypass.keyring.ring import Ring
from daypass.tokens.errors import TokenRefusedError
from daypass.tokens.exchanged_token import ExchangedTokenCodec, ExchangedTokenVerifier
from support.world import START

OUR_ISSUER = "https://daypass.example"
PHONE = Party("https://login.example/customers", "customer-1")
ACCESS_TYPE = "at+jwt"


def exchanged_token(**changes: object) -> ExchangedToken:
    """Returns an access token for ten minutes from the start of the world."""
    token = ExchangedToken(
        use=TokenUse.ACCESS,
        token_id="t" * 22,
        party=PHONE,
        audiences=("images",),
        scopes=("images:read",),
        account_id="123456789012",
        client_arn="arn:aws:iam::123456789012:user/storefront",
        client_principal_id="AIDA" + "S" * 17,
        issue_time=START,
        expire_time=START + timedelta(minutes=10),
        epoch=Epoch("log-1", 7),
        actors=(Party("https://login.example/staff", "clerk-1"),),
        lineage=("ASIA" + "Q" * 16,),
        principals=("AROA" + "R" * 17,),
    )
    return replace(token, **changes)  # type: ignore[arg-type]


def encoded(ring: Ring, **changes: object) -> str:
    """Returns the text of such a token."""
    codec = ExchangedTokenCodec(issuer=OUR_ISSUER)
    return codec.encode(exchanged_token(**changes), ring)


def refused(verifier: ExchangedTokenVerifier, text: str, now: datetime = START) -> str:
    """Returns why a token is refused, or fails where it is taken."""
    with pytest.raises(TokenRefusedError) as caught:
        verifier.verify(text, now)
    return caught.value.reason
