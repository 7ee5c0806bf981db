"""Base64url without padding, in which every value has exactly one spelling.

SPEC: RFC 4648 section 5, narrowed: no padding, no blanks, no character outside
the alphabet, and the unused bits of the last character are zero (attacks J35).
"""

from __future__ import annotations

import binascii
from typing import Final

_TO_PLAIN: Final = bytes.maketrans(b"-_+/=", b"+/!!!")
_GROUP: Final = 4
# By how many characters the last group has: what fills it up, and which last
# characters leave no stray bits. One character fits no value.
_PADDING: Final = (b"", b"", b"==", b"=")
_LAST: Final = (b"", b"", b"AQgw", b"AEIMQUYcgkosw048")
_LAST_CHARACTER: Final = "the last character has stray bits, or fits no value"
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


class InvalidBase64UrlError(ValueError):
    """The text is not the one spelling of any value."""


def encode(value: bytes) -> str:
    """Encodes bytes."""
    # NOTE: as `base64.urlsafe_b64encode` does it, less its calls; the padding goes as
    # the alphabet is changed. `=` stands nowhere else.
    encoded = binascii.b2a_base64(value, newline=False)
    return encoded.translate(_URL_SAFE, b"=").decode("ascii")


def encode_ascii(value: bytes) -> bytes:
    """Encodes bytes, for whoever wants the text as bytes."""
    # NOTE: as `encode`, which every mint would call twice more.
    return binascii.b2a_base64(value, newline=False).translate(_URL_SAFE, b"=")


def decode(text: str | bytes) -> bytes:
    """Decodes text, or its bytes, that `encode` could have made, and no other.

    Raises:
        InvalidBase64UrlError: the text is not such.
    """
    if isinstance(text, str):
        text = text.encode("ascii", "replace")
    rest = len(text) % _GROUP
    if rest and text[-1] not in _LAST[rest]:
        raise InvalidBase64UrlError(_LAST_CHARACTER)
    # NOTE: what is not in the alphabet is or becomes a character that the decoder
    # refuses, the padding and the other alphabet included.
    plain = text.translate(_TO_PLAIN) + _PADDING[rest]
    try:
        return binascii.a2b_base64(plain, strict_mode=True)
    except binascii.Error:
        raise InvalidBase64UrlError("a character is not in the alphabet") from None
