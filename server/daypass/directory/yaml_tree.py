"""YAML to plain values, with the line of every value.

SPEC: YAML 1.2.2 section 10.3 (core schema), narrowed to what JSON can hold. Left
out, and refused: tags, anchors, aliases, merge keys, directives, several
documents, keys that are not text, keys that repeat, infinities.

The parser's events are read one by one, so that nothing of PyYAML ever constructs
an object, resolves a YAML 1.1 word (`on` is text here, and so is `2012-10-17`) or
recurses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NoReturn

import yaml

from daypass.core import limits
from daypass.core.quick import quick_init
from daypass.core.strict_json import JsonValue
from daypass.directory.fault import DirectoryInvalidError, Fault, Path, path_text

# The C parser reads a file of the largest size in tenths of a second; where PyYAML
# was built without it, its Python twin takes seconds.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

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
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


_ALIAS: Final = "anchors and aliases (`&`, `*`) are not taken"
_NUMBER_NOT_FINITE: Final = "a number must be finite"
_NUMBER_TOO_LONG: Final = "the number has too many digits"


@dataclass(frozen=True, slots=True)
class Tree:
    """A file's value, and where each part of it stands.

    Attributes:
        file: the file's name.
        value: mappings, lists, text, numbers, booleans and None.
        lines: the line of each part by its path; of a member, its key's line.
    """

    file: str
    value: JsonValue
    lines: Mapping[Path, int]


@quick_init
@dataclass(frozen=True, slots=True)
class Place:
    """A part of a file, for faults to point at."""

    tree: Tree
    path: Path = ()

    def at(self, *parts: str | int) -> Place:
        """Returns the place of a part of this part."""
        return Place(self.tree, (*self.path, *parts))

    @property
    def file(self) -> str:
        """The file's name."""
        return self.tree.file

    @property
    def value(self) -> JsonValue:
        """The value of this part; None where there is none."""
        value = self.tree.value
        for part in self.path:
            match value, part:
                case dict(), str():
                    value = value.get(part)
                case list(), int() if part < len(value):
                    value = value[part]
                case _:
                    return None
        return value

    @property
    def line(self) -> int:
        """The line of this part, or of the nearest part around it."""
        path = self.path
        while path and path not in self.tree.lines:
            path = path[:-1]
        return self.tree.lines.get(path, 1)

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
    if _SURROGATE.search(text):
        raise DirectoryInvalidError([Fault(file, 0, "", "the file is not Unicode")])
    builder = _Builder(file)
    with _reported(file):
        builder.take_all(text.removeprefix("\ufeff"))
    if builder.faults:
        raise DirectoryInvalidError(builder.faults)
    return Tree(file, builder.value, builder.lines)


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


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is being filled; `key` waits for its value."""

    path: Path
    members: dict[str, JsonValue] | None = None
    items: list[JsonValue] | None = None
    key: str | None = None


@dataclass(slots=True)
class _Builder:
    """Builds the value from events, on a stack of its own."""

    file: str
    value: JsonValue = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    _stack: list[_Frame] = field(default_factory=list)
    _documents: int = 0

    def take_all(self, text: str) -> None:
        """Takes all events of a text.

        Raises:
            DirectoryInvalidError: reading on would make no sense.
            yaml.YAMLError: it is not YAML.
        """
        loader = _LOADER(text)
        try:
            # NOTE: asked by its class, because a file has a hundred thousand events.
            while (event := loader.get_event()) is not None:
                take = _TAKE.get(event.__class__)
                if take is not None:
                    take(self, event, event.start_mark.line + 1)
        finally:
            loader.dispose()

    def take_alias(self, _: yaml.AliasEvent, line: int) -> None:
        self._fault(line, _ALIAS)
        self._add(None, line)

    def open_mapping(self, event: yaml.MappingStartEvent, line: int) -> None:
        self._check_node(event, line)
        self._open(line, _Frame((), members={}))

    def open_sequence(self, event: yaml.SequenceStartEvent, line: int) -> None:
        self._check_node(event, line)
        self._open(line, _Frame((), items=[]))

    def close(self, _: yaml.Event, line: int) -> None:
        del line
        self._stack.pop()

    def start_document(self, event: yaml.DocumentStartEvent, line: int) -> None:
        self._documents += 1
        if self._documents > 1:
            self._stop(line, "a file holds one document; this begins another")
        if event.version or event.tags:
            self._fault(line, "directives are not taken")

    def _check_node(
        self,
        event: yaml.ScalarEvent | yaml.CollectionStartEvent,
        line: int,
    ) -> None:
        if event.anchor is not None:
            self._fault(line, _ALIAS)
        if event.tag is not None:
            self._fault(line, "tags (`!…`) are not taken")

    def take_scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        self._check_node(event, line)
        plain = event.implicit[0]
        value = self._resolve(event.value, line) if plain else event.value
        frame = self._stack[-1] if self._stack else None
        if frame is None or frame.members is None or frame.key is not None:
            self._add(value, line)
            return
        if plain and event.value == "<<":
            self._fault(line, "merge keys (`<<`) are not taken")
        if not isinstance(value, str):
            self._fault(line, f"a key must be text; write {event.value!r} in quotes")
        key = event.value
        if key in frame.members:
            self._fault(line, "this key stands here twice", key)
        frame.key = key
        self.lines[(*frame.path, key)] = line

    def _resolve(self, text: str, line: int) -> JsonValue:
        try:
            return resolve_plain(text)
        except ValueError as error:
            self._fault(line, str(error))
            return None

    def _open(self, line: int, frame: _Frame) -> None:
        """Adds a mapping or list, and makes it the one to fill."""
        value = frame.items if frame.members is None else frame.members
        if len(self._stack) >= limits.JSON_DEPTH_MAX:
            self._stop(line, "the file is nested too deeply")
        frame.path = self._add(value, line)
        self._stack.append(frame)

    def _add(self, value: JsonValue, line: int) -> Path:
        """Puts a value where the next one belongs, and returns its path."""
        if len(self.lines) >= limits.DIRECTORY_FILE_NODES_MAX:
            self._stop(line, "the file holds too many values")
        if not self._stack:
            self.value = value
            self.lines[()] = line
            return ()
        frame = self._stack[-1]
        if frame.items is not None:
            path = (*frame.path, len(frame.items))
            frame.items.append(value)
            self.lines[path] = line
            return path
        if frame.members is None or frame.key is None:
            self._stop(line, "a key must be text")
        path = (*frame.path, frame.key)
        frame.members[frame.key] = value
        frame.key = None
        return path

    def _fault(self, line: int, reason: str, *parts: str) -> None:
        path = path_text((*self._here(), *parts))
        self.faults.append(Fault(self.file, line, path, reason))

    def _here(self) -> Path:
        """Returns where the next value belongs."""
        if not self._stack:
            return ()
        frame = self._stack[-1]
        if frame.items is not None:
            return (*frame.path, len(frame.items))
        return frame.path if frame.key is None else (*frame.path, frame.key)

    def _stop(self, line: int, reason: str) -> NoReturn:
        self._fault(line, reason)
        raise DirectoryInvalidError(self.faults)


# What is done about each kind of event; the others say nothing.
_TAKE: Final[Mapping[type[yaml.Event], Callable[[_Builder, Any, int], None]]] = {
    yaml.DocumentStartEvent: _Builder.start_document,
    yaml.AliasEvent: _Builder.take_alias,
    yaml.ScalarEvent: _Builder.take_scalar,
    yaml.MappingStartEvent: _Builder.open_mapping,
    yaml.SequenceStartEvent: _Builder.open_sequence,
    yaml.MappingEndEvent: _Builder.close,
    yaml.SequenceEndEvent: _Builder.close,
}
