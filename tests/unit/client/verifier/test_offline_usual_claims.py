"""The form that most claims have: whatever it reads, the strict reader reads too."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core.limits import EPOCH_SECONDS_MAX
from daypass.core.revocation import Epoch
from daypass.core.session import Session, SessionKind
from daypass.keyring.ring import Ring
from daypass.tokens.session_claims import encode_claims
from daypass_client.verifier import SessionClaims, base64url
from daypass_client.verifier.claims import Claims
from daypass_client.verifier.errors import RefusedError
from daypass_client.verifier.lineage import Origin
from daypass_client.verifier.session_claims import _check_lifetime, _read_any, read
from daypass_client.verifier.usual_claims import read_usual
from support.offline import OfflineWorld

Read = tuple[SessionClaims, Origin]

BEGIN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PACKED = base64url.encode(zlib.compress(b'{"t":{"team":"a, b"},"x":["team"]}')).decode()
PAYLOAD = json.dumps(
    {
        "ver": 1,
        "iss": "ring-1",
        "jti": "ASIA" + "Q" * 16,
        "sub": "AROA" + "R" * 17,
        "iat": 1_767_323_045,
        "exp": 1_767_326_645,
        "kind": "role",
        "acct": "111122223333",
        "name": "dev@example.com",
        "epoch": ["log-1", 7],
        "dkid": "d1",
        "origin": "AIDA" + "U" * 17,
    },
    separators=(",", ":"),
).encode()
# One that has all that the form knows.
CHAINED = encode_claims(
    Session(
        kind=SessionKind.ROLE,
        access_key_id="ASIA" + "Q" * 16,
        account_id="111122223333",
        principal_id="AROA" + "R" * 17,
        session_name="dev@example.com",
        issue_time=BEGIN,
        expire_time=BEGIN + timedelta(hours=1),
        epoch=Epoch("log-1", 7),
        derivation_key_id="d1",
        origin_id="AIDA" + "U" * 17,
        chain_began=BEGIN,
        ancestors=("AKIA" + "O" * 16, "ASIA" + "P" * 16),
        ancestor_principals=("444455556666", "AROA" + "S" * 17),
        source_identity="ann",
        mfa_time=BEGIN,
    ),
    ring_id="ring-1",
    packed=PACKED,
)
# What a session has at times, as servers write it.
OTHERS: dict[str, st.SearchStrategy[object]] = {
    "cbeg": st.integers(0, EPOCH_SECONDS_MAX),
    "anc": st.lists(st.text(" !,[]az", max_size=3), min_size=1, max_size=3),
    "ancp": st.lists(st.text(" !,[]az", max_size=3), min_size=1, max_size=3),
    "srcid": st.text(" !,:az", max_size=3),
    "mfa": st.integers(0, EPOCH_SECONDS_MAX),
    "packed": st.just(PACKED) | st.text(max_size=3),
}
PIECES = st.sampled_from(
    [
        *(b'"', b"\\", b",", b":", b"{", b"}", b"[", b"]", b" ", b"\n", b"\t", b"\0"),
        *(b"0", b"-", b"+", b".0", b"e1", b"true", b"null", b"1" * 20, b"\xc2\xa0"),
        *(b"\xff", b"\x7f", b"\xef\xbb\xbf", b"\\u0041", b'"iss":"x",', b'"anc":[],'),
        *(b'"ver":1,', b',"packed":""', b',"mfa":1', b"253402300799", b"253402300800"),
    ]
)


def outcome(payload: bytes) -> Read | None:
    """Returns what is read of a payload; None where it is refused."""
    try:
        return read(payload)
    except RefusedError:
        return None


def strictly(payload: bytes) -> Read | None:
    """Returns what the strict reader alone reads."""
    try:
        found = _read_any(Claims.of(payload))
        _check_lifetime(found[0])
    except RefusedError:
        return None
    return found


def test_the_usual_form_is_read() -> None:
    """What most tokens say is read at once, and blanks at the end change nothing."""
    assert read_usual(PAYLOAD) is not None
    assert strictly(PAYLOAD) == outcome(PAYLOAD) == outcome(PAYLOAD.ljust(900))
    assert outcome(PAYLOAD) is not None


def test_servers_write_the_usual_form(ring: Ring) -> None:
    """What a server writes for a session that says nothing unusual is of the form."""
    payload = base64url.decode(OfflineWorld(ring).token().split(".")[1].encode())

    assert read_usual(payload) is not None


def test_what_sessions_have_at_times_is_read() -> None:
    """A chain, a source identity, a second factor and tags are read at once as well."""
    found = outcome(CHAINED)

    assert read_usual(CHAINED) == strictly(CHAINED) == found
    assert found is not None
    assert "ann" == found[0].source_identity
    assert {"team": "a, b"} == found[0].tags
    assert ("444455556666", "AROA" + "S" * 17) == found[1].ancestor_principals


@given(
    before=st.sampled_from([PAYLOAD, CHAINED]),
    at=st.integers(0, len(CHAINED)),
    cut=st.integers(0, 40),
    piece=st.none() | PIECES,
)
def test_changed_claims_are_read_the_same(
    before: bytes, at: int, cut: int, piece: bytes | None
) -> None:
    """A payload that was changed anywhere comes to what the strict reader says."""
    payload = before[:at] + (piece or b"") + before[at + cut :]

    assert strictly(payload) == outcome(payload)


@given(
    value=st.text(max_size=12)
    | st.integers(-1, EPOCH_SECONDS_MAX + 1)
    | st.booleans()
    | st.none()
    | st.lists(st.text(max_size=3) | st.integers(0, 9), max_size=3),
    which=st.integers(0, 11),
    is_ascii=st.booleans(),
)
def test_other_values_are_read_the_same(
    value: object, which: int, *, is_ascii: bool
) -> None:
    """A claim of any value and type comes to what the strict reader says."""
    members = json.loads(PAYLOAD)
    members[list(members)[which]] = value
    text = json.dumps(members, ensure_ascii=is_ascii, separators=(",", ":"))
    payload = text.encode("utf-8", "surrogatepass")

    assert strictly(payload) == outcome(payload)


@given(others=st.fixed_dictionaries({}, optional=OTHERS), turned=st.booleans())
def test_others_are_read_the_same(others: dict[str, object], *, turned: bool) -> None:
    """What sessions have at times, in any order, comes to what the reader says."""
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
        (b'"iat":', b'"iat":0'),
        (b"1767323045,", b"253402300800,"),
        (b"}", b',"anc":[]}'),
        (b"}", b',"ancp":["a"],"anc":["a"]}'),
        (b"}", b',"idp":"a","fed":{}}'),
        (b"}", b',"origin":"b"}'),
        (b"}", b"}x"),
    ],
)
def test_anything_else_is_left_to_the_reader(old: bytes, new: bytes) -> None:
    """What is not in the one form is not read by the expression."""
    assert old in PAYLOAD

    assert read_usual(PAYLOAD.replace(old, new, 1)) is None
