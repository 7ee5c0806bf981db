"""The one JSON loader, for every token, policy and body.

Python's own loader takes the last of two equal members, takes NaN and Infinity,
turns 1e400 into infinity, raises a ValueError of another class on a long
integer, and runs out of stack on deep nesting. This one refuses all of it.

SPEC: RFC 8259, narrowed: UTF-8 without a byte order mark; no lone surrogates;
no duplicate members; bounded depth, size, digits, exponents and members.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from daypass.core import limits

# What a document holds. A number without fraction and exponent is an `int`; any
# other is a `Decimal`, which keeps its value exactly.
JsonValue = (
    None | bool | int | Decimal | str | list["JsonValue"] | dict[str, "JsonValue"]
)

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# A string that does not end goes up to the end of the text, or each quotation mark in
# it would be sought an end for.
_STRUCTURE: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*"?|[\[{]|[\]}]', re.DOTALL)


# Leaves of an ASCII text its brackets only, and makes them of one kind.
_BRACKETS: Final = dict.fromkeys(range(128)) | str.maketrans("[]{}", "{}{}")


class InvalidJsonError(ValueError):
    """The text is not a document that this loader takes.

    The text of the error says why and never quotes the document.
    """


class RepeatedMemberError(InvalidJsonError):
    """An object has two members of one name."""


def loads(text: bytes | str, *, size_max: int) -> JsonValue:
    """Parses one JSON document.

    Args:
        text: the document; bytes must be UTF-8.
        size_max: the longest text that is looked at, in bytes or characters.

    Raises:
        InvalidJsonError: the document is malformed, ambiguous or beyond a bound.
    """
    if len(text) > size_max:
        message = "the document is too large"
        raise InvalidJsonError(message)
    decoded = _decode(text) if isinstance(text, bytes) else text
    # Every bracket opens one level at the most; few of them need no closer look.
    brackets = decoded.count("[") + decoded.count("{")
    if brackets > limits.JSON_DEPTH_MAX and not _is_shallow(decoded):
        _check_depth(decoded)
    try:
        value: JsonValue = _DECODER.decode(decoded)
    except json.JSONDecodeError as error:
        raise InvalidJsonError(error.msg) from None
    if _has_raw_surrogate(decoded) or ("\\u" in decoded and _has_surrogate(value)):
        message = "a string holds half a character"
        raise InvalidJsonError(message)
    return value


def loads_object(text: bytes | str, *, size_max: int) -> dict[str, JsonValue]:
    """Parses a document that must be an object.

    Raises:
        InvalidJsonError: as `loads`, or the document is not an object.
    """
    value = loads(text, size_max=size_max)
    if not isinstance(value, dict):
        message = "the document is not an object"
        raise InvalidJsonError(message)
    return value


def _decode(text: bytes) -> str:
    try:
        return text.decode("utf-8", errors="strict")
    except UnicodeDecodeError:
        message = "the document is not UTF-8"
        raise InvalidJsonError(message) from None


def _is_shallow(text: str) -> bool:
    """Tells of a text without escapes whether its nesting is surely within the bound.

    It takes a sixth of the time of a look at each bracket, which a large document has
    a hundred thousand of.
    """
    if "\\" in text:
        return False
    # Every other part is a string; one that does not end takes the rest of the text.
    brackets = "".join(text.split('"')[::2]).translate(_BRACKETS)
    for _ in range(limits.JSON_DEPTH_MAX):
        # Takes the innermost level away, and no more.
        brackets = brackets.replace("{}", "")
    return not brackets


def _check_depth(text: str) -> None:
    """Refuses deep nesting before the recursive parser sees it."""
    depth = 0
    for match in _STRUCTURE.finditer(text):
        mark = match.group()
        if mark in "[{":
            depth += 1
            if depth > limits.JSON_DEPTH_MAX:
                message = "the document is nested too deeply"
                raise InvalidJsonError(message)
        elif mark in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    if len(pairs) > limits.JSON_MEMBERS_MAX:
        message = "an object has too many members"
        raise InvalidJsonError(message)
    members = dict(pairs)
    if len(members) != len(pairs):
        message = "an object has two members of one name"
        raise RepeatedMemberError(message)
    return members


def _integer(digits: str) -> int:
    _check_number(digits)
    return int(digits)


def _decimal(digits: str) -> Decimal:
    _check_number(digits)
    # NOTE: before the conversion, which fails in another way on exponents that no
    # decimal can have; and one of a billion would unfold to as many digits.
    exponent = digits.lower().partition("e")[2]
    if exponent and abs(int(exponent)) > limits.JSON_NUMBER_EXPONENT_MAX:
        message = "a number has too large an exponent"
        raise InvalidJsonError(message)
    return Decimal(digits)


def _check_number(digits: str) -> None:
    if len(digits) > limits.JSON_NUMBER_CHARACTERS_MAX:
        message = "a number has too many digits"
        raise InvalidJsonError(message)


def _constant(name: str) -> JsonValue:
    message = f"{name} is not JSON"
    raise InvalidJsonError(message)


def _has_raw_surrogate(text: str) -> bool:
    """Tells whether a half of a surrogate pair stands in the text itself."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def _has_surrogate(value: JsonValue) -> bool:
    """Tells whether an escaped half of a surrogate pair stands in any string."""
    if isinstance(value, str):
        return _SURROGATE.search(value) is not None
    if isinstance(value, list):
        return any(map(_has_surrogate, value))
    if isinstance(value, dict):
        parts: Iterable[JsonValue] = (*value.keys(), *value.values())
        return any(map(_has_surrogate, parts))
    return False


# Made once: it costs more than most documents take to parse.
_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_decimal,
    parse_constant=_constant,
    strict=True,
)
