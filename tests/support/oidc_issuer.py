"""An identity provider made up on the spot: its keys, key sets and tokens.

Tokens are signed by PyJWT, which shares no code with what verifies them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from daypass.directory.declared import OidcProvider
from daypass.federation.oidc.jwk_set import JwkSet, parse_jwk_set
from support.world import START

ISSUER = "https://idp.example/realms/one"
CLIENT = "daypass-client"
PROVIDER = OidcProvider(
    arn="arn:aws:iam::123456789012:oidc-provider/idp.example/realms/one",
    url=ISSUER,
    client_ids=("another-client", CLIENT),
)
NOW = int(START.timestamp())
CURVES: dict[str, Callable[[], ec.EllipticCurve]] = {
    "ES256": ec.SECP256R1,
    "ES384": ec.SECP384R1,
    "ES512": ec.SECP521R1,
}
ALGORITHMS = ("RS256", "RS384", "RS512", *CURVES)

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def key_for(algorithm: str, number: int = 0) -> PrivateKey:
    """Returns a private key of an algorithm, the same for the same number."""
    # RSA keys are slow to make, and one serves all three of its algorithms.
    return _key("RSA" if algorithm not in CURVES else algorithm, number)


@lru_cache
def _key(kind: str, _: int) -> PrivateKey:
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind]())
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def jwk(algorithm: str, number: int = 0, /, **members: object) -> dict[str, Any]:
    """Returns the public half of a key as a set has it; None drops a member."""
    public = key_for(algorithm, number).public_key()
    if isinstance(public, rsa.RSAPublicKey):
        published = RSAAlgorithm.to_jwk(public, as_dict=True)
    else:
        published = ECAlgorithm.to_jwk(public, as_dict=True)
    kept = {name: published[name] for name in published if name != "key_ops"}
    named = {**kept, "kid": f"{algorithm}-{number}", "use": "sig", **members}
    return {name: value for name, value in named.items() if value is not None}


def key_set_text(*keys: Mapping[str, object]) -> str:
    """Returns the text of a set of keys."""
    return json.dumps({"keys": keys})


def key_set(*algorithms: str) -> JwkSet:
    """Returns the set of the first key of each algorithm."""
    return parse_jwk_set(key_set_text(*map(jwk, algorithms)))


def claims(**changes: object) -> dict[str, Any]:
    """Returns the claims of a good token; a change to None drops a claim."""
    members: dict[str, object] = {
        "iss": ISSUER,
        "sub": "user-1",
        "aud": CLIENT,
        "iat": NOW,
        "exp": NOW + int(timedelta(hours=1).total_seconds()),
        **changes,
    }
    return {name: value for name, value in members.items() if value is not None}


def sign(
    payload: Mapping[str, object] | bytes,
    *,
    algorithm: str = "ES256",
    number: int = 0,
    key_id: str | None = "",
    **header: object,
) -> str:
    """Signs claims.

    Args:
        payload: the claims, or the bytes that stand for them.
        algorithm: of the key, and what the header says.
        number: of the key.
        key_id: what the header says; the key's own where it is empty.
        header: further members of the header; None drops one.
    """
    named = f"{algorithm}-{number}" if key_id == "" else key_id
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    members = {"typ": "JWT", "kid": named, **header}
    return jwt.PyJWS().encode(
        body,
        key_for(algorithm, number),
        algorithm=algorithm,
        headers={name: value for name, value in members.items() if value is not None},
    )


def part(value: bytes | str) -> str:
    """Encodes a part of a token."""
    raw = value.encode() if isinstance(value, str) else value
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forge(
    header: Mapping[str, object] | str | bytes, payload: Mapping[str, object] | bytes
) -> str:
    """Signs with the ES256 key, by hand, whatever the header and the claims say."""
    parts = [
        part(json.dumps(value) if isinstance(value, Mapping) else value)
        for value in (header, payload)
    ]
    signing_input = ".".join(parts)
    key = key_for("ES256")
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signature = ECAlgorithm(ECAlgorithm.SHA256).sign(signing_input.encode(), key)
    return f"{signing_input}.{part(signature)}"
