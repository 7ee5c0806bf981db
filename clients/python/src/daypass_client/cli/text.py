"""Text for people, for programs and for shells, from values; it prints nothing."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta


def printable(text: str) -> str:
    """Returns the text with what could steer a terminal written as escapes."""
    return "".join(
        character if character.isprintable() else _escaped(character)
        for character in text
    )


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode()


def to_json(value: object) -> str:
    """Returns a value as JSON: times in ISO 8601 and UTC, spans in seconds."""
    return json.dumps(value, indent=2, default=_json_default)


def _json_default(value: object) -> object:
    if isinstance(value, datetime):
        return iso_time(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return dict(value)
    message = f"{type(value).__name__} has no form in JSON"
    raise TypeError(message)


def to_cell(value: object) -> str:
    """Returns a value as a person reads it in a table; nothing is a dash."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return iso_time(value)
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g} s"
    if isinstance(value, Mapping):
        value = [f"{key}={item}" for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        value = ", ".join(str(item) for item in value)
    return "-" if value is None or value == "" else str(value)


def iso_time(time: datetime) -> str:
    """Returns a time as `2026-01-02T03:04:05Z`."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_exports(variables: Mapping[str, str]) -> str:
    """Returns lines for `eval` in a POSIX shell; every value is quoted."""
    return "\n".join(
        f"export {name}={shlex.quote(value)}" for name, value in variables.items()
    )
