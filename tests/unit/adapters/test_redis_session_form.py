"""Sessions as they are packed for Redis, and their profiles."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.adapters.record_codec import CorruptRecordError, encode_session
from daypass.adapters.redis.session_form import PackedSession, Seconds, pack_session
from daypass.adapters.redis.session_profile import (
    decode_profile,
    encode_profile,
    profile_of,
    reference_of,
)
from daypass.core import base64url
from daypass.core.identifiers import (
    encode_access_key_id,
    random_of_access_key_id,
)
from daypass.core.session import CallBinding, SessionRecord
from support.any_records import RECORDS
from support.records import ACCOUNT, OTHER_ACCOUNT, session_record
from support.world import START

REFERENCE = b"r" * 16
SECOND = timedelta(seconds=1)


def packed(record: SessionRecord) -> bytes:
    """Returns the value of a session."""
    random = random_of_access_key_id(record.access_key_id, record.account_id)
    return pack_session(record, REFERENCE, random, Seconds.of(record))


def unpacked(value: bytes, record: SessionRecord) -> SessionRecord:
    """Returns the record of a value, with the profile of a record."""
    return PackedSession.read(value).record(profile_of(record))


def minted(
    *, lasts: timedelta = timedelta(hours=1), kept: timedelta = timedelta(minutes=16)
) -> SessionRecord:
    """Returns a record as a signed AssumeRole makes it."""
    call, mint, digest = (base64url.encode(bytes(range(size))) for size in (16, 8, 16))
    record = session_record(1, now=START, lasts=lasts)
    return replace(
        record,
        session_name="deploy-12345",
        parent_access_key_id=encode_access_key_id("AKIA", ACCOUNT, 1),
        ancestors=(),
        source_identity=None,
        binding=CallBinding(call, mint, digest, START + kept),
    )


CHAINED = replace(
    minted(),
    issued_to=f"arn:aws:sts::{ACCOUNT}:assumed-role/Builder/job-7",
    parent_access_key_id=encode_access_key_id("ASIA", ACCOUNT, 7),
    ancestors=(
        encode_access_key_id("AKIA", OTHER_ACCOUNT, 5),
        encode_access_key_id("ASIA", ACCOUNT, 7),
    ),
    source_identity="dev",
)


@given(RECORDS)
def test_any_record_comes_back(record: SessionRecord) -> None:
    """A record is unpacked as it was packed, whatever is in it."""
    assert record == unpacked(packed(record), record)


@given(
    st.integers(0, 999_999_999_999),
    st.integers(0, (1 << 39) - 1),
    st.integers(-3, 1 << 25),
    st.integers(-(1 << 16), 1 << 16),
    st.binary(min_size=16, max_size=16),
)
def test_minted_record_comes_back(
    account: int, random: int, lasts: int, kept: int, call: bytes
) -> None:
    """A record of ids and whole seconds comes back, at each end of their ranges."""
    account_id = f"{account:012d}"
    record = replace(
        minted(lasts=lasts * SECOND),
        account_id=account_id,
        access_key_id=encode_access_key_id("ASIA", account_id, random),
        binding=CallBinding(
            base64url.encode(call),
            base64url.encode(call[:8]),
            base64url.encode(call[::-1]),
            START + kept * SECOND,
        ),
    )

    assert record == unpacked(packed(record), record)


@pytest.mark.parametrize("record", [minted(), CHAINED])
def test_minted_is_small(record: SessionRecord) -> None:
    """A value fits what Redis sets aside: 96 bytes, or 160 where it is chained."""
    head = 4
    most = 96 if record is not CHAINED else 160

    assert len(packed(record)) + head <= most


@pytest.mark.parametrize("record", [minted(), CHAINED, session_record(1, now=START)])
def test_cut_value_is_refused(record: SessionRecord) -> None:
    """A value that was cut anywhere, or has something behind it, is none."""
    value = packed(record)

    for end in range(len(value)):
        with pytest.raises(CorruptRecordError):
            unpacked(value[:end], record)
    with pytest.raises(CorruptRecordError):
        unpacked(value + b"\0", record)


@given(st.binary(max_size=200), st.integers(0, 127))
def test_foreign_body_is_refused_or_read(body: bytes, flags: int) -> None:
    """Any bytes are a record or refused, and raise nothing else."""
    value = bytes((3, flags)) + REFERENCE + body

    try:
        record = unpacked(value, CHAINED)
    except CorruptRecordError:
        return

    assert isinstance(record, SessionRecord)


@pytest.mark.parametrize("version", [0, 1, 2, 4, ord("+"), ord("[")])
def test_other_version_is_refused(version: int) -> None:
    """A value of a version that this one does not know is none."""
    with pytest.raises(CorruptRecordError):
        PackedSession.read(bytes((version,)) + packed(minted())[1:])


def test_unknown_flag_is_refused() -> None:
    """A value that holds what this version does not know is none."""
    value = bytearray(packed(minted()))
    value[1] |= 128

    with pytest.raises(CorruptRecordError):
        PackedSession.read(bytes(value))


def test_json_is_no_value() -> None:
    """A record as it was written before is told from a value by its first byte."""
    with pytest.raises(CorruptRecordError):
        PackedSession.read(encode_session(minted()))


@pytest.mark.parametrize("text", ["AAAAAAAAAAAAAAAAAAAAAB", "AA+AAAAAAAAAAAAAAAAAAA"])
def test_loose_name_comes_back(text: str) -> None:
    """A name that is not the one spelling of its bytes is kept as the text it is."""
    record = minted()
    assert record.binding is not None
    loose = replace(record, binding=replace(record.binding, call_id=text))

    assert loose == unpacked(packed(loose), loose)


def test_sessions_share_a_profile() -> None:
    """What tells two sessions of one caller and role apart is not in their profile."""
    other = replace(
        minted(lasts=2 * SECOND),
        access_key_id=encode_access_key_id("ASIA", ACCOUNT, 2),
        session_name="other",
        source_identity="somebody",
        epoch=replace(minted().epoch, sequence=9),
        binding=None,
    )

    assert profile_of(minted()) == profile_of(other)


def test_chained_sessions_share_a_profile() -> None:
    """Sessions of a role share a profile, whatever sessions asked for them."""
    other = replace(
        CHAINED,
        issued_to=f"arn:aws:sts::{ACCOUNT}:assumed-role/Builder/job-8",
        parent_access_key_id=encode_access_key_id("ASIA", ACCOUNT, 8),
        ancestors=(encode_access_key_id("ASIA", ACCOUNT, 8),),
    )

    assert profile_of(CHAINED) == profile_of(other)
    assert other == unpacked(packed(other), CHAINED)


@given(RECORDS)
def test_profile_comes_back(record: SessionRecord) -> None:
    """A profile is unpacked as it was packed, and is one line of ASCII."""
    value = encode_profile(profile_of(record))

    assert profile_of(record) == decode_profile(value)
    assert value.isascii()
    assert not set(value) & set(b"\r\n")


@given(RECORDS, RECORDS)
def test_other_profile_has_another_name(
    one: SessionRecord, other: SessionRecord
) -> None:
    """Two profiles have one name only where they are equal."""
    names = [reference_of(encode_profile(profile_of(each))) for each in (one, other)]

    assert (names[0] == names[1]) == (profile_of(one) == profile_of(other))


@pytest.mark.parametrize(
    ("index", "value"), [(0, 2), (0, True), (0, "1"), (1, "robot"), (2, 1), (8, None)]
)
def test_wrong_member_of_profile_is_refused(index: int, value: object) -> None:
    """A profile with a member of the wrong kind is none."""
    members = json.loads(encode_profile(profile_of(minted())))
    members[index] = value

    with pytest.raises(CorruptRecordError):
        decode_profile(json.dumps(members).encode())


@pytest.mark.parametrize("text", ["", "[]", "[1]", "{}", "[1,2,3,4,5,6,7,8,9,10]"])
def test_wrong_shape_of_profile_is_refused(text: str) -> None:
    """What is no list of a profile's members is none."""
    with pytest.raises(CorruptRecordError):
        decode_profile(text.encode())


def test_id_of_no_account_is_refused() -> None:
    """A value whose id takes its account from a profile that has none is none."""
    profile = profile_of(minted())._replace(account_id="x")

    with pytest.raises(CorruptRecordError):
        PackedSession.read(packed(minted())).record(profile)
