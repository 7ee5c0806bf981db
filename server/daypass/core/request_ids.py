"""The ids of calls: UUIDs of version 4, as text."""

from __future__ import annotations

from typing import Final

from daypass.core.ports import Entropy

_BYTES: Final = 16
_VERSION: Final = "4"
# Two bits of the digit that says the variant are drawn.
_VARIANTS: Final = {f"{digit:x}": "89ab"[digit & 0b11] for digit in range(16)}


def new_request_id(entropy: Entropy) -> str:
    """Draws an id.

    SPEC: RFC 9562 section 5.4. The class of the standard library makes the same text
    and takes several times as long.
    """
    drawn = entropy.id_bytes(_BYTES).hex()
    variant = _VARIANTS[drawn[16]]
    return (
        f"{drawn[:8]}-{drawn[8:12]}-{_VERSION}{drawn[13:16]}"
        f"-{variant}{drawn[17:20]}-{drawn[20:]}"
    )
