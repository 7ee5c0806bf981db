"""The little of protobuf's wire form that is put together by hand.

To make a message of an answer that was made before takes longer than to judge what
the answer is about. What is written here is what the library would write.

SPEC: Protocol Buffers, "Encoding": varints, and length-delimited records.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

_MORE: Final = 0x80
_SEVEN_BITS: Final = 0x7F
# How fields that hold a text or a message begin: their number, and that they do.
_TAG_BITS: Final = 3
_DELIMITED: Final = 2
# Of a duration: the tags of its two fields.
_SECONDS: Final = b"\x08"
_NANOS: Final = b"\x10"
_DAY_SECONDS: Final = 86_400
_MICROSECOND_NANOS: Final = 1_000


def varint(number: int) -> bytes:
    """Returns a number that is not negative as the wire has it."""
    if number < _MORE:
        return bytes((number,))
    digits = []
    while number >= _MORE:
        digits.append(number & _SEVEN_BITS | _MORE)
        number >>= 7
    digits.append(number)
    return bytes(digits)


def head(number: int, size: int) -> bytes:
    """Returns what stands before a text or a message: its field, up to 15, and its size."""
    return bytes((number << _TAG_BITS | _DELIMITED,)) + varint(size)


def duration(span: timedelta) -> bytes:
    """Returns a span that is not negative as a `google.protobuf.Duration`."""
    seconds = span.days * _DAY_SECONDS + span.seconds
    nanos = span.microseconds * _MICROSECOND_NANOS
    # A number that is 0 is left out.
    return (_SECONDS + varint(seconds) if seconds else b"") + (
        _NANOS + varint(nanos) if nanos else b""
    )
