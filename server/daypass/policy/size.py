"""How large a policy document is.

SPEC: policy-language 3.4. Blanks outside strings do not count, so that a document
may be laid out for readers.
"""

from __future__ import annotations

import json
import re
from typing import Final

from daypass.core.strict_json import JsonValue

# NOTE: linear in any text: each character is looked at by one alternative, once.
_STRING_OR_BLANKS: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|[ \t\r\n]++', re.DOTALL)


def text_size(text: str) -> int:
    """Returns the characters of a document, without blanks outside strings."""
    blanks = sum(
        len(match.group())
        for match in _STRING_OR_BLANKS.finditer(text)
        if not match.group().startswith('"')
    )
    return len(text) - blanks


def value_size(value: JsonValue, *, size_max: int) -> int:
    """Returns the characters that a loaded document takes as compact JSON.

    Counting ends soon after `size_max`, so that lists which hold themselves, or one
    another many times over, take no longer than a document of that size.
    """
    size = 0
    pending = [value]
    while pending and size <= size_max:
        item = pending.pop()
        if isinstance(item, dict):
            size += _brackets(len(item)) + len(item)
            pending.extend(item.keys())
            pending.extend(item.values())
        elif isinstance(item, list):
            size += _brackets(len(item))
            pending.extend(item)
        elif isinstance(item, str):
            size += len(json.dumps(item, ensure_ascii=False))
        else:
            size += len(str(item))
    return size


def _brackets(count: int) -> int:
    """Returns the characters of the brackets, and of the commas between members."""
    return 2 + max(0, count - 1)
