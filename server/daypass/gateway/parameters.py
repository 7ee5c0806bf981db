"""Parameters of the Query protocol: scalars, lists and structures out of flat names.

The first of two equal scalars of a body counts, as AWS has it; in a query, whose order
no signature covers, a parameter stands once. A member of a list that is
named twice is refused, `01` and `1` being one member, and so is an action or a
version that stands twice or in other letters: those are what attacks are made of.

SPEC: sts-operations 0.2 and 3.1; attacks V08, V09, V24, V26; details 48 and 61.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final, Self

from daypass.core import http_limits
from daypass.core.errors import MalformedInputError
from daypass.core.limits import INT32_MAX
from daypass.core.quick import quick_init
from daypass.core.secret import Secret
from daypass.core.validation import Path, Violations
from daypass.gateway.form import Pairs

ACTION: Final = "Action"
VERSION: Final = "Version"
_ONCE: Final = {name.lower(): name for name in (ACTION, VERSION)}
_MEMBER: Final = "member"
_OF_LISTS: Final = f".{_MEMBER}."
_OF_SIGNATURES: Final = "x-amz-"
# NOTE: `int` takes blanks, underscores and digits of other scripts (attacks F18).
_INTEGER: Final = re.compile(
    rf"[+-]?[0-9]{{1,{http_limits.INTEGER_CHARACTERS_MAX}}}", re.ASCII
)


@quick_init
@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one request, or those of one structure in it.

    What is missing inside a structure is noted in `missing`, so that all breaches
    are told at once.
    """

    _values: Mapping[str, str] = field(repr=False)
    missing: Violations = field(default_factory=Violations, repr=False)
    _path: Path = ()
    # Whether any name can be that of a list's member; most requests have none.
    _lists: bool = True

    @classmethod
    def read(cls, query: Pairs, body: Pairs) -> Self:
        """Joins what a request says in its query and in its body.

        Raises:
            MalformedInputError: a parameter stands in both, or twice in the query, or
                the action or the version twice or in other letters.
        """
        if query:
            _check_repeated(query)
            if not {name for name, _ in query}.isdisjoint(name for name, _ in body):
                raise MalformedInputError("parameter_in_query_and_body")
        values: dict[str, str] = {}
        lists = False
        members: set[tuple[str, ...]] = set()
        for name, value in (*query, *body) if query else body:
            if name.lower() in _ONCE:
                _check_once(name, values)
            if _OF_LISTS in name:
                _check_member(name, members)
                lists = True
            values.setdefault(name, value)
        return cls(values, _lists=lists)

    @property
    def names(self) -> AbstractSet[str]:
        """The names that were sent."""
        return self._values.keys()

    def text(self, name: str) -> str | None:
        """Returns a scalar, or None where it was not sent."""
        return self._values.get(name)

    def secret(self, name: str) -> Secret | None:
        """Returns a scalar that is never shown, or None where it was not sent."""
        value = self._values.get(name)
        return None if value is None else Secret(value)

    def integer(self, name: str) -> int | None:
        """Returns a number of 32 bits, or None where it was not sent.

        Raises:
            MalformedInputError: it is none.
        """
        value = self._values.get(name)
        if value is None:
            return None
        if not value:
            raise MalformedInputError("integer_empty")
        if _INTEGER.fullmatch(value) is None or not (
            -INT32_MAX - 1 <= (number := int(value)) <= INT32_MAX
        ):
            raise MalformedInputError("integer_form", message="")
        return number

    def required(self, name: str, field_name: str) -> str:
        """Returns a scalar of a structure; a missing one is noted."""
        value = self._values.get(name)
        if value is None:
            self.missing.require((*self._path, field_name), None)
            return ""
        return value

    def structure(self, name: str) -> Parameters:
        """Returns the parameters of a structure, all missing where it was not sent."""
        return self._within(f"{name}.", name)

    def texts(self, name: str, field_name: str) -> tuple[str, ...]:
        """Returns a list of scalars; a member that is left out is noted.

        Raises:
            MalformedInputError: an index is none, or too large.
        """
        if not self._lists:
            return ()
        found = self._members(name)
        values: list[str] = []
        for index in range(1, max(found, default=0) + 1):
            value = found.get(index, {}).get("")
            if value is None:
                self.missing.require((field_name, index - 1), None)
            values.append(value or "")
        return tuple(values)

    def structures(self, name: str, field_name: str) -> tuple[Parameters, ...]:
        """Returns a list of structures; one that is left out is noted.

        Raises:
            MalformedInputError: an index is none, or too large.
        """
        if not self._lists:
            return ()
        found = self._members(name)
        members: list[Parameters] = []
        for index in range(1, max(found, default=0) + 1):
            path: Path = (field_name, index - 1)
            if index in found:
                members.append(Parameters(found[index], self.missing, path))
            else:
                self.missing.require(path, None)
        return tuple(members)

    def _within(self, prefix: str, field_name: str) -> Parameters:
        values = {
            name.removeprefix(prefix): value
            for name, value in self._values.items()
            if name.startswith(prefix)
        }
        return Parameters(values, self.missing, (*self._path, field_name))

    def _members(self, name: str) -> dict[int, dict[str, str]]:
        """Returns the parts of each member of a list, by its index from 1.

        A bare `Tags=` is an empty list, and says nothing here.
        """
        prefix = f"{name}.{_MEMBER}."
        found: dict[int, dict[str, str]] = {}
        for full, value in self._values.items():
            if full.startswith(prefix):
                index, _, rest = full.removeprefix(prefix).partition(".")
                found.setdefault(_index(index), {}).setdefault(rest, value)
        return found


def _check_repeated(query: Pairs) -> None:
    """Refuses a query whose order matters; `sigv4` judges what is of a signature."""
    names = [name for name, _ in query if not name.lower().startswith(_OF_SIGNATURES)]
    if len(set(names)) != len(names):
        raise MalformedInputError("query_parameter_repeated")


def _check_once(name: str, seen: Mapping[str, str]) -> None:
    """Refuses what readers that fold cases could take for the action or version."""
    if name != _ONCE[name.lower()] or name in seen:
        raise MalformedInputError("action_ambiguous")


def _check_member(name: str, seen: set[tuple[str, ...]]) -> None:
    """Refuses a part of a list's member that is named twice, `01` being `1`."""
    parts = tuple(part.lstrip("0") or "0" for part in name.split("."))
    if parts in seen:
        raise MalformedInputError("member_repeated")
    seen.add(parts)


def _index(text: str) -> int:
    number = int(text) if _INTEGER.fullmatch(text) else 0
    if not 1 <= number <= http_limits.LIST_INDEX_MAX or not text.isdigit():
        raise MalformedInputError("list_index")
    return number
