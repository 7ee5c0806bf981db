"""No value in the metadata of a call gets past the proof, or breaks it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core.errors import DaypassError
from support.signed_call import (
    BODY,
    TOKEN,
    Call,
    incomplete,
    mismatch,
    signed,
    verify,
)

NOT_ASCII = ["\u00e4", "\x00", "\n", "a\tb", "\x7f", b"\xc3\xa4", b"\xff"]


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "x-amz-date",
        "x-amz-content-sha256",
        "x-amz-security-token",
        "x-amz-target",
    ],
)
@pytest.mark.parametrize("value", NOT_ASCII)
def test_v16_value_not_ascii(name: str, value: str | bytes) -> None:
    """A value outside printable ASCII is refused, and is never a fault of ours."""
    call = signed(session_token=TOKEN, extra=[("x-amz-target", "t")])

    assert incomplete(call.having(name, value)) == "metadata_not_ascii"


@pytest.mark.parametrize("value", NOT_ASCII)
def test_v16_signed_value_not_ascii(value: str | bytes) -> None:
    """A signed value of any name is printable ASCII."""
    call = signed(extra=[("tenant", "t")]).having("tenant", value)

    assert incomplete(call) == "metadata_not_ascii"


@pytest.mark.parametrize("value", NOT_ASCII)
def test_unsigned_value_is_not_looked_at(value: str | bytes) -> None:
    """What is no part of the proof may be anything."""
    verify(signed().plus(("tenant", value), ("trace-bin", b"\xff")))


def test_v06_binary_amz_entry() -> None:
    """Binary metadata cannot be signed, so none begins with x-amz-."""
    call = signed().plus(("x-amz-trace-bin", b"\xff"))

    assert incomplete(call) == "metadata_binary"


def test_signed_binary_entry() -> None:
    """A client that lists binary metadata as signed is refused."""
    assert mismatch(signed(extra=[("trace-bin", "a")])) == "signed_header_missing"


@given(position=st.integers(0, 63), digit=st.sampled_from("0123456789abcdef"))
def test_any_other_signature_refused(position: int, digit: str) -> None:
    """A signature with any one digit changed is refused."""
    call = signed()
    value = str(dict(call.metadata)["authorization"])
    at = len(value) - 64 + position
    changed = value[:at] + digit + value[at + 1 :]

    outcome = None if changed == value else "wrong_signature"
    assert outcome == _detail(call.having("authorization", changed))


@given(bit=st.integers(0, len(BODY) * 8 - 1))
def test_any_other_bit_of_the_body_refused(bit: int) -> None:
    """A body with any one bit changed is refused."""
    number = int.from_bytes(BODY, "big") ^ (1 << bit)

    call = replace(signed(), body=number.to_bytes(len(BODY), "big"))
    assert mismatch(call) == "payload_hash"


@given(
    name=st.sampled_from(["authorization", "x-amz-date", "x-amz-content-sha256"]),
    value=st.text() | st.binary(),
)
def test_any_value_is_refused(name: str, value: str | bytes) -> None:
    """No value of any entry raises anything but a documented refusal."""
    assert _detail(signed().having(name, value))


def _detail(call: Call) -> str | None:
    try:
        verify(call)
    except DaypassError as error:
        return error.detail
    return None
