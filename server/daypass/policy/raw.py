"""A policy document as it is written: its elements, typed and not yet judged.

SPEC: policy-language 2. Reading settles what every kind of document shares: which
members there are and what JSON type each has. Which elements are required, which
values they may take and with which text a breach is reported is the business of
`permissions` and `trust`.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from daypass.core import limits
from daypass.core.quick import quick_init
from daypass.core.strict_json import JsonValue

_DOCUMENT_MEMBERS: Final = frozenset({"Version", "Id", "Statement"})
_STATEMENT_MEMBERS: Final = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)

# The bare `*` of a Principal element, or the entries of each kind.
RawPrincipal = str | Mapping[str, tuple[str, ...]]


class ShapeError(Exception):
    """An element is unknown, stands beside its contrary, or has a wrong type."""


@quick_init
@dataclass(frozen=True, slots=True)
class RawList:
    """The entries of an element, and whether it is the Not form of it."""

    texts: tuple[str, ...]
    negated: bool


@quick_init
@dataclass(frozen=True, slots=True)
class RawPrincipals:
    """A Principal element, and whether it is NotPrincipal."""

    value: RawPrincipal
    negated: bool


@quick_init
@dataclass(frozen=True, slots=True)
class RawCondition:
    """An operator with its keys, and the values of each as text."""

    operator: str
    keys: tuple[tuple[str, tuple[str, ...]], ...]


@quick_init
@dataclass(frozen=True, slots=True)
class RawStatement:
    """A statement; an element that is absent is None."""

    sid: str | None
    effect: str | None
    principals: RawPrincipals | None
    actions: RawList | None
    resources: RawList | None
    conditions: tuple[RawCondition, ...]


@quick_init
@dataclass(frozen=True, slots=True)
class RawDocument:
    """A document; `statements` is None when the member is absent."""

    version: str | None
    statements: tuple[RawStatement, ...] | None


def read_document(value: JsonValue) -> RawDocument:
    """Reads a document.

    Raises:
        ShapeError: it is not shaped like a policy, or is beyond a bound.
    """
    members = _members(value, _DOCUMENT_MEMBERS)
    _optional_text(members, "Id")
    return RawDocument(_optional_text(members, "Version"), _statements(members))


def _statements(members: Mapping[str, JsonValue]) -> tuple[RawStatement, ...] | None:
    if "Statement" not in members:
        return None
    value = members["Statement"]
    found = value if isinstance(value, list) else [value]
    if len(found) > limits.POLICY_STATEMENTS_MAX:
        raise ShapeError
    return tuple(map(_statement, found))


def _statement(value: JsonValue) -> RawStatement:
    members = _members(value, _STATEMENT_MEMBERS)
    return RawStatement(
        sid=_optional_text(members, "Sid"),
        effect=_optional_text(members, "Effect"),
        principals=_principals(members),
        actions=_either(members, "Action"),
        resources=_either(members, "Resource"),
        conditions=_conditions(members.get("Condition", {})),
    )


def _members(value: JsonValue, known: AbstractSet[str]) -> Mapping[str, JsonValue]:
    if not isinstance(value, dict) or not value.keys() <= known:
        raise ShapeError
    return value


def _optional_text(members: Mapping[str, JsonValue], name: str) -> str | None:
    if name not in members:
        return None
    return _text(members[name])


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise ShapeError
    return value


def _texts(value: JsonValue) -> tuple[str, ...]:
    """Reads one text or a list of texts."""
    return tuple(map(_text, _entries(value)))


def _entries(value: JsonValue) -> list[JsonValue]:
    entries: list[JsonValue] = value if isinstance(value, list) else [value]
    if len(entries) > limits.POLICY_ENTRIES_MAX:
        raise ShapeError
    return entries


def _which(members: Mapping[str, JsonValue], name: str) -> str | None:
    """Returns which of an element and its contrary is there."""
    found = [each for each in (name, f"Not{name}") if each in members]
    if len(found) > 1:
        raise ShapeError
    return found[0] if found else None


def _either(members: Mapping[str, JsonValue], name: str) -> RawList | None:
    found = _which(members, name)
    if found is None:
        return None
    return RawList(_texts(members[found]), negated=found != name)


def _principals(members: Mapping[str, JsonValue]) -> RawPrincipals | None:
    found = _which(members, "Principal")
    if found is None:
        return None
    value = members[found]
    if isinstance(value, dict):
        kinds = {kind: _texts(entries) for kind, entries in value.items()}
        return RawPrincipals(kinds, negated=found != "Principal")
    if value != "*":
        raise ShapeError
    return RawPrincipals("*", negated=found != "Principal")


def _conditions(value: JsonValue) -> tuple[RawCondition, ...]:
    if not isinstance(value, dict):
        raise ShapeError
    return tuple(_condition(operator, keys) for operator, keys in value.items())


def _condition(operator: str, keys: JsonValue) -> RawCondition:
    if not isinstance(keys, dict):
        raise ShapeError
    read = ((key, tuple(map(_condition_text, _entries(v)))) for key, v in keys.items())
    return RawCondition(operator, tuple(read))


def _condition_text(value: JsonValue) -> str:
    """Reads a value; numbers and booleans become their JSON text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    return _text(value)
