"""JSON without a blank too many, by which stored policies are measured.

SPEC: policy-language 3.4: blanks outside strings do not count.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Final

from daypass.core.strict_json import JsonValue

# Made once: to make one takes as long as to use it a few times, and a directory has
# many scalars.
_SCALARS: Final = json.JSONEncoder(ensure_ascii=False)


def compact_json(value: JsonValue) -> str:
    """Returns a value as the shortest JSON; members keep their order."""
    match value:
        case dict():
            members = (
                f"{compact_json(key)}:{compact_json(part)}"
                for key, part in value.items()
            )
            return "{" + ",".join(members) + "}"
        case list():
            return "[" + ",".join(map(compact_json, value)) + "]"
        case Decimal():
            # NOTE: a finite decimal prints as JSON has it, and keeps its value.
            return str(value)
        case _:
            return _SCALARS.encode(value)
