"""The signed call that a session was issued to, as it stands in the session's value.

Its names are bytes where each is the one base64url spelling of as many as it has, else
they are texts, and the binding is called loose. Behind them stands until when the
record is kept: in seconds from its issue, or fine, in microseconds since 1970.
"""

from __future__ import annotations

import binascii
import struct
from datetime import datetime, timedelta
from typing import Final

from daypass.adapters.record_codec import microseconds
from daypass.adapters.redis.packed_text import Reader, packed_text
from daypass.core import base64url
from daypass.core.session import CallBinding

# The id of a call, that of what was made of it, and the digest of the token.
_NAMES: Final = struct.Struct(">16s8s16s")
_CHARACTERS: Final = (22, 11, 22)
# Base64url as base64, whose own two characters become what no decoder takes.
_TO_BASE64: Final = bytes.maketrans(b"-_+/", b"+/!!")
# How texts end whose last group is of one byte, or of two.
_ENDS_OF_ONE: Final = "AQgw"
_ENDS_OF_TWO: Final = "AEIMQUYcgkosw048"
_KEPT: Final = struct.Struct(">h")
_FINE_KEPT: Final = struct.Struct(">q")
# Seconds that fit are from -KEPT_END on, and below KEPT_END.
KEPT_END: Final = 1 << 15


def packed_binding(binding: CallBinding, after: int | None) -> tuple[bool, bytes]:
    """Packs a binding, and tells whether it is loose.

    Args:
        binding: what to pack.
        after: for how many seconds from its issue the record is kept, which fit; or
            None, for the instant itself.
    """
    if after is None:
        kept = _FINE_KEPT.pack(microseconds(binding.keep_until))
    else:
        kept = _KEPT.pack(after)
    call, mint, digest = binding.call_id, binding.mint_id, binding.token_digest
    if (
        (len(call), len(mint), len(digest)) == _CHARACTERS
        and call[-1] in _ENDS_OF_ONE
        and mint[-1] in _ENDS_OF_TWO
        and digest[-1] in _ENDS_OF_ONE
    ):
        try:
            # One text of whole groups, which is read at once.
            text = f"{call}AA{mint}A{digest}AA".encode("ascii").translate(_TO_BASE64)
            raw = binascii.a2b_base64(text, strict_mode=True)
        except ValueError:
            # One of them is no base64url.
            pass
        else:
            return False, raw[:16] + raw[18:26] + raw[27:43] + kept
    return True, b"".join(map(packed_text, (call, mint, digest))) + kept


def read_binding(
    reader: Reader, issue_time: datetime, *, fine: bool, loose: bool
) -> CallBinding:
    """Returns the binding that comes next.

    Args:
        reader: reads the value.
        issue_time: when the session was issued.
        fine: whether the times of the value are microseconds.
        loose: what `packed_binding` told of it.

    Raises:
        CorruptRecordError: there is no binding.
    """
    if loose:
        call_id, mint_id, digest = (reader.text() for _ in range(3))
    else:
        names = reader.unpack(_NAMES)
        call_id, mint_id, digest = (base64url.encode(each) for each in names)
    if fine:
        (keep_until,) = reader.instants(_FINE_KEPT)
    else:
        (kept,) = reader.unpack(_KEPT)
        keep_until = issue_time + timedelta(seconds=kept)
    return CallBinding(call_id, mint_id, digest, keep_until)
