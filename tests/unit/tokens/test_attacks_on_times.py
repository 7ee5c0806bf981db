"""Attacks on the times of our tokens, by their numbers.

Every token here is signed by the ring: what is refused is what it says.
Source: the project's attack catalogue, section J.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.core import limits
from daypass.core.clock import to_epoch_seconds
from daypass.core.errors import ExpiredTokenError
from daypass.core.session import SessionKind
from daypass.keyring.key import SigningKey
from daypass.keyring.ring import Ring
from daypass.tokens.session_token import SessionTokenCodec, SessionTokenVerifier
from support.forge import (
    Held,
    claims_of,
    forge,
    header_of,
    refusal,
    role_session,
)
from support.world import START

SECOND = timedelta(seconds=1)
NOW = to_epoch_seconds(START)


def _changed(token: str, key: SigningKey, **changes: object) -> str:
    return forge(header_of(key), claims_of(token) | changes, key)


def test_j23_j25_expired_at_equality(
    verifier: SessionTokenVerifier, token: str
) -> None:
    """A token is expired at the very second that it names, and after it."""
    end = START + timedelta(hours=1)

    for now in (end, end + timedelta(microseconds=1), end + timedelta(days=9)):
        with pytest.raises(ExpiredTokenError) as caught:
            verifier.verify(token, now)
        assert caught.value.detail == "session_token_expired"


def test_j24_no_leeway_for_expiry(verifier: SessionTokenVerifier, token: str) -> None:
    """The leeway for clocks never lengthens a session."""
    with pytest.raises(ExpiredTokenError):
        verifier.verify(token, START + timedelta(hours=1) + SECOND)


def test_j25_good_until_just_before(
    verifier: SessionTokenVerifier, token: str, ring: Ring
) -> None:
    """A token is good up to the last microsecond before its end."""
    now = START + timedelta(hours=1) - timedelta(microseconds=1)

    assert role_session(ring) == verifier.verify(token, now)


def test_j23_issued_in_the_future(verifier: SessionTokenVerifier, token: str) -> None:
    """A token of the future is refused once it is beyond the leeway."""
    now = START - limits.OWN_TOKEN_LEEWAY - timedelta(microseconds=1)

    assert refusal(verifier, token, now) == "issued_in_the_future"


def test_j24_leeway_at_the_edge(
    verifier: SessionTokenVerifier, token: str, ring: Ring
) -> None:
    """A token that is exactly the leeway ahead is taken."""
    now = START - limits.OWN_TOKEN_LEEWAY

    assert role_session(ring) == verifier.verify(token, now)


CAPS = {
    SessionKind.ROLE: 43_200,
    SessionKind.USER: 129_600,
    SessionKind.FEDERATED_USER: 129_600,
    SessionKind.ROOT_TASK: 900,
    SessionKind.DELEGATED: 43_200,
}


@pytest.mark.parametrize("kind", SessionKind)
def test_j23_lives_too_long(ring: Ring, kind: SessionKind) -> None:
    """No kind of session lives longer than its longest."""
    lifetime = timedelta(seconds=CAPS[kind])
    too_long = role_session(ring, kind=kind, expire_time=START + lifetime + SECOND)
    longest = role_session(ring, kind=kind, expire_time=START + lifetime)
    verifier = SessionTokenVerifier(ring=Held(ring))
    codec = SessionTokenCodec()

    assert refusal(verifier, codec.encode(too_long, ring).text) == "lives_too_long"
    assert longest == verifier.verify(codec.encode(longest, ring).text, START)


@pytest.mark.parametrize("lifetime", [0, -1])
def test_j23_ends_before_it_begins(
    verifier: SessionTokenVerifier, token: str, key: SigningKey, lifetime: int
) -> None:
    """A token of the near future that ends when it begins, or before, is refused."""
    forged = _changed(token, key, iat=NOW + 5, exp=NOW + 5 + lifetime)

    assert refusal(verifier, forged) == "lives_no_time"


def test_j23_no_lifetime_is_expired(verifier: SessionTokenVerifier, ring: Ring) -> None:
    """A session that was issued with no time to live is expired at once."""
    session = role_session(ring, expire_time=START)
    text = SessionTokenCodec().encode(session, ring).text

    with pytest.raises(ExpiredTokenError):
        verifier.verify(text, START)
