"""Attacks on what is remembered between two looks at a token, by their numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from daypass.core.errors import ExpiredTokenError
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.key import KeyState
from daypass.keyring.ring import Ring
from daypass.tokens import jws
from daypass.tokens.errors import TokenRefusedError
from daypass.tokens.session_token import SessionTokenCodec, SessionTokenVerifier
from daypass.tokens.signature_checks import SignatureChecks
from support.forge import Held, b64, b64_decode, refusal, role_session
from support.world import START


def _in_state(ring: Ring, kid: str, state: KeyState) -> Ring:
    """Returns the ring with one key in another state, and a fresh one signing."""
    keys = tuple(
        replace(entry, state=state) if entry.key.kid == kid else entry
        for entry in ring.keys
    )
    return replace(ring, version=ring.version + 1, keys=keys)


def test_j54_other_signature_after_a_hit(
    verifier: SessionTokenVerifier, token: str
) -> None:
    """The same claims with another signature are not known from before."""
    verifier.verify(token, START)
    header, payload, signature = token.split(".")
    changed = bytearray(b64_decode(signature))
    changed[0] ^= 1

    reason = refusal(verifier, f"{header}.{payload}.{b64(bytes(changed))}")

    assert reason == "wrong_signature"


def test_j54_refused_token_is_not_remembered(
    verifier: SessionTokenVerifier, token: str
) -> None:
    """A token that was refused once is refused again."""
    header, payload, _ = token.split(".")
    forged = f"{header}.{payload}.{b64(bytes(64))}"

    assert refusal(verifier, forged) == refusal(verifier, forged) == "wrong_signature"


def test_j55_expired_after_a_hit(verifier: SessionTokenVerifier, token: str) -> None:
    """A token that is remembered expires like any other."""
    verifier.verify(token, START)

    with pytest.raises(ExpiredTokenError):
        verifier.verify(token, START + timedelta(hours=1))


@pytest.mark.parametrize("state", [KeyState.PREPARED, KeyState.RETIRED])
def test_j55_j56_key_gone_after_a_hit(
    held: Held[Ring], token: str, state: KeyState
) -> None:
    """A token that is remembered dies with its key, at once."""
    verifier = SessionTokenVerifier(ring=held)
    verifier.verify(token, START)

    held.value = _in_state(held.value, held.value.signing_key().kid, state)

    assert refusal(verifier, token) == "key_unknown"


def test_j55_issuer_changed_after_a_hit(held: Held[Ring], token: str) -> None:
    """A token that is remembered is of the ring in force, or of none."""
    verifier = SessionTokenVerifier(ring=held)
    verifier.verify(token, START)

    held.value = replace(held.value, ring_id="other")

    assert refusal(verifier, token) == "issuer_not_this_ring"


def test_j56_retiring_key_still_verifies(held: Held[Ring], token: str) -> None:
    """A key that signs no more verifies what it signed."""
    session = role_session(held.value)
    kid = held.value.signing_key().kid

    held.value = _in_state(held.value, kid, KeyState.RETIRING)

    assert session == SessionTokenVerifier(ring=held).verify(token, START)


def test_j38_twin_of_an_es256_token(ring: Ring) -> None:
    """The other signature of an ES256 token is refused: a token has one form."""
    codec = SessionTokenCodec(algorithm=Algorithm.ES256)
    text = codec.encode(role_session(ring), ring).text
    verifier = SessionTokenVerifier(ring=Held(ring))
    header, payload, signature = text.split(".")
    raw = b64_decode(signature)
    s = ec.SECP256R1().group_order - int.from_bytes(raw[32:], "big")
    twin = f"{header}.{payload}.{b64(raw[:32] + s.to_bytes(32, 'big'))}"

    assert refusal(verifier, twin) == "wrong_signature"
    assert role_session(ring) == verifier.verify(text, START)


def test_remembered_token_is_read_again(
    verifier: SessionTokenVerifier, token: str, ring: Ring
) -> None:
    """A token that is remembered gives the same session as the first time."""
    first = verifier.verify(token, START)

    assert first == verifier.verify(token, START) == role_session(ring)


def test_memory_is_bounded() -> None:
    """What is remembered never grows beyond its bound."""
    checks = SignatureChecks(size_max=2)

    for number in range(3):
        checks.put(bytes([number]), "k")

    assert [checks.get(bytes([number])) for number in range(3)] == [None, "k", "k"]


def test_memory_is_of_one_key(ring: Ring) -> None:
    """That one key signed a token says nothing about another."""
    signer, other = (
        ring.signing_key(algorithm) for algorithm in (Algorithm.EDDSA, Algorithm.ES256)
    )
    text = jws.sign(b"{}", signer, token_type="t").encode()
    checks = SignatureChecks()
    checks.put(sha256(text).digest(), other.kid)
    forged = text[:-4] + b"AAAA"
    checks.put(sha256(forged).digest(), other.kid)

    assert b"{}" == jws.parse(text).verify(
        signer.verifying_key, token_type="t", checks=checks
    )
    with pytest.raises(TokenRefusedError, match="wrong_signature"):
        jws.parse(forged).verify(signer.verifying_key, token_type="t", checks=checks)
