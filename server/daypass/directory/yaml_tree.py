"""YAML to plain values, with the line of every value.

SPEC: YAML 1.2.2 section 10.3 (core schema), narrowed to what JSON can hold. Left
out, and refused: tags, anchors, aliases, merge keys, directives, several
documents, keys that are not text, keys that repeat, infinities.

A file that is JSON in one line, as programs write it, is read by the JSON loader,
which takes a tenth of the time; `json_line` says where both say the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Self

import yaml

from daypass.core import limits
from daypass.core.quick import quick_init
from daypass.core.strict_json import JsonValue
from daypass.directory.fault import DirectoryInvalidError, Fault, Path, path_text
from daypass.directory.json_line import read_json_line
from daypass.directory.yaml_events import TreeBuilder

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def _no_lines() -> Mapping[int, Sequence[int]]:
    return {}


@dataclass(frozen=True, slots=True)
class Tree:
    """A file's value, and where each part of it stands.

    Attributes:
        file: the file's name.
        value: mappings, lists, text, numbers, booleans and None. Nobody changes it.
        line: where the document begins.
        lines: of each mapping or list in the value, by its identity, the line of each
            of its parts in order; of a member, its key's line. Where there is none,
            all of it stands in the first line.
    """

    file: str
    value: JsonValue
    line: int = 1
    # Not compared: what is read twice says the same, and has other identities.
    lines: Mapping[int, Sequence[int]] = field(
        default_factory=_no_lines, compare=False, repr=False
    )

    def lines_in(self, part: JsonValue) -> Sequence[int]:
        """Returns the line of each member or item of a part of the value."""
        if not isinstance(part, dict | list):
            return ()
        return self.lines.get(id(part)) or (1,) * len(part)


@quick_init
@dataclass(frozen=True, slots=True)
class Place:
    """A part of a file, for faults to point at.

    Attributes:
        tree: the file.
        value: the value of this part; None where there is none.
        path: where it is.
    """

    tree: Tree
    value: JsonValue
    path: Path = ()

    @classmethod
    def whole(cls, tree: Tree) -> Self:
        """Returns the place of a whole file."""
        return cls(tree, tree.value)

    def at(self, *parts: str | int) -> Place:
        """Returns the place of a part of this part."""
        value = self.value
        for part in parts:
            # NOTE: a mapping, mostly; no key of one is a number.
            value = value.get(part) if isinstance(value, dict) else _item(value, part)  # type: ignore[arg-type]
        return Place(self.tree, value, self.path + parts)

    @property
    def file(self) -> str:
        """The file's name."""
        return self.tree.file

    @property
    def line(self) -> int:
        """The line of this part, or of the nearest part around it."""
        around: JsonValue = None
        position = 0
        here = self.tree.value
        for part in self.path:
            match here, part:
                case dict(), str() if part in here:
                    around, position = here, list(here).index(part)
                    here = here[part]
                case list(), int() if part < len(here):
                    around, position = here, part
                    here = here[part]
                case _:
                    break
        return self.tree.lines_in(around)[position] if around else self.tree.line

    def fault(self, reason: str) -> Fault:
        """Returns a fault of this part."""
        return Fault(self.file, self.line, path_text(self.path), reason)


def parse_yaml(file: str, text: str) -> Tree:
    """Parses one document.

    Raises:
        DirectoryInvalidError: it is not YAML, or more than this reader takes.
    """
    if len(text) > limits.DIRECTORY_FILE_BYTES_MAX:
        raise DirectoryInvalidError([Fault(file, 0, "", "the file is too large")])
    value = read_json_line(text)
    if value is not None:
        return Tree(file, value)
    return parse_events(file, text)


def parse_events(file: str, text: str) -> Tree:
    """Parses one document as YAML, whatever it is written like.

    Raises:
        DirectoryInvalidError: as for `parse_yaml`, which looks at the size.
    """
    if not text.isascii() and _SURROGATE.search(text):
        raise DirectoryInvalidError([Fault(file, 0, "", "the file is not Unicode")])
    builder = TreeBuilder(file)
    with _reported(file):
        builder.take_all(text.removeprefix("\ufeff"))
    if builder.faults:
        raise DirectoryInvalidError(builder.faults)
    return Tree(file, builder.value, builder.line, builder.lines)


def _item(value: JsonValue, part: str | int) -> JsonValue:
    """Returns an item of a list, or None where there is none."""
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return None


@contextmanager
def _reported(file: str) -> Iterator[None]:
    """Turns what the parser says into a fault of the file."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = (error.context, error.problem)
        reason = ", ".join(word for word in words if word)
        line = mark.line + 1 if mark else 0
        fault = Fault(file, line, "", f"not YAML: {reason}")
        raise DirectoryInvalidError([fault]) from None
    except (yaml.YAMLError, ValueError, OverflowError):
        # NOTE: the Python scanner lets an escape beyond Unicode raise the last two.
        fault = Fault(file, 0, "", "not YAML: a character that YAML does not take")
        raise DirectoryInvalidError([fault]) from None
