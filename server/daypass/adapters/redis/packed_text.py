"""Texts, numbers and ids as bytes that say themselves where they end."""

from __future__ import annotations

import base64
import struct
from datetime import datetime
from typing import Any, Final

from daypass.adapters.record_codec import CorruptRecordError, instant_of
from daypass.core import limits
from daypass.core.identifiers import (
    LONG_TERM_KEY_PREFIX,
    TEMPORARY_KEY_PREFIX,
    number_of_access_key_id,
)

_MORE: Final = 0x80
_LOW: Final = 0x7F
_SHIFT: Final = 7
_NUMBER_BITS_MAX: Final = 63
_SMALL: Final = tuple(number.to_bytes(1, "big") for number in range(_LOW + 1))
# Stands before an id: a text, or the ten bytes behind a prefix that is known.
_TEXT: Final = 0
_PREFIXES: Final = (TEMPORARY_KEY_PREFIX, LONG_TERM_KEY_PREFIX)
_ID_BYTES: Final = 10
_PREFIX_CHARACTERS: Final = 4


def varint(number: int) -> bytes:
    """Packs a number from 0 on, seven bits a byte, the lowest first."""
    if number <= _LOW:
        return _SMALL[number]
    packed = bytearray()
    while number > _LOW:
        packed.append(number & _LOW | _MORE)
        number >>= _SHIFT
    packed.append(number)
    return bytes(packed)


def packed_text(text: str) -> bytes:
    """Packs a text behind its length in bytes."""
    data = text.encode("utf-8", "surrogatepass")
    return varint(len(data)) + data


def packed_id(text: str) -> bytes:
    """Packs an access key id into eleven bytes, or any other text as it is."""
    number = number_of_access_key_id(text)
    if number is None or text[:_PREFIX_CHARACTERS] not in _PREFIXES:
        return b"\0" + packed_text(text)
    form = 1 + _PREFIXES.index(text[:_PREFIX_CHARACTERS])
    return form.to_bytes(1, "big") + number.to_bytes(_ID_BYTES, "big")


class Reader:
    """Reads what was packed, piece by piece.

    Every method raises `CorruptRecordError` where that piece is not there.
    """

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        """Returns the next so many bytes."""
        end = self._at + count
        if end > len(self._data):
            raise CorruptRecordError("the record ends too early")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def unpack(self, form: struct.Struct) -> tuple[Any, ...]:
        """Returns the next values of a fixed form."""
        return form.unpack(self.take(form.size))

    def instants(self, form: struct.Struct) -> tuple[datetime, ...]:
        """Returns the next values of a fixed form, of microseconds since 1970."""
        try:
            return tuple(map(instant_of, self.unpack(form)))
        except OverflowError as error:
            raise CorruptRecordError("an instant is out of range") from error

    def number(self) -> int:
        """Returns the next number."""
        number = shift = 0
        while True:
            (byte,) = self.take(1)
            number |= (byte & _LOW) << shift
            shift += _SHIFT
            if not byte & _MORE:
                return number
            if shift >= _NUMBER_BITS_MAX:
                raise CorruptRecordError("a number is too large")

    def count(self) -> int:
        """Returns the next number, of pieces that follow."""
        count = self.number()
        if count > limits.STORE_RECORD_BYTES_MAX:
            raise CorruptRecordError("there are too many pieces")
        return count

    def text(self) -> str:
        """Returns the next text."""
        data = self.take(self.count())
        try:
            return data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise CorruptRecordError("a text is not UTF-8") from error

    def identifier(self) -> str:
        """Returns the next id, or the text that was packed as one."""
        (form,) = self.take(1)
        if form == _TEXT:
            return self.text()
        if form > len(_PREFIXES):
            raise CorruptRecordError("an id is of an unknown form")
        number = base64.b32encode(self.take(_ID_BYTES)).decode("ascii")
        return _PREFIXES[form - 1] + number

    def end(self) -> None:
        """Checks that nothing is left."""
        if self._at != len(self._data):
            raise CorruptRecordError("the record does not end where it should")
