"""Tokens and keys of SPIFFE trust domains.

SPEC: SPIFFE JWT-SVID sections 2 and 3; SPIFFE Trust Domain and Bundle section 4.2.2.
"""

from __future__ import annotations

import pytest

from daypass.federation.oidc.jwk_set import parse_jwk_set
from support.oidc_issuer import claims, jwk, key_set_text, sign
from support.oidc_refusal import refusal, verified

BUNDLE = parse_jwk_set(key_set_text(jwk("ES256", use="jwt-svid")))
SPIFFE_ID = "spiffe://shop.example/payments"


def test_svid_is_taken() -> None:
    """A key of a bundle vouches for a name of its trust domain."""
    token = verified(sign(claims(sub=SPIFFE_ID)), keys=BUNDLE)

    assert SPIFFE_ID == token.subject


@pytest.mark.parametrize("subject", ["user-1", "https://shop.example", "SPIFFE://x/y"])
def test_other_names_are_not(subject: str) -> None:
    """It vouches for nobody else."""
    reason, message = refusal(sign(claims(sub=subject)), keys=BUNDLE)

    assert "claim_malformed" == reason
    assert message.endswith(": sub")


def test_ordinary_key_vouches_for_spiffe_names() -> None:
    """An issuer that publishes its keys as OpenID providers do may name workloads."""
    assert SPIFFE_ID == verified(sign(claims(sub=SPIFFE_ID))).subject


@pytest.mark.parametrize("use", ["enc", "x509-svid", "JWT-SVID", "", None, 7, ["sig"]])
def test_other_uses(use: object) -> None:
    """A key for another use is ignored; one without any vouches."""
    key_set = parse_jwk_set(key_set_text(jwk("ES256", use=use)))

    assert (1 if use is None else 0) == len(key_set.keys)
