"""The events of a YAML parser to one plain value, and the line of each part of it.

The events are read one by one, so that nothing of PyYAML ever constructs an object,
resolves a YAML 1.1 word (`on` is text here, and so is `2012-10-17`) or recurses.
Where a part stands is written down as a number in a list beside the mapping or list
that it is in: most parts are never asked for, and a path for each takes longer than
the part itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NoReturn, Protocol

import yaml

from daypass.core import limits
from daypass.core.strict_json import JsonValue
from daypass.directory.fault import DirectoryInvalidError, Fault, Path, path_text
from daypass.directory.yaml_scalars import resolve_plain

# The C parser reads a file of the largest size in tenths of a second; where PyYAML
# was built without it, its Python twin takes seconds.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_ALIAS: Final = "anchors and aliases (`&`, `*`) are not taken"
_TAG: Final = "tags (`!…`) are not taken"
_KEY_NOT_TEXT: Final = "a key must be text"


class _Mark(Protocol):
    """Where an event begins; lines count from 0."""

    line: int


class _Event(Protocol):
    """What is asked of events, each of which has what its kind is asked for.

    Attributes:
        start_mark: where it begins.
        anchor: of a value, its name in the file.
        tag: of a value, its type.
        value: of a scalar, its text.
        implicit: of a scalar, whether it stands without quotes, first.
        version: of a document, what its directive says.
        tags: of a document, what its directives say.
    """

    start_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    implicit: tuple[bool, bool]
    version: object
    tags: object


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is being filled.

    Attributes:
        part: what it is called in the frame around it.
        members: the mapping, or None for a list.
        items: the list; empty for a mapping.
        lines: the line of each member or item.
        key: the key that waits for its value.
    """

    part: str | int
    members: dict[str, JsonValue] | None
    items: list[JsonValue]
    lines: list[int] = field(default_factory=list)
    key: str | None = None


@dataclass(slots=True)
class TreeBuilder:
    """Builds the value from events, on a stack of its own.

    Attributes:
        file: the file's name.
        value: what the document says, or None for no document.
        line: where it begins.
        lines: the lines of all parts of a mapping or list, by its identity.
        faults: what is wrong so far.
    """

    file: str
    value: JsonValue = None
    line: int = 1
    lines: dict[int, list[int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    _stack: list[_Frame] = field(default_factory=list)
    # What is filled at present. The document itself is the one item of the first.
    _frame: _Frame = field(default_factory=lambda: _Frame(0, None, []))
    _count: int = 0
    _documents: int = 0
    # Words repeat; what each means is found out once for a file.
    _words: dict[str, JsonValue] = field(default_factory=dict)

    def take_all(self, text: str) -> None:
        """Takes all events of a text.

        Raises:
            DirectoryInvalidError: reading on would make no sense.
            yaml.YAMLError: it is not YAML.
        """
        document = self._frame
        takes = self._takes()
        loader = _LOADER(text)
        take_next = loader.get_event
        try:
            # NOTE: asked by its class, because a file has a hundred thousand events.
            while (event := take_next()) is not None:
                take = takes.get(event.__class__)
                if take is not None:
                    take(event)
        finally:
            loader.dispose()
        if document.items:
            self.value, self.line = document.items[0], document.lines[0]

    def _takes(self) -> Mapping[type[yaml.Event], Callable[[_Event], None]]:
        """Returns what is done about each kind of event; the others say nothing."""
        return {
            yaml.DocumentStartEvent: self._start_document,
            yaml.AliasEvent: self._take_alias,
            yaml.ScalarEvent: self._take_scalar,
            yaml.MappingStartEvent: self._open_mapping,
            yaml.SequenceStartEvent: self._open_sequence,
            yaml.MappingEndEvent: self._close,
            yaml.SequenceEndEvent: self._close,
        }

    def _take_scalar(self, event: _Event) -> None:
        value: JsonValue = event.value
        plain = event.implicit[0]
        if event.tag is not None or event.anchor is not None:
            self._check_node(event)
        if plain:
            try:
                value = self._words[event.value]
            except KeyError:
                value = self._resolve(event)
        frame = self._frame
        members = frame.members
        if members is None or frame.key is not None:
            self._add(value, event)
            return
        key = event.value
        if value.__class__ is not str or key in members or (plain and key == "<<"):
            self._check_key(value, event)
        frame.key = key
        frame.lines.append(event.start_mark.line + 1)

    def _open_mapping(self, event: _Event) -> None:
        members: dict[str, JsonValue] = {}
        self._open(event, members, _Frame("", members, []))

    def _open_sequence(self, event: _Event) -> None:
        items: list[JsonValue] = []
        self._open(event, items, _Frame("", None, items))

    def _close(self, _: _Event) -> None:
        self._frame = self._stack.pop()

    def _start_document(self, event: _Event) -> None:
        self._documents += 1
        if self._documents > 1:
            self._stop(event, "a file holds one document; this begins another")
        if event.version or event.tags:
            self._fault(event, "directives are not taken")

    def _take_alias(self, event: _Event) -> None:
        self._fault(event, _ALIAS)
        self._add(None, event)

    def _open(self, event: _Event, value: JsonValue, frame: _Frame) -> None:
        """Adds a mapping or list, and makes it the one to fill."""
        if event.tag is not None or event.anchor is not None:
            self._check_node(event)
        if len(self._stack) >= limits.JSON_DEPTH_MAX:
            self._stop(event, "the file is nested too deeply")
        around = self._frame
        frame.part = self._add(value, event)
        self._stack.append(around)
        self.lines[id(value)] = frame.lines
        self._frame = frame

    def _add(self, value: JsonValue, event: _Event) -> str | int:
        """Puts a value where the next one belongs, and returns what it is called."""
        self._count += 1
        if self._count > limits.DIRECTORY_FILE_NODES_MAX:
            self._stop(event, "the file holds too many values")
        frame = self._frame
        members = frame.members
        if members is None:
            frame.items.append(value)
            frame.lines.append(event.start_mark.line + 1)
            return len(frame.items) - 1
        key = frame.key
        if key is None:
            self._stop(event, _KEY_NOT_TEXT)
        members[key] = value
        frame.key = None
        return key

    def _resolve(self, event: _Event) -> JsonValue:
        value: JsonValue = None
        try:
            value = self._words[event.value] = resolve_plain(event.value)
        except ValueError as error:
            self._fault(event, str(error))
        return value

    def _check_node(self, event: _Event) -> None:
        if event.anchor is not None:
            self._fault(event, _ALIAS)
        if event.tag is not None:
            self._fault(event, _TAG)

    def _check_key(self, value: JsonValue, event: _Event) -> None:
        """Adds a fault for each thing that is wrong about a key."""
        key = event.value
        if event.implicit[0] and key == "<<":
            self._fault(event, "merge keys (`<<`) are not taken")
        if not isinstance(value, str):
            self._fault(event, f"{_KEY_NOT_TEXT}; write {key!r} in quotes")
        if self._frame.members is not None and key in self._frame.members:
            self._fault(event, "this key stands here twice", key)

    def _fault(self, event: _Event, reason: str, *parts: str) -> None:
        path = path_text((*self._here(), *parts))
        line = event.start_mark.line + 1
        self.faults.append(Fault(self.file, line, path, reason))

    def _here(self) -> Path:
        """Returns where the next value belongs."""
        if not self._stack:
            return ()
        # NOTE: the first frame holds the document, and what it holds has no name.
        path = tuple(frame.part for frame in (*self._stack, self._frame)[2:])
        frame = self._frame
        if frame.members is None:
            return (*path, len(frame.items))
        return path if frame.key is None else (*path, frame.key)

    def _stop(self, event: _Event, reason: str) -> NoReturn:
        self._fault(event, reason)
        raise DirectoryInvalidError(self.faults)
