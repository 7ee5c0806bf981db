"""Base64url without padding, in which every value has exactly one spelling.

SPEC: RFC 4648 section 5, narrowed: no padding, no blanks, no character outside the
alphabet, and the unused bits of the last character are zero.
"""

from __future__ import annotations

import binascii
from typing import Final

_TO_PLAIN: Final = bytes.maketrans(b"-_+/=", b"+/!!!")
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_GROUP: Final = 4
# By how many characters the last group has: what fills it up, and which last
# characters leave no stray bits. One character fits no value.
_PADDING: Final = (b"", b"", b"==", b"=")
_LAST: Final = (b"", b"", b"AQgw", b"AEIMQUYcgkosw048")


def decode(text: bytes) -> bytes:
    """Decodes text that `encode` could have made, and no other.

    Raises:
        ValueError: the text is not such.
    """
    rest = len(text) % _GROUP
    if rest and text[-1] not in _LAST[rest]:
        raise ValueError("the last character has stray bits, or fits no value")
    padded = text.translate(_TO_PLAIN) + _PADDING[rest]
    return binascii.a2b_base64(padded, strict_mode=True)


def encode(value: bytes) -> bytes:
    """Encodes bytes."""
    return binascii.b2a_base64(value, newline=False).translate(_TO_URL).rstrip(b"=")
