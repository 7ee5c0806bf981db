"""Texts to files of the right shape, with every fault of their shape.

An entry that is malformed is left out and the rest of its file is still read, so
that one run reports what is wrong everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from daypass.core.strict_json import JsonValue
from daypass.directory.fault import DirectoryInvalidError, Fault, Path
from daypass.directory.organization_schema import OrganizationFile
from daypass.directory.schema import (
    AccountFile,
    DirectoryFile,
    SharedFile,
)
from daypass.directory.yaml_tree import Place, Tree, parse_yaml

YAML_SUFFIXES: Final = (".yaml", ".yml")
JSON_SUFFIX: Final = ".json"

_KINDS: Final[Mapping[str, type[DirectoryFile]]] = {
    "account": AccountFile,
    "owner": SharedFile,
    "organization": OrganizationFile,
}
_REASONS: Final = {
    "missing": "this field is required",
    "extra_forbidden": "there is no such field",
    "too_short": "at least {min_length} of these is required",
    "too_long": "at most {max_length} of these are taken",
}
_EXPECTED: Final = {
    "string_type": "text",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
}
# How deep an entry of a file stands: `users.dev`.
_ENTRY_DEPTH: Final = 2


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file of the right shape."""

    place: Place
    content: DirectoryFile


@dataclass(frozen=True, slots=True)
class ReadFolder:
    """The files of a folder, as far as their shape is right.

    Attributes:
        files: in order of their names.
        texts: all texts by name, of policies by reference too.
        faults: what was left out, and why.
    """

    files: tuple[ReadFile, ...]
    texts: Mapping[str, str]
    faults: tuple[Fault, ...]


def read_folder(texts: Mapping[str, str]) -> ReadFolder:
    """Reads all YAML files of a folder.

    Args:
        texts: the files' texts by their names relative to the folder, with
            slashes. Names that do not end as YAML does are not read here.
    """
    files: list[ReadFile] = []
    faults: list[Fault] = []
    names = sorted(name for name in texts if name.endswith(YAML_SUFFIXES))
    for name in names:
        try:
            tree = parse_yaml(name, texts[name])
        except DirectoryInvalidError as error:
            faults.extend(error.faults)
            continue
        content = _shape(tree, faults)
        if content is not None:
            files.append(ReadFile(Place.whole(tree), content))
    if not names:
        faults.append(Fault("", 0, "", "the folder holds no YAML file"))
    return ReadFolder(tuple(files), texts, tuple(faults))


def _shape(tree: Tree, faults: list[Fault]) -> DirectoryFile | None:
    """Returns what of the file has its shape, adding a fault for what has not."""
    value = tree.value
    if not isinstance(value, dict):
        faults.append(
            Place.whole(tree).fault(f"expected a mapping, found {_word(value)}")
        )
        return None
    marks = [mark for mark in _KINDS if mark in value]
    if len(marks) != 1:
        faults.append(Place.whole(tree).fault(_KIND_UNCLEAR))
        return None
    kind = _KINDS[marks[0]]
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        details = error.errors(include_url=False)
        faults.extend(_fault(tree, one) for one in details)
        paths = [_path(value, one) for one in details]
    try:
        return kind.model_validate(_without(value, paths))
    except ValidationError:
        return None


def _without(value: dict[str, JsonValue], paths: list[Path]) -> JsonValue:
    """Returns a file without the entries, or else sections, that paths lead into."""
    entries = {path[:_ENTRY_DEPTH] for path in paths}
    pruned: dict[str, JsonValue] = {}
    for name, section in value.items():
        if (name,) in entries:
            continue
        if isinstance(section, dict):
            pruned[name] = {
                key: entry
                for key, entry in section.items()
                if (name, key) not in entries
            }
        else:
            pruned[name] = section
    return pruned


def _path(value: JsonValue, error: ErrorDetails) -> Path:
    """Returns where an error is, without the steps that only pydantic knows."""
    path: list[str | int] = []
    here: JsonValue = value
    for part in error["loc"]:
        match here, part:
            case dict(), str() if part in here:
                here = here[part]
            case list(), int() if part < len(here):
                here = here[part]
            case _:
                continue
        path.append(part)
    if error["type"] == "missing":
        path.append(error["loc"][-1])
    return tuple(path)


def _fault(tree: Tree, error: ErrorDetails) -> Fault:
    kind = error["type"]
    found = error["input"]
    if kind in _EXPECTED:
        reason = f"expected {_EXPECTED[kind]}, found {_word(found)}"
        if kind == "string_type" and isinstance(found, _QUOTABLE):
            reason += "; write it in quotes"
    else:
        reason = _REASONS.get(kind, "").format(**error.get("ctx", {}))
        reason = reason or _sentence(error["msg"])
    return Place.whole(tree).at(*_path(tree.value, error)).fault(reason)


def _sentence(message: str) -> str:
    """Puts a message of pydantic, which quotes no input, into our tone."""
    return message[:1].lower() + message[1:]


def _word(value: object) -> str:
    """Names a kind of value, never the value: it may be a secret in a wrong place."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "a truth value"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return "a number"


_QUOTABLE: Final = (bool, int, Decimal)
_KIND_UNCLEAR: Final = (
    "expected exactly one of account, owner and organization at the top of the file"
)
