"""The form that most claims have: whatever it reads, the strict loader reads too."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core.limits import EPOCH_SECONDS_MAX, TOKEN_BYTES_MAX
from daypass.core.revocation import Epoch
from daypass.core.session import Session, SessionKind, SessionPolicies
from daypass.core.strict_json import InvalidJsonError, loads_object
from daypass.tokens.claims import VerifiedClaims
from daypass.tokens.errors import TokenRefusedError
from daypass.tokens.packing import pack
from daypass.tokens.session_claims import decode_claims, encode_claims, read_session
from daypass.tokens.usual_claims import read_usual

RING = "ring-1"
BEGIN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SESSION = Session(
    kind=SessionKind.ROLE,
    access_key_id="ASIA" + "Q" * 16,
    account_id="111122223333",
    principal_id="AROA" + "R" * 17,
    session_name="dev@example.com",
    issue_time=BEGIN,
    expire_time=BEGIN + timedelta(hours=1),
    epoch=Epoch("log", 7),
    derivation_key_id="d1",
    origin_id="AIDA" + "U" * 17,
)
PAYLOAD = encode_claims(SESSION, ring_id=RING, packed=None)


def written(session: Session) -> bytes:
    """Returns the claims of a session as its token has them."""
    packed = pack(session)
    return encode_claims(session, ring_id=RING, packed=packed.text if packed else None)


# One that has all that the form knows.
CHAINED = replace(
    SESSION,
    chain_began=BEGIN - timedelta(hours=1),
    ancestors=("AKIA" + "O" * 16, "ASIA" + "P" * 16),
    ancestor_principals=("444455556666", "AROA" + "S" * 17),
    tags={"team": "a, b", "cost": ""},
    transitive_tag_keys=frozenset({"team"}),
    source_identity="ann",
    mfa_time=BEGIN - timedelta(hours=2),
    policies=SessionPolicies(managed_arns=("arn:aws:iam::aws:policy/ReadOnlyAccess",)),
)
PAYLOADS = (PAYLOAD, written(CHAINED))
# What a session has at times, as `session_claims` writes it.
OTHERS: dict[str, st.SearchStrategy[object]] = {
    "cbeg": st.integers(0, EPOCH_SECONDS_MAX),
    "anc": st.lists(st.text(" !,[]az", max_size=3), min_size=1, max_size=3),
    "ancp": st.lists(st.text(" !,[]az", max_size=3), min_size=1, max_size=3),
    "srcid": st.text(" !,:az", max_size=3),
    "mfa": st.integers(0, EPOCH_SECONDS_MAX),
    "packed": st.just(str(json.loads(PAYLOADS[1])["packed"])) | st.text(max_size=3),
}
# Marks of JSON, spellings of numbers, and what other readers forgive.
PIECES = st.sampled_from(
    [
        *(b'"', b"\\", b",", b":", b"{", b"}", b"[", b"]", b" ", b"\n", b"\t", b"\0"),
        *(b"0", b"-", b"+", b".0", b"e1", b"true", b"null", b"1" * 20, b"\xc2\xa0"),
        *(b"\xff", b"\x7f", b"\xef\xbb\xbf", b"\\u0041", b'"iss":"x",', b'"anc":[],'),
        *(b'"ver":1,', b',"packed":""', b',"mfa":1', b"253402300799", b"253402300800"),
    ]
)


def outcome(payload: bytes) -> Session | str:
    """Returns the session that a payload is of, or why it is of none."""
    try:
        return read_session(payload, ring_id=RING)
    except TokenRefusedError as error:
        return error.reason


def strictly(payload: bytes) -> Session | str:
    """Reads a payload by the strict loader alone."""
    try:
        members = loads_object(payload, size_max=TOKEN_BYTES_MAX)
        return decode_claims(VerifiedClaims(members), ring_id=RING)
    except InvalidJsonError:
        return "claims_not_json"
    except TokenRefusedError as error:
        return error.reason


def test_our_own_form_is_read() -> None:
    """What is written for a session that says nothing unusual is read at once."""
    assert SESSION == read_usual(PAYLOAD, ring_id=RING)
    assert SESSION == outcome(PAYLOAD)


@pytest.mark.parametrize(
    "name",
    [
        *("chain_began", "ancestors", "ancestor_principals", "source_identity"),
        *("mfa_time", "tags", "policies"),
    ],
)
def test_what_sessions_have_at_times_is_read(name: str) -> None:
    """One thing more, or all of them, are read at once as well."""
    session = replace(SESSION, **{name: getattr(CHAINED, name)})

    assert session == read_usual(written(session), ring_id=RING)
    assert CHAINED == read_usual(written(CHAINED), ring_id=RING)


def test_federated_sessions_are_left_to_the_loader() -> None:
    """What a provider's proof leaves is none of the form."""
    session = replace(
        SESSION, federated_provider="arn:x", federated_keys={"saml:sub": ("s",)}
    )
    payload = written(session)

    assert read_usual(payload, ring_id=RING) is None
    assert session == outcome(payload)


@given(
    before=st.sampled_from(PAYLOADS),
    at=st.integers(0, len(PAYLOADS[1])),
    cut=st.integers(0, 40),
    piece=st.none() | PIECES,
)
def test_changed_claims_are_read_the_same(
    before: bytes, at: int, cut: int, piece: bytes | None
) -> None:
    """A payload that was changed anywhere comes to what the strict loader says."""
    payload = before[:at] + (piece or b"") + before[at + cut :]

    assert strictly(payload) == outcome(payload)


@given(
    values=st.lists(
        st.text(max_size=12)
        | st.integers(-1, EPOCH_SECONDS_MAX + 1)
        | st.booleans()
        | st.none()
        | st.lists(st.text(max_size=3) | st.integers(0, 9), max_size=3),
        min_size=12,
        max_size=12,
    ),
    which=st.sets(st.integers(0, 11), max_size=2),
    is_ascii=st.booleans(),
)
def test_other_values_are_read_the_same(
    values: list[object], which: set[int], *, is_ascii: bool
) -> None:
    """A claim of any value and type comes to what the strict loader says."""
    members = json.loads(PAYLOAD)
    for number in which:
        members[list(members)[number]] = values[number]
    text = json.dumps(members, ensure_ascii=is_ascii, separators=(",", ":"))
    payload = text.encode("utf-8", "surrogatepass")

    assert strictly(payload) == outcome(payload)


@given(others=st.fixed_dictionaries({}, optional=OTHERS), turned=st.booleans())
def test_others_are_read_the_same(others: dict[str, object], *, turned: bool) -> None:
    """What sessions have at times, in any order, comes to what the loader says."""
    names = reversed(OTHERS) if turned else OTHERS
    members = {name: others[name] for name in names if name in others}
    text = json.dumps(members, separators=(",", ":"))
    payload = PAYLOAD[:-1] + (b"," + text[1:].encode() if members else b"}")

    assert strictly(payload) == outcome(payload)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"dev@example.com"', '"dév"'.encode()),
        (b'"dev@example.com"', b'"d\\u0065v"'),
        (b'"ver":1,', b'"ver": 1,'),
        (b'"ver":1,', b'"ver":2,'),
        (b'"iat":', b'"iat":0'),
        (b'"iat":', b'"iat":-'),
        (b"1767323045,", b"253402300800,"),
        (b'"iat":1767323045,"exp"', b'"iat":true,"exp"'),
        (b"}", b',"anc":[]}'),
        (b"}", b',"anc":["a",]}'),
        (b"}", b',"ancp":["a"],"anc":["a"]}'),
        (b"}", b',"anc":["a"],"anc":["a"]}'),
        (b"}", b',"cbeg":null}'),
        (b"}", b',"mfa":-1}'),
        (b"}", b',"srcid":["a"]}'),
        (b"}", b',"origin":"b"}'),
        (b"}", b"}x"),
        (b"}", b"}\n"),
    ],
)
def test_anything_else_is_left_to_the_loader(old: bytes, new: bytes) -> None:
    """What is not in the one form is not read by the expression."""
    assert old in PAYLOAD

    assert read_usual(PAYLOAD.replace(old, new, 1), ring_id=RING) is None


def test_blanks_at_the_end_are_of_the_form() -> None:
    """A token that was made longer is read the same."""
    assert SESSION == outcome(PAYLOAD.ljust(900))


def test_claims_of_another_ring_are_refused() -> None:
    """The usual form of another deployment is refused for its issuer."""
    payload = PAYLOAD.replace(b'"ring-1"', b'"ring-2"')

    assert "issuer_not_this_ring" == outcome(payload)


def test_claims_of_no_kind_are_refused() -> None:
    """The usual form with a kind that nobody knows is refused for it."""
    payload = PAYLOAD.replace(b'"role"', b'"rule"')

    assert "kind_unknown" == outcome(payload)
