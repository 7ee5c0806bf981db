"""The one JSON loader of the verifier, as strict as that of the server.

SPEC: RFC 8259, narrowed: UTF-8 without a byte order mark; no lone surrogates; no
duplicate members; no NaN or Infinity; bounded depth, size and digits. A number with
a fraction or an exponent becomes a `Decimal`, which no claim of ours is.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Final

JsonValue = (
    None | bool | int | Decimal | str | list["JsonValue"] | dict[str, "JsonValue"]
)

_DEPTH_MAX: Final = 32
_NUMBER_CHARACTERS_MAX: Final = 32
_EXPONENT_MAX: Final = 308
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# A string that does not end goes up to the end of the text, or each quotation mark in
# it would be sought an end for.
_STRUCTURE: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*"?|[\[{]|[\]}]', re.DOTALL)


def loads_object(data: bytes) -> dict[str, JsonValue]:
    """Parses a document that must be an object.

    Args:
        data: the document; who calls has bounded its size.

    Raises:
        ValueError: it is malformed, ambiguous, beyond a bound, or no object.
    """
    text = data.decode("utf-8", errors="strict")
    # Every bracket opens one level at the most; few of them need no closer look.
    if text.count("[") + text.count("{") > _DEPTH_MAX:
        _check_depth(text)
    value: JsonValue = _DECODER.decode(text)
    if not isinstance(value, dict):
        raise ValueError("the document is not an object")  # noqa: TRY004 - of input.
    # NOTE: UTF-8 holds no surrogates, so that only an escape can bring one.
    if "\\u" in text and _has_surrogate(value):
        raise ValueError("a string holds half a character")
    return value


def _check_depth(text: str) -> None:
    depth = 0
    for match in _STRUCTURE.finditer(text):
        mark = match.group()
        if mark in "[{":
            depth += 1
            if depth > _DEPTH_MAX:
                raise ValueError("the document is nested too deeply")
        elif mark in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object has two members of one name")
    return members


def _integer(digits: str) -> int:
    if len(digits) > _NUMBER_CHARACTERS_MAX:
        raise ValueError("a number has too many digits")
    return int(digits)


def _decimal(digits: str) -> Decimal:
    if len(digits) > _NUMBER_CHARACTERS_MAX:
        raise ValueError("a number has too many digits")
    exponent = digits.lower().partition("e")[2]
    if exponent and abs(int(exponent)) > _EXPONENT_MAX:
        raise ValueError("a number has too large an exponent")
    return Decimal(digits)


def _constant(name: str) -> JsonValue:
    raise ValueError(f"{name} is not JSON")


def _has_surrogate(value: JsonValue) -> bool:
    if isinstance(value, str):
        return _SURROGATE.search(value) is not None
    if isinstance(value, list):
        return any(map(_has_surrogate, value))
    if isinstance(value, dict):
        return any(map(_has_surrogate, (*value.keys(), *value.values())))
    return False


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_decimal,
    parse_constant=_constant,
    strict=True,
)
