"""Session tokens carry a session whole, in the size that was asked for."""

from __future__ import annotations

import random
import string
from dataclasses import MISSING, fields, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import chain_limits, limits
from daypass.core.errors import (
    ExpiredTokenError,
    InternalFailureError,
    InvalidClientTokenIdError,
    PackedPolicyTooLargeError,
)
from daypass.core.revocation import Epoch
from daypass.core.session import Session, SessionKind, SessionPolicies
from daypass.keyring.algorithm import Algorithm
from daypass.tokens.session_token import SessionTokenCodec, SessionTokenVerifier
from support.forge import Held, b64_decode, claims_of, role_session
from support.rings import full_ring
from support.world import START, SeededEntropy

RING = full_ring(SeededEntropy(), START)
VERIFIER = SessionTokenVerifier(ring=Held(RING))
CODEC = SessionTokenCodec()

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
instants = st.integers(0, 900).map(lambda seconds: START + timedelta(seconds=seconds))
sessions = st.builds(
    role_session,
    ring=st.just(RING),
    kind=st.sampled_from(SessionKind),
    access_key_id=words,
    account_id=words,
    principal_id=words,
    session_name=words,
    expire_time=st.integers(1, 900).map(lambda n: START + timedelta(seconds=n)),
    epoch=st.builds(Epoch, words, st.integers(0, 10**9)),
    derivation_key_id=words,
    origin_id=words,
    ancestors=st.lists(words, max_size=4).map(tuple),
    ancestor_principals=st.lists(words, max_size=4).map(tuple),
    tags=st.dictionaries(words, words, max_size=4),
    source_identity=st.none() | words,
    mfa_time=st.none() | instants,
    federated_provider=st.none() | words,
    chain_began=st.none() | instants,
    federated_keys=st.dictionaries(
        words, st.lists(words, max_size=2).map(tuple), max_size=3
    ),
    policies=st.builds(
        SessionPolicies, st.none() | words, st.lists(words, max_size=2).map(tuple)
    ),
)


@given(session=sessions)
def test_round_trip(session: Session) -> None:
    """Every session survives its token, member by member."""
    text = CODEC.encode(session, RING).text

    assert session == VERIFIER.verify(text, START)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_every_algorithm_signs(algorithm: Algorithm) -> None:
    """A token of any algorithm of the ring is read back."""
    text = SessionTokenCodec(algorithm=algorithm).encode(role_session(RING), RING).text

    assert role_session(RING) == VERIFIER.verify(text, START)


def test_no_key_of_the_algorithm_is_our_failure() -> None:
    """A ring without a key of the algorithm signs nothing."""
    ring = replace(RING, keys=RING.keys[:1])

    with pytest.raises(InternalFailureError):
        SessionTokenCodec(algorithm=Algorithm.ES256).encode(role_session(ring), ring)


def test_token_is_header_safe() -> None:
    """A token is printable ASCII without blanks, whatever the session holds."""
    session = role_session(RING, session_name="\u00e4\n", tags={"\u2028": "\x00"})

    text = CODEC.encode(session, RING).text

    assert set(text) <= set(string.ascii_letters + string.digits + "-_.")


def test_claims_say_who_and_where() -> None:
    """The registered claims are those that the list in the module names."""
    session = role_session(RING)
    claims = claims_of(CODEC.encode(session, RING).text)

    assert {
        "ver": 1,
        "iss": RING.ring_id,
        "jti": session.access_key_id,
        "sub": session.principal_id,
        "iat": int(START.timestamp()),
        "exp": int(START.timestamp()) + 3600,
        "kind": "role",
        "acct": "123456789012",
        "name": "alice",
        "epoch": ["log-1", 7],
        "dkid": RING.current_derivation.key_id,
        "origin": session.origin_id,
    } == claims


def test_optional_claims_are_absent_unless_said() -> None:
    """A session with all there is to say adds the five optional claims."""
    full = role_session(
        RING,
        ancestors=("ASIA" + "P" * 16,),
        source_identity="bob",
        mfa_time=START,
        federated_provider="provider",
        tags={"team": "red"},
    )
    plain = set(claims_of(CODEC.encode(role_session(RING), RING).text))

    added = set(claims_of(CODEC.encode(full, RING).text)) - plain
    assert {"anc", "srcid", "mfa", "idp", "packed"} == added


def test_secrets_are_not_in_the_token() -> None:
    """No derivation secret stands in what the token says."""
    payload = b64_decode(CODEC.encode(role_session(RING), RING).text.split(".")[1])
    secret = RING.current_derivation.secret.reveal()

    assert secret not in payload
    assert secret.hex().encode() not in payload


def test_token_does_not_print() -> None:
    """The text form of an encoded token shows its size and nothing of it."""
    token = CODEC.encode(role_session(RING), RING)

    assert f"EncodedSessionToken(size={token.size})" == repr(token)


def test_size_is_the_length() -> None:
    """The size that is reported is the length of the text."""
    token = CODEC.encode(role_session(RING), RING)

    assert len(token.text) == token.size


def test_packed_percent_is_none_without_policies_and_tags() -> None:
    """A session without policies and tags reports no packed size."""
    assert CODEC.encode(role_session(RING), RING).packed_percent is None


def test_packed_percent_is_reported_where_asked_for() -> None:
    """An operation that always reports a packed size reports at least one."""
    token = CODEC.encode(role_session(RING), RING, report_packed=True)

    assert token.packed_percent == 1


def test_packed_percent_of_policies_and_tags() -> None:
    """A session with a small policy or tag reports a few per cent."""
    session = role_session(RING, tags={"team": "red"})

    percent = CODEC.encode(session, RING, report_packed=True).packed_percent

    assert percent is not None
    assert 1 < percent < 10


PLAIN_SIZE = CODEC.encode(role_session(RING), RING).size


@pytest.mark.parametrize("size_min", [0, 1, PLAIN_SIZE - 1, PLAIN_SIZE])
def test_padding_below_the_size_changes_nothing(size_min: int) -> None:
    """A token that is long enough is not padded."""
    assert CODEC.encode(role_session(RING), RING, size_min=size_min).size == PLAIN_SIZE


@given(size_min=st.integers(PLAIN_SIZE + 1, limits.SESSION_TOKEN_BYTES_MAX))
def test_padding_reaches_the_size(size_min: int) -> None:
    """A padded token has the length that was asked for, or one character more."""
    token = CODEC.encode(role_session(RING), RING, size_min=size_min)

    assert size_min <= token.size <= size_min + 1
    assert role_session(RING) == VERIFIER.verify(token.text, START)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_padding_to_the_largest_token(algorithm: Algorithm) -> None:
    """A token of exactly the largest size exists, and is read back."""
    codec = SessionTokenCodec(algorithm=algorithm)
    largest = limits.SESSION_TOKEN_BYTES_MAX

    token = codec.encode(role_session(RING), RING, size_min=largest)

    assert largest == token.size
    assert role_session(RING) == VERIFIER.verify(token.text, START)


def _noise(characters: int) -> str:
    source = random.Random(0)  # noqa: S311 - repeatable on purpose.
    return "".join(source.choices(string.ascii_letters, k=characters))


def test_token_beyond_its_limit() -> None:
    """A token that is too long for its limit is refused, with how long it is."""
    session = role_session(RING, federated_provider=_noise(3000))

    with pytest.raises(PackedPolicyTooLargeError) as caught:
        CODEC.encode(session, RING)

    percent = int(caught.value.metadata["percent"])
    assert f"Packed policy consumes {percent}% of allotted space" == (
        caught.value.message
    )
    assert percent > 100


def test_largest_session_fits() -> None:
    """The longest chain with full policies and tags fits into a token."""
    policy = ""
    for characters in range(1500, 2048, 4):
        candidate = role_session(RING, policies=SessionPolicies(_noise(characters)))
        try:
            CODEC.encode(candidate, RING)
        except PackedPolicyTooLargeError:
            break
        policy = _noise(characters)
    session = role_session(
        RING,
        session_name="n" * limits.SESSION_NAME_CHARACTERS_MAX,
        ancestors=tuple(f"ASIA{n:016}" for n in range(chain_limits.CHAIN_DEPTH_MAX)),
        source_identity="s" * limits.SOURCE_IDENTITY_CHARACTERS_MAX,
        policies=SessionPolicies(policy),
    )

    token = CODEC.encode(session, RING)

    assert token.size <= limits.SESSION_TOKEN_BYTES_MAX
    assert token.packed_percent is not None
    assert token.packed_percent > 95


@pytest.mark.parametrize("access_key_id", ["", "ASIA" + "P" * 16, "asia" + "q" * 16])
def test_token_of_another_key_refused(access_key_id: str) -> None:
    """A token is bound to the credentials that it was issued with."""
    text = CODEC.encode(role_session(RING), RING).text

    with pytest.raises(InvalidClientTokenIdError) as caught:
        VERIFIER.verify(text, START, access_key_id=access_key_id)

    assert caught.value.detail == "session_token_of_another_key"


def test_binding_is_decided_before_expiry() -> None:
    """An expired token of another key is not said to be expired."""
    text = CODEC.encode(role_session(RING), RING).text
    later = START + timedelta(days=1)

    with pytest.raises(InvalidClientTokenIdError):
        VERIFIER.verify(text, later, access_key_id="another")
    with pytest.raises(ExpiredTokenError):
        VERIFIER.verify(text, later, access_key_id=role_session(RING).access_key_id)


def test_token_of_its_own_key_taken() -> None:
    """A token that came with its own credentials is taken."""
    session = role_session(RING)
    text = CODEC.encode(session, RING).text

    bound = VERIFIER.verify(text, START, access_key_id=session.access_key_id)
    assert session == bound


def test_every_member_is_read_back() -> None:
    """A session in which nothing is left at its default comes back whole."""
    session = role_session(
        RING,
        ancestors=("ASIA" + "P" * 16, "ASIA" + "O" * 16),
        ancestor_principals=("AROA" + "P" * 17, "AROA" + "O" * 17),
        tags={"team": "red", "cost": "1"},
        transitive_tag_keys=frozenset({"team"}),
        source_identity="bob",
        mfa_time=START - timedelta(minutes=5),
        federated_provider="provider",
        federated_keys={"saml:sub": ("bob",)},
        chain_began=START - timedelta(hours=1),
        policies=SessionPolicies("{}", ("arn:aws:iam::aws:policy/ReadOnly",)),
    )
    defaults = [
        field.name
        for field in fields(Session)
        if getattr(session, field.name) == getattr(role_session(RING), field.name)
        and not (field.default is MISSING and field.default_factory is MISSING)
    ]

    assert defaults == []
    assert session == VERIFIER.verify(CODEC.encode(session, RING).text, START)
