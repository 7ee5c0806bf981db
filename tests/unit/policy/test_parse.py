"""Bounds of documents, documents that were loaded elsewhere, and their places.

SPEC: policy-language 2, 3.3 and 3.4; attacks P19 and P28.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from daypass.core import limits
from daypass.core.errors import MalformedPolicyDocumentError, ValidationError
from daypass.policy.context import RequestContext
from daypass.policy.document import DocumentKind, PolicySource
from daypass.policy.parse import parse_policy, parse_policy_value
from support.policies import allow, document, policy, refusal, saved, text_of

MOST = limits.POLICY_DOCUMENT_CHARACTERS_MAX
SESSION = DocumentKind.SESSION
INLINE = DocumentKind.INLINE
SYNTAX = "Syntax errors in policy."
SOURCE = PolicySource("identity", "p", "policies/p.yaml", (3, 9))


def loaded(value: Any) -> None:
    """Parses a value that was loaded elsewhere."""
    parse_policy_value(value, kind=INLINE, source=SOURCE)


def padded(size: int) -> str:
    """Returns a document of that many characters."""
    text = text_of(allow())
    return text + " " * (size - len(text))


@pytest.mark.parametrize("text", ["", padded(MOST + 1), text_of(allow()) + "\u0100"])
def test_text_breaches_the_parameter(text: str) -> None:
    """Too little, too much, and foreign characters breach the parameter itself."""
    with pytest.raises(ValidationError, match="constraint_breach") as caught:
        parse_policy(text, kind=SESSION, source=SOURCE)

    assert "policyDocument" in caught.value.message
    assert 500 > len(caught.value.message)


def test_largest_text_is_read() -> None:
    """A document of exactly the most characters is read."""
    assert parse_policy(padded(MOST), kind=SESSION, source=SOURCE).statements


@pytest.mark.parametrize("text", ["{}", "null", '""', "[]", '{"Statement": []}'])
def test_empty_session_policy_is_refused(text: str) -> None:
    """A session policy that says nothing is no session policy."""
    assert SYNTAX == refusal(text, SESSION)


def test_blank_session_policy_is_refused() -> None:
    """Nor is one of blanks."""
    assert "JSON strings must not have leading spaces" == refusal("   ", SESSION)


@pytest.mark.parametrize(
    "text",
    [
        '{"Statement":' + "[" * 10_000 + "]" * 10_000 + "}",
        "[" * 40_000,
        '{"a":' * 20_000,
        '{"Statement":[' + ",".join(["{}"] * 40_000) + "]}",
    ],
)
def test_deep_and_wide_texts_are_refused(text: str) -> None:
    """Nesting and numbers of members end in a refusal and not in a crash."""
    assert SYNTAX == refusal(text, INLINE)


def test_statements_are_bounded() -> None:
    """A document has at most so many statements."""
    most = limits.POLICY_STATEMENTS_MAX

    assert SYNTAX == refusal(document(*[allow()] * (most + 1)), INLINE)
    assert most == len(saved(document(*[allow()] * most), INLINE).statements)


def test_entries_are_bounded() -> None:
    """A list has at most so many entries."""
    most = limits.POLICY_ENTRIES_MAX

    assert SYNTAX == refusal(document(allow(["a:b"] * (most + 1))), INLINE)
    assert saved(document(allow(["a:b"] * most)), INLINE).statements


def test_loaded_value_is_bounded() -> None:
    """A value that would take too much text is refused before it is looked at."""
    with pytest.raises(ValidationError, match="policy_size"):
        loaded(document(allow(Sid="a" * MOST)))


def test_value_that_holds_itself_is_refused() -> None:
    """Lists that hold one another without end are refused as too large."""
    endless: list[Any] = []
    endless.append(endless)

    with pytest.raises(ValidationError, match="policy_size"):
        loaded({"Statement": endless})


@pytest.mark.parametrize("value", [None, [], "text", 1, {"Statement": {"Effect": 1}}])
def test_loaded_value_is_judged_alike(value: Any) -> None:
    """A loaded value breaks the rules that a text breaks."""
    with pytest.raises(MalformedPolicyDocumentError, match="syntax"):
        loaded(value)


def test_numbers_and_booleans_become_text() -> None:
    """Condition values that are no strings count as their JSON text."""
    found = policy(
        allow(Condition={"StringEquals": {"k": [True, False, 10, Decimal("1.5")]}})
    )

    (condition,) = found.statements[0].conditions

    assert ("true", "false", "10", "1.5") == condition.texts


def test_scalar_and_list_of_one_are_equal() -> None:
    """One value and a list of one value are the same everywhere."""
    condition = {"StringEquals": {"k": "a"}}
    listed = {"StringEquals": {"k": ["a"]}}

    one = policy(allow("s3:*", "arn:aws:s3:::b", Condition=condition))
    many = policy(allow(["s3:*"], ["arn:aws:s3:::b"], Condition=listed))

    assert many == one


def test_single_statement_needs_no_list() -> None:
    """A statement may stand for a list of one."""
    bare = saved({"Version": "2012-10-17", "Statement": allow()}, INLINE)

    assert saved(document(allow()), INLINE) == bare


def test_statements_know_their_place() -> None:
    """Statements are named by policy, position, Sid and, where given, file and line."""
    value = document(allow(Sid="first"), allow(Sid=""), allow())

    found = parse_policy_value(value, kind=INLINE, source=SOURCE)
    first, second, third = (statement.reference for statement in found.statements)

    assert "p statement 0 (first) in policies/p.yaml:3" == str(first)
    assert "p statement 1 in policies/p.yaml:9" == str(second)
    assert "p statement 2 in policies/p.yaml" == str(third)
    assert (None, 9) == (second.sid, second.line)


def test_source_may_have_no_file() -> None:
    """A policy that was passed in a call has a name only."""
    assert "p statement 0" == str(policy(allow()).statements[0].reference)


def test_many_keys_and_values_stay_quick() -> None:
    """A thousand values of a policy are looked up and not searched."""
    values = [f"v{number}" for number in range(1_000)]
    found = policy(allow(Condition={"ForAllValues:StringEquals": {"k500": values}}))
    keys = {f"k{number}": values for number in range(1_000)}

    (condition,) = found.statements[0].conditions

    assert condition.holds(RequestContext.of(keys))
