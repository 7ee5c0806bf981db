"""How large a policy document is.

SPEC: policy-language 3.4. A loaded document has no blanks outside strings, so that
its text may be laid out for readers.
"""

from __future__ import annotations

import json
from typing import Final

from daypass.core.strict_json import JsonValue

# Made once: to make one takes as long as to use it a few times.
_STRINGS: Final = json.JSONEncoder(ensure_ascii=False)


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
            size += len(_STRINGS.encode(item))
        else:
            size += len(str(item))
    return size


def _brackets(count: int) -> int:
    """Returns the characters of the brackets, and of the commas between members."""
    return 2 + max(0, count - 1)
