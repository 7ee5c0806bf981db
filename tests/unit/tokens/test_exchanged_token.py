"""Tokens of exchanges: what is written is what is read, within its times."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import exchange_limits
from daypass.core.errors import ValidationError
from daypass.core.exchanged_token import ExchangedToken, Party, TokenUse
from daypass.core.revocation import Epoch
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.jwks import jwks
from daypass.keyring.key import SigningKey
from daypass.keyring.ring import Ring
from daypass.tokens.exchanged_token import (
    ExchangedTokenCodec,
    ExchangedTokenVerifier,
    claims_to_be_one,
)
from daypass.tokens.session_token import SessionTokenVerifier
from support.exchanged import (
    ACCESS_TYPE,
    OUR_ISSUER,
    encoded,
    exchanged_token,
    refused,
)
from support.forge import Held, b64, claims_of, forge, header_of, refusal
from support.rings import full_ring
from support.world import START, SeededEntropy

RING = full_ring(SeededEntropy(), START)
SECOND = timedelta(seconds=1)
LEEWAY = timedelta(seconds=5)
TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
WORD = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1)
PARTIES = st.builds(Party, TEXT, TEXT)
TOKENS = st.builds(
    ExchangedToken,
    use=st.sampled_from(TokenUse),
    token_id=TEXT,
    party=PARTIES,
    audiences=st.lists(TEXT, min_size=1, max_size=3).map(tuple),
    scopes=st.lists(WORD, max_size=3).map(tuple),
    account_id=TEXT,
    client_arn=TEXT,
    client_principal_id=TEXT,
    issue_time=st.just(START),
    expire_time=st.integers(1, 43_200).map(lambda n: START + timedelta(seconds=n)),
    epoch=st.builds(Epoch, TEXT, st.integers(0, 2**31)),
    actors=st.lists(PARTIES, max_size=exchange_limits.ACTORS_MAX).map(tuple),
    lineage=st.lists(TEXT, max_size=3).map(tuple),
    principals=st.lists(TEXT, max_size=3).map(tuple),
)


@pytest.fixture
def reader(held: Held[Ring]) -> ExchangedTokenVerifier:
    """Returns a reader of tokens of exchanges."""
    return ExchangedTokenVerifier(ring=held, issuer=OUR_ISSUER)


@given(TOKENS)
def test_reads_what_was_written(token: ExchangedToken) -> None:
    """What is written is read back, whatever it says."""
    text = ExchangedTokenCodec(issuer=OUR_ISSUER).encode(token, RING)

    reader = ExchangedTokenVerifier(ring=Held(RING), issuer=OUR_ISSUER)
    assert token == reader.verify(text, START)


def test_too_large_is_not_made(ring: Ring) -> None:
    """A token that no reader would take is not made."""
    with pytest.raises(ValidationError) as caught:
        encoded(ring, audiences=tuple("a" * 255 for _ in range(40)))

    assert "token_too_large" == caught.value.detail


def test_j23_j25_expired_at_its_expiry(
    reader: ExchangedTokenVerifier, ring: Ring
) -> None:
    """A token is good until the last instant before its expiry."""
    text, end = encoded(ring), exchanged_token().expire_time

    assert "expired" == refused(reader, text, end)
    assert exchanged_token() == reader.verify(text, end - timedelta(microseconds=1))


def test_j23_j24_future_token(reader: ExchangedTokenVerifier, ring: Ring) -> None:
    """A token from further in the future than clocks may differ is refused."""
    text = encoded(ring)

    assert "issued_in_the_future" == refused(
        reader, text, START - LEEWAY - timedelta(microseconds=1)
    )
    assert exchanged_token() == reader.verify(text, START - LEEWAY)


@pytest.mark.parametrize(
    ("lifetime", "reason"),
    [
        (exchange_limits.EXCHANGED_LIFETIME_MAX + SECOND, "lives_too_long"),
        (timedelta(0), "lives_no_time"),
        (-SECOND, "lives_no_time"),
    ],
)
def test_j23_impossible_lifetime(
    reader: ExchangedTokenVerifier, ring: Ring, lifetime: timedelta, reason: str
) -> None:
    """A token that lives longer than any, or not at all, is refused."""
    assert reason == refused(reader, encoded(ring, expire_time=START + lifetime))


def test_longest_lifetime_is_good(reader: ExchangedTokenVerifier, ring: Ring) -> None:
    """A token may live for just the longest time."""
    end = START + exchange_limits.EXCHANGED_LIFETIME_MAX

    assert end == reader.verify(encoded(ring, expire_time=end), START).expire_time


def test_one_audience_is_a_string(ring: Ring) -> None:
    """One audience is written as a string and several as a list (detail 59)."""
    one = claims_of(encoded(ring, audiences=("a",)))
    two = claims_of(encoded(ring, audiences=("a", "b")))

    assert ("a", ["a", "b"]) == (one["aud"], two["aud"])


def test_present_actor_is_outermost(ring: Ring) -> None:
    """Who acts now is outermost, and who acted before is nested inside."""
    first, second = Party("https://a.example", "a"), Party("https://b.example", "b")
    claims = claims_of(encoded(ring, actors=(second, first)))

    inner = {"iss": "https://a.example", "sub": "a"}
    assert {"iss": "https://b.example", "sub": "b", "act": inner} == claims["act"]


def test_secrets_of_nobody(ring: Ring) -> None:
    """What is absent is left out, and not null."""
    bare = claims_of(encoded(ring, actors=(), scopes=(), lineage=(), principals=()))

    assert {"act", "scope"}.isdisjoint(bare)
    assert {"ver", "ring", "acct", "client", "epoch"} == set(bare["daypass"])  # type: ignore[call-overload]


@pytest.mark.parametrize("algorithm", Algorithm)
def test_taken_by_pyjwt(algorithm: Algorithm) -> None:
    """PyJWT, which we did not write, takes our token by the key set, and its claims."""
    codec = ExchangedTokenCodec(issuer=OUR_ISSUER, algorithm=algorithm)
    text = codec.encode(exchanged_token(), RING)
    published = jwt.PyJWKSet.from_dict(jwks(RING))
    header = jwt.get_unverified_header(text)

    judged = jwt.decode(
        text,
        published[header["kid"]],
        algorithms=[algorithm.value],
        audience="images",
        issuer=OUR_ISSUER,
        options={
            "require": ["iss", "sub", "aud", "exp", "iat", "jti"],
            "verify_exp": False,
            "verify_iat": False,
        },
    )

    assert claims_of(text) == judged
    assert header_of(RING.signing_key(algorithm), ACCESS_TYPE) == header


def test_changed_token_refused_by_pyjwt() -> None:
    """Our token with another payload is refused there, too."""
    header, _, signature = encoded(RING).split(".")
    forged = f"{header}.{b64('{}')}.{signature}"
    published = jwt.PyJWKSet.from_dict(jwks(RING))

    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(forged, published[RING.signing_key().kid], algorithms=["EdDSA"])


@pytest.mark.parametrize("text", ["", ".", "e30.e30.AA", "x.y.z", "a" * 8_193])
def test_claims_to_be_nothing(text: str) -> None:
    """What has no header of ours claims to be no kind of token."""
    assert not claims_to_be_one(text.encode())


def test_claims_to_be_one(ring: Ring, token: str) -> None:
    """The header alone tells which kind a token claims to be."""
    header = encoded(ring).partition(".")[0]

    assert claims_to_be_one(header.encode())
    assert not claims_to_be_one(token.encode())


def test_j28_is_no_session_token(
    ring: Ring, verifier: SessionTokenVerifier, key: SigningKey, token: str
) -> None:
    """A token of an exchange is no session token, and a session token is none of it."""
    reader = ExchangedTokenVerifier(ring=Held(ring), issuer=OUR_ISSUER)
    dressed = forge(header_of(key, ACCESS_TYPE), claims_of(token), key)

    assert "wrong_type" == refusal(verifier, encoded(ring))
    assert "wrong_type" == refused(reader, token)
    assert "issuer_not_ours" == refused(reader, dressed)
