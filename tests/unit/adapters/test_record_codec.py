"""Packed records."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.adapters.record_codec import (
    CorruptRecordError,
    decode_revocation,
    decode_session,
    encode_revocation,
    encode_session,
    instant_of,
    microseconds,
)
from daypass.core.revocation import Revocation, RevocationScope
from daypass.core.session import SessionRecord
from support.any_records import INSTANTS, RECORDS, TEXT
from support.records import revocation, session_record
from support.world import START

REVOCATIONS = st.builds(
    Revocation, st.sampled_from(RevocationScope), TEXT, INSTANTS, INSTANTS
)
SESSION = json.loads(encode_session(session_record(1, now=START)))
REVOCATION = json.loads(encode_revocation(revocation("a", now=START)))


@given(RECORDS)
def test_session_comes_back(record: SessionRecord) -> None:
    """A record is unpacked as it was packed."""
    assert record == decode_session(encode_session(record))


@given(RECORDS)
def test_first_version_is_read(record: SessionRecord) -> None:
    """A record of the first version, which knew no binding, is read as unbound."""
    members = json.loads(encode_session(record))

    first = json.dumps([1, *members[1:16]]).encode()

    assert replace(record, binding=None) == decode_session(first)


@given(REVOCATIONS)
def test_revocation_comes_back(entry: Revocation) -> None:
    """A revocation is unpacked as it was packed."""
    assert entry == decode_revocation(encode_revocation(entry))


@given(RECORDS)
def test_packed_is_one_ascii_line(record: SessionRecord) -> None:
    """No text of a record ends a line or leaves ASCII."""
    packed = encode_session(record)

    assert packed.isascii()
    assert not set(packed) & set(b"\r\n")


@pytest.mark.parametrize(
    ("index", "value"),
    [
        (0, 0),
        (0, 1),
        (0, 3),
        (0, True),
        (0, "1"),
        (1, None),
        (1, 7),
        (2, "robot"),
        (2, None),
        (7, "0"),
        (7, 1.5),
        (7, True),
        (8, 10**30),
        (12, 1),
        (13, "1"),
        (14, "parent"),
        (14, [1]),
        (15, 1),
        (16, "call"),
        (16, []),
        (16, ["call", "mint", "token"]),
        (16, ["call", "mint", "token", 1, 2]),
        (16, ["call", "mint", None, 1]),
        (16, ["call", "mint", "token", "1"]),
        (16, ["call", "mint", "token", 10**30]),
    ],
)
def test_wrong_member_is_refused(index: int, value: object) -> None:
    """A session record with a member of the wrong kind is none."""
    members = [*SESSION[:index], value, *SESSION[index + 1 :]]

    with pytest.raises(CorruptRecordError):
        decode_session(json.dumps(members).encode())


@pytest.mark.parametrize("members", [SESSION[:-1], [*SESSION, 1], [], {}, None])
def test_wrong_shape_is_refused(members: object) -> None:
    """A session record with a member too few or too many is none."""
    with pytest.raises(CorruptRecordError):
        decode_session(json.dumps(members).encode())


@pytest.mark.parametrize(
    ("index", "value"), [(0, 2), (1, "planet"), (2, 7), (3, None), (4, "x")]
)
def test_wrong_member_of_revocation_is_refused(index: int, value: object) -> None:
    """A revocation with a member of the wrong kind is none."""
    members = [*REVOCATION[:index], value, *REVOCATION[index + 1 :]]

    with pytest.raises(CorruptRecordError):
        decode_revocation(json.dumps(members).encode())


def test_error_does_not_quote() -> None:
    """The text of the error holds nothing of what was read."""
    with pytest.raises(CorruptRecordError) as caught:
        decode_session(b'["canary"]')

    assert "canary" not in str(caught.value)


@given(INSTANTS)
def test_instants_come_back(instant: datetime) -> None:
    """Microseconds since 1970 name an instant exactly."""
    assert instant == instant_of(microseconds(instant))


@given(RECORDS)
def test_session_is_written_as_by_the_encoder(record: SessionRecord) -> None:
    """What is put together by hand is what `json` would write."""
    packed = encode_session(record)

    members = json.loads(packed)

    written = json.dumps(members, ensure_ascii=True, separators=(",", ":"))
    assert written.encode("ascii") == packed
