"""Packed guards."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.adapters.guard_record import (
    GuardRecord,
    check_guard_value,
    decode_guard,
    encode_guard,
    guard_name,
    pack_guard,
    unpack_guard,
)
from daypass.adapters.record_codec import CorruptRecordError
from daypass.core import guard_limits as limits
from daypass.core.ports import GuardKey

NAME = guard_name(GuardKey("test", ("a",)))
VALUES = st.binary(max_size=limits.GUARD_VALUE_BYTES_MAX)
INSTANTS = st.datetimes(
    # NOTE: the bounds have no zone of their own; `timezones` gives it.
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001
    max_value=datetime(2286, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(VALUES, INSTANTS)
def test_packed_comes_back(value: bytes, expire_time: datetime) -> None:
    """A value is unpacked as it was packed, with its expiry, for either store."""
    record = GuardRecord(NAME, value, expire_time)

    assert record == unpack_guard(NAME, pack_guard(value, expire_time))
    assert record == decode_guard(encode_guard(record))


@given(VALUES, INSTANTS)
def test_encoded_is_one_ascii_line(value: bytes, expire_time: datetime) -> None:
    """No value ends a line of a journal, or leaves ASCII."""
    encoded = encode_guard(GuardRecord(NAME, value, expire_time))

    assert encoded.isascii()
    assert not set(encoded) & set(b"\r\n ")


@given(st.binary(max_size=60))
def test_any_bytes_are_a_guard_or_refused(packed: bytes) -> None:
    """R18: whatever is read is unpacked to what packs to it, or refused."""
    try:
        record = unpack_guard(NAME, packed)
    except CorruptRecordError:
        return
    # NOTE: leading zeros are read, and not written.
    assert packed.lstrip(b"0").endswith(
        pack_guard(record.value, record.expire_time).lstrip(b"0")
    )


@pytest.mark.parametrize(
    "packed", [b"", b":", b"x:", b"-1:", b"1", b" 1:", b"1_0:", b"9" * 17 + b":"]
)
def test_damage_is_refused(packed: bytes) -> None:
    """R18: what has no expiry in front is no guard."""
    with pytest.raises(CorruptRecordError):
        unpack_guard(NAME, packed)


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        f"2:{NAME}:1:",
        f"1:{NAME}:1",
        f"1:{NAME[:-1]}:1:",
        f"1:{NAME}:-1:",
        f"1:{NAME}:{'9' * 17}:",
        f"1:{NAME}:1:A",
        f"1:{NAME}:1:AB",
        f"1:{NAME}:1:AA==",
        f"1:{NAME}:1:AA\n",
        f"1:{NAME}:1::",
    ],
)
def test_other_line_is_refused(encoded: str) -> None:
    """R18: a journal's record that we would not have written is none."""
    with pytest.raises(CorruptRecordError):
        decode_guard(encoded.encode())


def test_error_does_not_quote() -> None:
    """The text of the error holds nothing of what was read."""
    with pytest.raises(CorruptRecordError) as caught:
        decode_guard(b"canary")

    assert "canary" not in str(caught.value)


def test_bound_of_a_value() -> None:
    """A value of the bound is taken, and one byte more is a mistake."""
    check_guard_value(b"x" * limits.GUARD_VALUE_BYTES_MAX)

    with pytest.raises(ValueError, match="1024"):
        check_guard_value(b"x" * (limits.GUARD_VALUE_BYTES_MAX + 1))
