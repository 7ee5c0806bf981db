"""The request context: names without case, values without doubt.

SPEC: policy-language 6; attacks P24.
"""

from __future__ import annotations

import pytest

from daypass.core.errors import ValidationError
from daypass.policy.context import RequestContext


def test_repeated_key_is_refused() -> None:
    """Two names that differ in case only are refused, before anything is decided."""
    with pytest.raises(ValidationError, match="context_key_repeated"):
        RequestContext.of({"aws:RequestTag/Env": "a", "aws:requesttag/ENV": "b"})


def test_names_ignore_case() -> None:
    """A key is found by its name in any case."""
    context = RequestContext.of({"aws:RequestTag/Env": "a"})

    assert ("a",) == context.get("AWS:requesttag/env")
    assert "aws:REQUESTTAG/Env" in context


def test_empty_list_is_absent() -> None:
    """A key without values is an absent key."""
    context = RequestContext.of({"aws:TagKeys": []})

    assert "aws:TagKeys" not in context
    assert () == context.get("aws:TagKeys")


def test_empty_text_is_a_value() -> None:
    """An empty value is a value."""
    assert ("",) == RequestContext.of({"k": ""}).get("k")


def test_single_needs_one_value() -> None:
    """A key with several values has no single one."""
    context = RequestContext.of({"one": ["a"], "two": ["a", "b"]})

    assert None is context.single("two")
    assert None is context.single("none")
    assert "a" == context.single("one")


def test_including_replaces_by_name() -> None:
    """Keys that are added replace those of the same name, whatever its case."""
    context = RequestContext.of({"K": "a", "other": "b"}).including({"k": ["c"]})

    assert ("c",) == context.get("K")
    assert ("b",) == context.get("other")
