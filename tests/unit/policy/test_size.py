"""How documents are measured.

SPEC: policy-language 3.4.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from daypass.core.strict_json import JsonValue
from daypass.policy.size import value_size


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"a": [], "b": {}},
        {"a": [1, -2, True, False, None, "\u00e9", '"\\\n']},
        {"a": {"b": {"c": [[["d"]]]}}},
    ],
)
def test_values_count_as_compact_text(value: Any) -> None:
    """A loaded document is as large as its compact text."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)

    assert len(text) == value_size(value, size_max=1_000)


def test_decimals_count_as_their_digits() -> None:
    """A number with a fraction takes its digits."""
    assert 3 == value_size(Decimal("1.5"), size_max=10)


def test_counting_ends_beyond_the_bound() -> None:
    """What is too large is not counted to its end."""
    value: JsonValue = [["a" * 100]] * 1_000

    size = value_size(value, size_max=2_000)

    assert 2_000 < size < 2_200
