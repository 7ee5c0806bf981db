"""The events of a YAML parser to one plain value, and the line of each part of it.

The events are read one by one, so that nothing of PyYAML ever constructs an object
or resolves a YAML 1.1 word (`on` is text here, and so is `2012-10-17`). What nests
deeper than is taken is not followed, so that no stack ends. Where a part stands is
written down as a number in a list beside the mapping or list that it is in: most
parts are never asked for, and a path for each takes longer than the part itself.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, TypeAlias

import yaml

from daypass.core import limits
from daypass.core.strict_json import JsonValue
from daypass.directory.fault import DirectoryInvalidError, Fault, path_text
from daypass.directory.yaml_scalars import resolve_plain

# The C parser reads a file of the largest size in tenths of a second; where PyYAML
# was built without it, its Python twin takes seconds.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_SCALAR: Final = yaml.ScalarEvent
_MAPPING_END: Final = yaml.MappingEndEvent
_LIST_END: Final = yaml.SequenceEndEvent

_MERGE: Final = "<<"
_ALIAS: Final = "anchors and aliases (`&`, `*`) are not taken"
_TAG: Final = "tags (`!…`) are not taken"
_TOO_MANY: Final = "the file holds too many values"
_KEY_NOT_TEXT: Final = "a key must be text"


# The way to a part: the way to what it is in, and what it is called there.
_Way = tuple["_Way", str | int] | None


# NOTE: an event of PyYAML, whose attributes depend on its class.
_Event: TypeAlias = Any


@dataclass(slots=True)
class TreeBuilder:
    """Builds the value of one document from events.

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
    _take: Callable[[], Any] = lambda: None
    # The document itself is one value.
    _count: int = 1
    # Words repeat; what each means is found out once for a file.
    _words: dict[str, JsonValue] = field(default_factory=dict)

    def take_all(self, text: str) -> None:
        """Takes all events of a text.

        Raises:
            DirectoryInvalidError: reading on would make no sense.
            yaml.YAMLError: it is not YAML.
        """
        loader = _LOADER(text)
        self._take = loader.get_event
        documents = 0
        try:
            while (event := self._take()) is not None:
                kind = event.__class__
                if kind is yaml.DocumentStartEvent:
                    documents += 1
                    self._start_document(event, documents)
                elif issubclass(kind, yaml.NodeEvent):
                    self.value = self._document(event)
        finally:
            loader.dispose()

    def _start_document(self, event: _Event, number: int) -> None:
        if number > 1:
            self._stop(event, None, "a file holds one document; this begins another")
        if event.version or event.tags:
            self._fault(event, None, "directives are not taken")

    def _document(self, event: _Event) -> JsonValue:
        self.line = event.start_mark.line + 1
        return self._node(event, None, 0)

    def _node(self, event: _Event, way: _Way, depth: int) -> JsonValue:
        """Reads the value that an event begins, with so many values around it."""
        kind = event.__class__
        if kind is _SCALAR:
            return self._scalar(event, way)
        self._check_node(event, way)
        if kind is yaml.AliasEvent:
            return None
        self._check_depth(event, way, depth)
        if kind is yaml.MappingStartEvent:
            return self._mapping(way, depth + 1)
        return self._list(way, depth + 1)

    def _mapping(self, way: _Way, depth: int) -> JsonValue:
        """Reads the members of a mapping up to its end."""
        members: dict[str, JsonValue] = {}
        lines: list[int] = []
        take = self._take
        while (event := take()).__class__ is not _MAPPING_END:
            lines.append(event.start_mark.line + 1)
            if event.__class__ is not _SCALAR:
                self._refuse_key(event, way, depth)
            self._count += 1
            if self._count > limits.DIRECTORY_FILE_NODES_MAX:
                self._stop(event, way, _TOO_MANY)
            key = event.value
            value = self._scalar(event, way)
            if value.__class__ is not str or key in members or key == _MERGE:
                self._fault_key(event, way, members)
            event = take()
            # NOTE: most values are text, and need no question more.
            if event.__class__ is _SCALAR:
                members[key] = self._scalar(event, (way, key))
            else:
                members[key] = self._node(event, (way, key), depth)
        self.lines[id(members)] = lines
        return members

    def _list(self, way: _Way, depth: int) -> JsonValue:
        """Reads the items of a list up to its end."""
        items: list[JsonValue] = []
        lines: list[int] = []
        take = self._take
        while (event := take()).__class__ is not _LIST_END:
            self._count += 1
            if self._count > limits.DIRECTORY_FILE_NODES_MAX:
                self._stop(event, (way, len(items)), _TOO_MANY)
            lines.append(event.start_mark.line + 1)
            items.append(self._node(event, (way, len(items)), depth))
        self.lines[id(items)] = lines
        return items

    def _scalar(self, event: _Event, way: _Way) -> JsonValue:
        """Returns what a scalar says; text without quotes may be something else."""
        if event.tag is not None or event.anchor is not None:
            self._check_node(event, way)
        text: str = event.value
        if not event.implicit[0]:
            return text
        try:
            return self._words[text]
        except KeyError:
            return self._resolve(event, way)

    def _resolve(self, event: _Event, way: _Way) -> JsonValue:
        value: JsonValue = None
        try:
            value = self._words[event.value] = resolve_plain(event.value)
        except ValueError as error:
            self._fault(event, way, str(error))
        return value

    def _check_node(self, event: _Event, way: _Way) -> None:
        if event.anchor is not None:
            self._fault(event, way, _ALIAS)
        # NOTE: an alias is nothing but a name, and has no tag.
        if getattr(event, "tag", None) is not None:
            self._fault(event, way, _TAG)

    def _check_depth(self, event: _Event, way: _Way, depth: int) -> None:
        if depth >= limits.JSON_DEPTH_MAX:
            self._stop(event, way, "the file is nested too deeply")

    def _fault_key(self, event: _Event, way: _Way, members: Container[str]) -> None:
        """Adds a fault for each thing that is wrong about a key."""
        key = event.value
        if event.implicit[0] and key == _MERGE:
            self._fault(event, way, "merge keys (`<<`) are not taken")
        if event.implicit[0] and not isinstance(self._words.get(key), str):
            self._fault(event, way, f"{_KEY_NOT_TEXT}; write {key!r} in quotes")
        if key in members:
            self._fault(event, (way, key), "this key stands here twice")

    def _refuse_key(self, event: _Event, way: _Way, depth: int) -> NoReturn:
        self._check_node(event, way)
        if event.__class__ is not yaml.AliasEvent:
            self._check_depth(event, way, depth)
        self._stop(event, way, _KEY_NOT_TEXT)

    def _fault(self, event: _Event, way: _Way, reason: str) -> None:
        parts: list[str | int] = []
        while way is not None:
            way, part = way
            parts.append(part)
        path = path_text(tuple(reversed(parts)))
        line = event.start_mark.line + 1
        self.faults.append(Fault(self.file, line, path, reason))

    def _stop(self, event: _Event, way: _Way, reason: str) -> NoReturn:
        self._fault(event, way, reason)
        raise DirectoryInvalidError(self.faults)
