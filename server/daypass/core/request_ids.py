"""The ids of calls: UUIDs of version 4, as text."""

from __future__ import annotations

from typing import Final

from daypass.core.ports import Entropy

_BYTES: Final = 16
_VERSION_BYTE, _VARIANT_BYTE = 6, 8


def new_request_id(entropy: Entropy) -> str:
    """Draws an id.

    SPEC: RFC 9562 section 5.4. The class of the standard library makes the same text
    and takes several times as long.
    """
    drawn = bytearray(entropy.token_bytes(_BYTES))
    drawn[_VERSION_BYTE] = drawn[_VERSION_BYTE] & 0x0F | 0x40
    drawn[_VARIANT_BYTE] = drawn[_VARIANT_BYTE] & 0x3F | 0x80
    digits = drawn.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
