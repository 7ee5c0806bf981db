"""Base64url has one spelling for each value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import base64url


@pytest.mark.parametrize(
    "text",
    ["=", "QQ==", "Q", "QUJDR", "+A", "/A", "A A", "QQ\n", "\tQQ", "QQ\0", "QR", "é"],
)
def test_other_spellings_refused(text: str) -> None:
    """Padding, blanks, foreign characters and stray bits are refused."""
    with pytest.raises(base64url.InvalidBase64UrlError):
        base64url.decode(text)


@pytest.mark.parametrize(
    ("value", "text"), [(b"", ""), (b"f", "Zg"), (b"\xfb\xff", "-_8")]
)
def test_known_values(value: bytes, text: str) -> None:
    """Values are spelled as RFC 4648 spells them, less the padding."""
    assert text == base64url.encode(value)
    assert value == base64url.decode(text)


@given(value=st.binary())
def test_round_trip(value: bytes) -> None:
    """Every value survives encoding and decoding."""
    assert value == base64url.decode(base64url.encode(value))


@given(text=st.text(alphabet="AQgw-_=+ ", max_size=6))
def test_decoded_text_is_canonical(text: str) -> None:
    """A text that is taken is the one that encoding gives back."""
    try:
        value = base64url.decode(text)
    except base64url.InvalidBase64UrlError:
        return

    assert text == base64url.encode(value)
