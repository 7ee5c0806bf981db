"""PyJWT, which we did not write, agrees about our tokens."""

from __future__ import annotations

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from daypass.keyring.algorithm import Algorithm
from daypass.keyring.jwks import jwks
from daypass.tokens.session_token import SessionTokenCodec, SessionTokenVerifier
from support.forge import Held, b64, claims_of, header_of, role_session
from support.rings import full_ring
from support.world import START, SeededEntropy

RING = full_ring(SeededEntropy(), START)
OPTIONS: jwt.types.Options = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_iat": False,
    "verify_aud": False,
}


def _judge(text: str, algorithm: Algorithm) -> dict[str, object]:
    published = jwt.PyJWKSet.from_dict(jwks(RING))
    kid = jwt.get_unverified_header(text)["kid"]
    return jwt.decode(
        text, published[kid], algorithms=[algorithm.value], options=OPTIONS
    )


@pytest.mark.parametrize("algorithm", Algorithm)
def test_changed_token_refused_by_pyjwt(algorithm: Algorithm) -> None:
    """A token of ours with another payload is refused there, too."""
    codec = SessionTokenCodec(algorithm=algorithm)
    header, _, signature = codec.encode(role_session(RING), RING).text.split(".")

    with pytest.raises(jwt.InvalidSignatureError):
        _judge(f"{header}.{b64('{}')}.{signature}", algorithm)


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("size_min", [0, 2000, 4096])
def test_our_token_taken_by_pyjwt(algorithm: Algorithm, size_min: int) -> None:
    """A token of ours, padded or not, is good there and says the same."""
    codec = SessionTokenCodec(algorithm=algorithm)
    text = codec.encode(role_session(RING), RING, size_min=size_min).text

    assert claims_of(text) == _judge(text, algorithm)
    assert jwt.get_unverified_header(text) == header_of(RING.signing_key(algorithm))


def test_pyjwt_token_taken_by_us() -> None:
    """A token that PyJWT makes with our key is good here."""
    key = RING.signing_key(Algorithm.EDDSA)
    claims = claims_of(SessionTokenCodec().encode(role_session(RING), RING).text)
    signer = Ed25519PrivateKey.from_private_bytes(key.private.reveal())
    headers = {"kid": key.kid, "typ": "daypass-session+jwt"}
    text = jwt.encode(claims, signer, algorithm="EdDSA", headers=headers)

    session = SessionTokenVerifier(ring=Held(RING)).verify(text, START)
    assert role_session(RING) == session
