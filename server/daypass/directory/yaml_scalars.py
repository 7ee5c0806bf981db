"""What a word of YAML means where it stands without quotes.

SPEC: YAML 1.2.2 section 10.3.2 (core schema). Left out, and refused: infinities,
what is no number, and more digits than any number needs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from daypass.core import limits
from daypass.core.strict_json import JsonValue

_WORDS: Final[Mapping[str, JsonValue]] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+", re.ASCII)
_PREFIXED: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT: Final = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII
)
_NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", re.ASCII)
# What no number begins with, most text does.
_NUMBER_STARTS: Final = frozenset("+-.0123456789")

_NUMBER_NOT_FINITE: Final = "a number must be finite"
_NUMBER_TOO_LONG: Final = "the number has too many digits"


def resolve_plain(text: str) -> JsonValue:
    """Resolves a plain scalar by the core schema.

    Raises:
        ValueError: it is a number that is not taken; the text says why.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(_NUMBER_NOT_FINITE)
    kinds = (_INTEGER, _PREFIXED, _FLOAT)
    kind = next((kind for kind in kinds if kind.fullmatch(text)), None)
    if kind is None:
        return text
    if len(text) > limits.JSON_NUMBER_CHARACTERS_MAX:
        raise ValueError(_NUMBER_TOO_LONG)
    if kind is _FLOAT:
        return Decimal(text)
    return int(text, 10 if kind is _INTEGER else 0)
