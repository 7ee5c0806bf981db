"""The little of protobuf's wire form that is put together by hand.

To make a message of an answer that was made before takes longer than to judge what
the answer is about. What is written here is what the library would write.

SPEC: Protocol Buffers, "Encoding": varints, and length-delimited records.
"""

from __future__ import annotations

from typing import Final

_DELIMITED: Final = 2
_TAG_BITS: Final = 3
_MORE: Final = 0x80
_SEVEN_BITS: Final = 0x7F
# The first number that takes three bytes.
_TWO_DIGITS: Final = 1 << 14


def varint(number: int) -> bytes:
    """Returns a number that is not negative as the wire has it."""
    if number < _MORE:
        return bytes((number,))
    digits = bytearray()
    while number >= _MORE:
        digits.append(number & _SEVEN_BITS | _MORE)
        number >>= 7
    digits.append(number)
    return bytes(digits)


def field_of_bytes(number: int, value: bytes) -> bytes:
    """Returns a field that holds a message, a text or bytes.

    Args:
        number: of the field.
        value: what it holds, in its wire form.
    """
    tag = number << _TAG_BITS | _DELIMITED
    size = len(value)
    if tag < _MORE <= size < _TWO_DIGITS:
        # As `varint` makes it of nearly all of ours.
        return bytes((tag, size & _SEVEN_BITS | _MORE, size >> 7)) + value
    return varint(tag) + varint(size) + value
