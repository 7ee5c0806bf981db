"""Reads the files of the AWS SDKs: sections of `key = value`, with their lines.

SPEC: "Shared config and credentials files" of the AWS SDKs and Tools reference.
Left out: values of more than one line. A line that is indented below a key
without a value is a nested setting of another service, and is passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from daypass_client.errors import ConfigurationError

_SECTION: Final = re.compile(r"\[\s*(?P<name>[^\[\]]*?)\s*\]\s*(?:[#;].*)?")


@dataclass(frozen=True, slots=True)
class Entry:
    """A value and where it stands; the value is not shown."""

    text: str = field(repr=False)
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its name as written, where it begins, and its entries by key."""

    name: str
    line: int
    entries: dict[str, Entry] = field(default_factory=dict)


@dataclass(slots=True)
class _Place:
    """Where the reading is: the last key's depth, and whether it had a value."""

    section: Section | None = None
    depth: int = -1
    nested: bool = False


def parse_sections(text: str, file: str) -> tuple[Section, ...]:
    """Returns the sections of a file.

    Raises:
        ConfigurationError: a line makes no sense, or a section or key is repeated.
            The message names the line and shows nothing of it: it may hold a
            secret.
    """
    sections: dict[str, Section] = {}
    place = _Place()
    for number, line in enumerate(text.split("\n"), start=1):
        content = line.strip()
        if not content or content[0] in "#;":
            continue
        if line[0] == "[":
            section = _begin(content, file, number)
            if section.name in sections:
                raise _fault("The section is a repetition.", file, number)
            sections[section.name] = section
            place = _Place(section)
        else:
            _read_entry(line, place, file, number)
    return tuple(sections.values())


def _begin(content: str, file: str, line: int) -> Section:
    match = _SECTION.fullmatch(content)
    if match is None or not match["name"]:
        raise _fault("The section is not of the form [name].", file, line)
    return Section(match["name"], line)


def _read_entry(line: str, place: _Place, file: str, number: int) -> None:
    depth = len(line) - len(line.lstrip())
    if place.depth >= 0 and depth > place.depth:
        if not place.nested:
            raise _fault("The line is indented; a value has one line.", file, number)
        return
    key, equals, value = line.partition("=")
    key, value = key.strip().lower(), value.strip()
    if not equals or not key:
        raise _fault("The line is not of the form key = value.", file, number)
    if place.section is None:
        raise _fault("The key stands before the first [section].", file, number)
    if key in place.section.entries:
        raise _fault("The key is a repetition.", file, number)
    place.section.entries[key] = Entry(value, file, number)
    place.depth, place.nested = depth, not value


def _fault(message: str, file: str, line: int) -> ConfigurationError:
    return ConfigurationError(message, file=file, line=line)
