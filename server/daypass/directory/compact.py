"""JSON without a blank too many, by which stored policies are measured.

SPEC: policy-language 3.4: blanks outside strings do not count.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Final

from daypass.core.strict_json import JsonValue

# Made once: to make one takes as long as to use it a few times. It takes no decimal,
# and what was parsed is in no circle.
_WHOLE: Final = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), check_circular=False
)


def compact_json(value: JsonValue) -> str:
    """Returns a value as the shortest JSON; members keep their order."""
    try:
        return _WHOLE.encode(value)
    except TypeError:
        return _part_by_part(value)


def _part_by_part(value: JsonValue) -> str:
    """Returns a value that has decimals in it, each with the digits it has."""
    match value:
        case dict():
            members = (
                f"{_WHOLE.encode(key)}:{_part_by_part(part)}"
                for key, part in value.items()
            )
            return "{" + ",".join(members) + "}"
        case list():
            return "[" + ",".join(map(_part_by_part, value)) + "]"
        case Decimal():
            # NOTE: a finite decimal prints as JSON has it, and keeps its value.
            return str(value)
        case _:
            return _WHOLE.encode(value)
