"""The conditions and patterns of the reference evaluator.

SPEC: policy-language 4 and 5, sentence by sentence; see `reference_policy`.
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

# What a character is, and the character: pattern text, a wildcard, or data that
# was put in place of a variable.
Symbol = tuple[str, str]
STAR: Symbol = ("wildcard", "*")
MARK: Symbol = ("wildcard", "?")


def glob(pattern: Sequence[Symbol], text: str) -> bool:
    """Matches by the full table of prefixes against prefixes."""
    table = [[False] * (len(text) + 1) for _ in range(len(pattern) + 1)]
    table[0][0] = True
    for row, symbol in enumerate(pattern, 1):
        table[row][0] = symbol == STAR and table[row - 1][0]
        for column, character in enumerate(text, 1):
            if symbol == STAR:
                fits = table[row - 1][column] or table[row][column - 1]
            else:
                same = symbol[0] != "wildcard" and symbol[1] == character
                fits = (symbol == MARK or same) and table[row - 1][column - 1]
            table[row][column] = fits
    return table[-1][-1]


def symbols(text: str, *, wildcards: bool) -> list[Symbol]:
    """Reads a pattern without variables."""
    return [
        ("wildcard", character)
        if wildcards and character in "*?"
        else ("literal", character)
        for character in text
    ]


def substitute(
    text: str, keys: Mapping[str, Sequence[str]], *, wildcards: bool
) -> list[Symbol] | None:
    """Reads a pattern with variables; None when one has no single value."""
    found: list[Symbol] = []
    while text:
        inner, brace, rest = text[2:].partition("}")
        name, comma, default = inner.partition(", ")
        if not text.startswith("${") or not brace or not inner:
            found += symbols(text[0], wildcards=wildcards)
            text = text[1:]
            continue
        text = rest
        if inner in {"*", "?", "$"}:
            found.append(("data", inner))
            continue
        values = _lookup(name, keys)
        value = values[0] if len(values) == 1 else None
        if value is None and comma:
            value = default.strip("'")
        if value is None:
            return None
        found += [("data", character) for character in value]
    return found


def _lookup(name: str, keys: Mapping[str, Sequence[str]]) -> Sequence[str]:
    for key, values in keys.items():
        if key.lower() == name.lower():
            return values
    return []


def condition_holds(
    operator: str,
    key: str,
    wanted: Sequence[Any],
    keys: Mapping[str, Sequence[str]],
    statement: Mapping[str, Any],
) -> bool:
    """Evaluates one operator for one key (5 and 5.1)."""
    values = _lookup(key, keys)
    quantifier, _, base = operator.rpartition(":")
    if base == "Null":
        return any((_text(p).lower() == "true") == (not values) for p in wanted)
    if_exists = base.endswith("IfExists")
    base = base.removesuffix("IfExists")
    negated = "Not" in base
    base = base.replace("Not", "")
    if quantifier and not any(values):
        values = []
    if not values:
        return if_exists or {"": negated, "ForAllValues": True}.get(quantifier, False)

    def accepts(value: str) -> bool:
        return any(_pair(base, value, _text(p), keys, statement) for p in wanted)

    if quantifier == "ForAllValues":
        return bool(wanted) and all(accepts(value) != negated for value in values)
    if quantifier == "ForAnyValue":
        return any(accepts(value) != negated for value in values)
    return any(map(accepts, values)) != negated


def _pair(
    base: str,
    value: str,
    wanted: str,
    keys: Mapping[str, Sequence[str]],
    statement: Mapping[str, Any],
) -> bool:
    """Compares one value of a request with one of a policy."""
    if base.startswith(("String", "Arn", "Bool")):
        likes = base == "StringLike" or base.startswith("Arn")
        pattern = (
            substitute(wanted, keys, wildcards=likes)
            if statement["variables"]
            else symbols(wanted, wildcards=likes)
        )
        return pattern is not None and _text_pair(base, value, pattern)
    for family, read in _READERS.items():
        if base.startswith(family):
            left, right = read(value), read(wanted)
            if left is None or right is None:
                return False
            return _COMPARISONS[base.removeprefix(family)](left, right)
    message = f"no such operator: {base}"
    raise AssertionError(message)


def _text_pair(base: str, value: str, pattern: list[Symbol]) -> bool:
    if base == "Bool":
        lowered = [(kind, character.lower()) for kind, character in pattern]
        return value.lower() in {"true", "false"} and glob(lowered, value.lower())
    if base == "StringEqualsIgnoreCase":
        return glob([(kind, c.lower()) for kind, c in pattern], value.lower())
    if not base.startswith("Arn"):
        return glob(pattern, value)
    segments: list[list[Symbol]] = [[]]
    for symbol in pattern:
        if symbol == ("literal", ":") and len(segments) < 6:
            segments.append([])
        else:
            segments[-1].append(symbol)
    texts = value.split(":", 5)
    return len(segments) == len(texts) == 6 and all(map(glob, segments, texts))


def _number(text: str) -> Fraction | None:
    try:
        return Fraction(text)
    except ValueError:
        return None


def _instant(text: str) -> datetime | None:
    if text.isdigit() and len(text) != 4:
        return datetime.fromtimestamp(int(text), tz=UTC)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _binary(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def _network(text: str) -> Any:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


_READERS: dict[str, Callable[[str], Any]] = {
    "Numeric": _number,
    "Date": _instant,
    "Binary": _binary,
    "IpAddress": _network,
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": lambda value, wanted: bool(value == wanted),
    "LessThan": lambda value, wanted: bool(value < wanted),
    "LessThanEquals": lambda value, wanted: bool(value <= wanted),
    "GreaterThan": lambda value, wanted: bool(value > wanted),
    "GreaterThanEquals": lambda value, wanted: bool(value >= wanted),
    "": lambda value, wanted: (
        value.version == wanted.version and bool(value.subnet_of(wanted))
    ),
}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def listed(value: Any) -> list[Any]:
    """Returns a list of what may stand alone."""
    return value if isinstance(value, list) else [value]
