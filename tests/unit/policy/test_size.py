"""How documents are measured, and which sizes may be stored.

SPEC: policy-language 3.4.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from daypass.core.strict_json import JsonValue
from daypass.policy.checks import (
    InlineOwner,
    PolicyQuotaError,
    check_inline_sizes,
    check_size,
    document_size,
)
from daypass.policy.document import DocumentKind
from daypass.policy.size import text_size, value_size

PADDING = len('{"Id":""}')
KINDS = [
    (DocumentKind.MANAGED, "PolicySize", 6_144),
    (DocumentKind.TRUST, "ACLSizePerRole", 2_048),
    (DocumentKind.SERVICE_CONTROL, "PolicySize", 5_120),
    (DocumentKind.RESOURCE_CONTROL, "PolicySize", 5_120),
    (DocumentKind.RESOURCE, "PolicySize", 131_072),
]
OWNERS = [
    (InlineOwner.USER, 2_048),
    (InlineOwner.GROUP, 5_120),
    (InlineOwner.ROLE, 10_240),
]


def of_size(size: int) -> dict[str, Any]:
    """Returns a document of that many characters."""
    return {"Id": "a" * (size - PADDING)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        (" \t\r\n", 0),
        ('{ "a" : [ 1 , 2 ] }', 11),
        ('{"a b" : "c\\" d"}', 15),
        ('"open ended ', 10),
    ],
)
def test_blanks_do_not_count(text: str, expected: int) -> None:
    """Blanks count inside strings only."""
    assert expected == text_size(text)


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


@pytest.mark.parametrize(("kind", "name", "quota"), KINDS)
def test_stored_documents_have_quotas(
    kind: DocumentKind, name: str, quota: int
) -> None:
    """One character more than the quota is refused, with the documented text."""
    with pytest.raises(PolicyQuotaError) as caught:
        check_size(kind, of_size(quota + 1))

    assert f"Cannot exceed quota for {name}: {quota}" == str(caught.value)
    check_size(kind, of_size(quota))
    check_size(kind, json.dumps(of_size(quota), indent=4))


def test_quota_may_be_raised() -> None:
    """A deployment may have a larger quota, as for trust policies."""
    with pytest.raises(PolicyQuotaError, match="4096"):
        check_size(DocumentKind.TRUST, of_size(4_097), quota=4_096)

    check_size(DocumentKind.TRUST, of_size(4_096), quota=4_096)


@pytest.mark.parametrize(("owner", "quota"), OWNERS)
def test_inline_policies_count_together(owner: InlineOwner, quota: int) -> None:
    """All inline policies of one owner share one quota."""
    with pytest.raises(PolicyQuotaError) as caught:
        check_inline_sizes(owner, "x", [of_size(quota - 99), of_size(100)])

    expected = f"Maximum policy size of {quota} bytes exceeded for {owner} x"
    assert expected == str(caught.value)
    check_inline_sizes(owner, "x", [of_size(quota - 100), of_size(100)])


def test_both_forms_have_one_size() -> None:
    """A document is as large as text as it is when it was loaded."""
    value: dict[str, JsonValue] = {"Version": "2012-10-17", "Id": "a b"}

    assert document_size(value) == document_size(json.dumps(value, indent=2))
