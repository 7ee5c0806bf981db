"""What may stand in a log line, and in which form.

Values are made plain: text, numbers, and lists and mappings of them, all bounded.
A `Secret`, and the value of any field that is named like a secret, becomes the
redaction mark. An object of another type is shown by the name of its type only,
so that a request or a message is never logged whole (attacks L01, L03).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, MutableMapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address, IPv6Address
from itertools import islice
from pathlib import PurePath
from typing import Any, Final

from daypass.core import limits
from daypass.core.secret import REDACTED, Secret
from daypass.telemetry import names

_SHOWN_AS_TEXT: Final = (PurePath, IPv4Address, IPv6Address, Decimal)

# A value as it stands in a line.
Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]


def redact_event(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> dict[str, Plain]:
    """Makes an event plain; a processor of structlog."""
    return _members(event, limits.LOG_DEPTH_MAX)


def is_secret_field(name: str) -> bool:
    """Tells whether a field is named like a secret."""
    words = name.lower().replace("-", "_").split("_")
    return any(
        "_".join(words[start:]) in names.SECRET_FIELDS for start in range(len(words))
    )


def _members(mapping: Mapping[Any, object], depth: int) -> dict[str, Plain]:
    plain: dict[str, Plain] = {}
    for key, value in islice(mapping.items(), limits.LOG_ITEMS_MAX):
        name = _text(str(key))
        plain[name] = REDACTED if is_secret_field(name) else _plain(value, depth)
    return plain


def _plain(value: object, depth: int) -> Plain:
    if isinstance(value, Secret):
        return REDACTED
    if isinstance(value, Enum):
        return _plain(value.value, depth)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        # NaN and the infinities are not JSON.
        return value if math.isfinite(value) else str(value)
    shown = _shown(value)
    return _container(value, depth) if shown is None else _text(shown)


def _shown(value: object) -> str | None:
    """Returns the text of a value that is shown as text, or None."""
    match value:
        case str():
            return value
        case datetime():
            return value.isoformat()
        case timedelta():
            return f"{value.total_seconds()}s"
        case bytes() | bytearray() | memoryview():
            return f"<{len(value)} bytes>"
        case BaseException():
            return f"{type(value).__qualname__}: {value}"
        case _:
            return str(value) if isinstance(value, _SHOWN_AS_TEXT) else None


def _container(value: object, depth: int) -> Plain:
    if depth > 0 and isinstance(value, Mapping):
        return _members(value, depth - 1)
    if depth > 0 and isinstance(value, list | tuple | set | frozenset):
        return _items(value, depth - 1)
    return f"<{type(value).__qualname__}>"


def _items(values: Iterable[object], depth: int) -> list[Plain]:
    return [_plain(value, depth) for value in islice(values, limits.LOG_ITEMS_MAX)]


def _text(text: str) -> str:
    most = limits.LOG_VALUE_CHARACTERS_MAX
    return text if len(text) <= most else f"{text[:most]}[{len(text) - most} more]"
