"""What an issuer of outbound identity tokens publishes, for a door to serve.

Both documents lie below the issuer, at `DISCOVERY_PATH` and `KEY_SET_PATH`. The keys
are those of the whole ring that sign outbound tokens: what tells the accounts apart
is the issuer in the token, and a verifier that does not compare it with the one that
it trusts takes every account for it.

SPEC: sts-operations 1.11, 6.3 and 6.4; OpenID Connect Discovery 1.0 sections 3 and 4;
RFC 7517.
"""

from __future__ import annotations

from typing import Final

from daypass.core.strict_json import JsonValue
from daypass.keyring.ring import Ring
from daypass.tokens.identity_token import FACTS_CLAIM, IDENTITY_TOKEN_ALGORITHMS

DISCOVERY_PATH: Final = "/.well-known/openid-configuration"
KEY_SET_PATH: Final = "/.well-known/jwks.json"
_CLAIMS: Final = ("iss", "aud", "sub", "iat", "exp", "jti", FACTS_CLAIM)


def discovery_document(issuer: str, ring: Ring) -> dict[str, JsonValue]:
    """Returns the OpenID configuration of an issuer.

    Nobody signs in at it, so that it names no endpoint but the key set.

    Args:
        issuer: as it stands in the tokens, byte for byte.
        ring: tells which algorithms are signed with.
    """
    signing = {key.algorithm for key in ring.published_keys}
    return {
        "issuer": issuer,
        # The specification drops a last slash before it appends.
        "jwks_uri": issuer.removesuffix("/") + KEY_SET_PATH,
        "response_types_supported": ["id_token"],
        "grant_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [
            algorithm.value
            for algorithm in IDENTITY_TOKEN_ALGORITHMS
            if algorithm in signing
        ],
        "claims_supported": list(_CLAIMS),
    }


def outbound_key_set(ring: Ring) -> dict[str, list[dict[str, str]]]:
    """Returns the JWK Set of an issuer: published keys of its algorithms alone."""
    return {
        "keys": [
            key.jwk()
            for key in ring.published_keys
            if key.algorithm in IDENTITY_TOKEN_ALGORITHMS
        ]
    }
