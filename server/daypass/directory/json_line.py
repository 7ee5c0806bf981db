"""JSON in one line, which is YAML too, read by the JSON loader.

Programs write directories in this form. The JSON loader reads it in a tenth of the
time that the events of a YAML parser take, and as all of it stands in one line,
nobody needs to be told where.

What both do not surely read alike is left to YAML: escapes, of which YAML takes
others; characters that are not printed; strings so long that YAML takes no key of
that length; whatever the JSON loader refuses. A fault is so always told by the
reader of YAML.
"""

from __future__ import annotations

import re
from typing import Final

from daypass.core import limits
from daypass.core.strict_json import InvalidJsonError, JsonValue, loads

# SPEC: YAML 1.2.2 section 7.4.3: a key has 1024 characters at most, with its quotation
# marks and the blanks before its colon. What lies between two of its quotation marks
# and what lies between it and the next string are both searched here.
_LONG: Final = re.compile(r'"[^"]{500}')


def read_json_line(text: str) -> dict[str, JsonValue] | None:
    """Returns the object that a text is in one line, or None for any other text.

    It is what the events of YAML would give, and they would give it without a fault.
    """
    line = text.removesuffix("\n")
    # NOTE: what is printable holds no further line break and no tab.
    if not line.startswith("{") or not line.isprintable():
        return None
    if "\\" in line or _LONG.search(line) or _may_hold_many(line):
        return None
    try:
        value = loads(line, size_max=limits.DIRECTORY_FILE_BYTES_MAX)
    except InvalidJsonError:
        return None
    return value if isinstance(value, dict) else None


def _may_hold_many(line: str) -> bool:
    """Tells whether a line may hold more values than YAML is taken with."""
    # All but the first value follow a comma or open what they are in.
    most = 1 + line.count(",") + line.count("{") + line.count("[")
    return most > limits.DIRECTORY_FILE_NODES_MAX
