"""The request context: names without case, values without doubt.

SPEC: policy-language 6; attacks P24.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from daypass.core.errors import ValidationError
from daypass.policy.context import DeferredContext, RequestContext


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


@pytest.mark.parametrize(
    "asking",
    [
        lambda context: context.get("K"),
        lambda context: context.lookup("none"),
        lambda context: context.single("k"),
        lambda context: "k" in context,
        lambda context: context.including({"k": "w"}),
        lambda context: context.made(),
    ],
)
def test_deferred_context_tells_that_it_was_asked(
    asking: Callable[[DeferredContext], object],
) -> None:
    """Whatever is asked of a deferred context, it tells."""
    deferred = DeferredContext(lambda: {"k": "v"})
    assert not deferred.asked

    asking(deferred)

    assert deferred.asked


def test_deferred_context_answers_alike() -> None:
    """A deferred context has the values of what it is made of."""
    deferred = DeferredContext(lambda: {"k": "v", "l": ["a", "b"], "e": []})

    assert (("v",), ("a", "b"), ()) == tuple(map(deferred.get, "kle"))
    assert "k" in deferred
    assert "e" not in deferred
    assert "v" == deferred.single("k")
    assert ("w",) == deferred.including({"K": "w"}).get("k")


def test_deferred_context_refuses_alike() -> None:
    """Names that differ in nothing but case are refused when it is asked."""
    deferred = DeferredContext(lambda: {"k": "v", "K": "v"})

    with pytest.raises(ValidationError):
        deferred.get("k")
