"""Constraints are checked whole, and all breaches are told in the words of AWS."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import validation
from daypass.core.errors import FieldViolation, ValidationError
from daypass.core.validation import Path, TextRule, Violations, are_tag_characters

NAME = TextRule(2, 4, re.compile(r"[a-z]*"), "[a-z]*")
PATH: Path = ("role_session_name",)


def _found(check: Callable[[Violations], None]) -> ValidationError:
    """Returns the error that the breaches of a check make."""
    found = Violations()
    check(found)
    with pytest.raises(ValidationError) as caught:
        found.raise_if_any()
    return caught.value


def _count(check: Callable[[Violations], None]) -> int:
    """Returns how many breaches a check finds."""
    found = Violations()
    check(found)
    try:
        found.raise_if_any()
    except ValidationError as error:
        return len(error.violations)
    return 0


@pytest.mark.parametrize("value", [None, ""])
def test_missing_value(value: str | None) -> None:
    """A required value that is missing or empty is told as null (0.2)."""
    error = _found(lambda found: found.require(("role_arn",), value))

    assert (
        "1 validation error detected: Value null at 'roleArn' failed to satisfy"
        " constraint: Member must not be null"
    ) == error.message
    assert "constraint_breach" == error.detail


def test_present_value() -> None:
    """A required value that is there is no breach."""
    assert 0 == _count(lambda found: found.require(("role_arn",), "x"))


@pytest.mark.parametrize(
    ("value", "constraint"),
    [
        ("a", "Member must have length greater than or equal to 2"),
        ("abcde", "Member must have length less than or equal to 4"),
        ("aB", "Member must satisfy regular expression pattern: [a-z]*"),
        ("ab\n", "Member must satisfy regular expression pattern: [a-z]*"),
    ],
)
def test_text_breach(value: str, constraint: str) -> None:
    """Each breach of a text is told with the value and the constraint."""
    error = _found(lambda found: found.check_text(PATH, value, NAME))

    assert (
        f"1 validation error detected: Value '{value}' at 'roleSessionName' failed to"
        f" satisfy constraint: {constraint}"
    ) == error.message


@pytest.mark.parametrize("value", [None, "ab", "abcd"])
def test_text_within(value: str | None) -> None:
    """An absent text, the shortest and the longest are no breach."""
    assert 0 == _count(lambda found: found.check_text(PATH, value, NAME))


def test_unbounded_text() -> None:
    """A rule without bounds takes any text."""
    rule = TextRule()

    assert 0 == _count(lambda found: found.check_text(PATH, "", rule))
    assert 0 == _count(lambda found: found.check_text(PATH, "\x00" * 10_000, rule))


def test_all_breaches_at_once() -> None:
    """Several breaches are one error, with their number and in order."""

    def check(found: Violations) -> None:
        found.require(("role_arn",), None)
        found.check_text(PATH, "ABCDE", NAME)
        found.check_range(("duration_seconds",), 1, least=900, most=43_200)

    error = _found(check)

    assert (
        "4 validation errors detected: Value null at 'roleArn' failed to satisfy"
        " constraint: Member must not be null; Value 'ABCDE' at 'roleSessionName'"
        " failed to satisfy constraint: Member must have length less than or equal to"
        " 4; Value 'ABCDE' at 'roleSessionName' failed to satisfy constraint: Member"
        " must satisfy regular expression pattern: [a-z]*; Value '1' at"
        " 'durationSeconds' failed to satisfy constraint: Member must have value"
        " greater than or equal to 900"
    ) == error.message
    assert [
        "role_arn",
        "role_session_name",
        "role_session_name",
        "duration_seconds",
    ] == [violation.field for violation in error.violations]


@pytest.mark.parametrize(
    ("path", "proto", "aws"),
    [
        (("role_arn",), "role_arn", "roleArn"),
        (("tags", 0, "key"), "tags[0].key", "tags.1.member.key"),
        (("transitive_tag_keys", 9), "transitive_tag_keys[9]", None),
        (("policy_arns", 1, "arn"), "policy_arns[1].arn", "policyArns.2.member.arn"),
        (
            ("provided_contexts", 4, "context_assertion"),
            "provided_contexts[4].context_assertion",
            "providedContexts.5.member.contextAssertion",
        ),
    ],
)
def test_path_spellings(path: Path, proto: str, aws: str | None) -> None:
    """A path is spelled as in the proto for programs, and as AWS does in the text."""
    error = _found(lambda found: found.add(path, "'x'", "no"))

    shown = aws or "transitiveTagKeys.10.member"
    description = f"Value 'x' at '{shown}' failed to satisfy constraint: no"
    assert (FieldViolation(proto, description, "no"),) == error.violations


def test_secret_is_hidden() -> None:
    """A secret that breaches is not shown, in no part of the error."""
    error = _found(lambda found: found.check_text(PATH, "HUNTER2", NAME, secret=True))

    assert "Value '***' at" in error.message
    assert "HUNTER2" not in f"{error.message} {error.violations} {error!r}"


@pytest.mark.parametrize(
    ("value", "constraint"),
    [
        (899, "Member must have value greater than or equal to 900"),
        (901, "Member must have value less than or equal to 900"),
        (-1, "Member must have value greater than or equal to 900"),
    ],
)
def test_range_breach(value: int, constraint: str) -> None:
    """A number on either side of the range is a breach."""
    error = _found(lambda found: found.check_range(PATH, value, least=900, most=900))

    assert f"Value '{value}' at" in error.message
    assert error.message.endswith(f"constraint: {constraint}")


@pytest.mark.parametrize("value", [None, 0, 5])
def test_range_within(value: int | None) -> None:
    """An absent number and both ends are no breach; zero is not absent."""
    assert 0 == _count(lambda found: found.check_range(PATH, value, least=0, most=5))
    assert (value == 0) == (
        1 == _count(lambda found: found.check_range(PATH, value, least=1, most=5))
    )


def test_list_length() -> None:
    """A list may have so many members and not one more, and is not shown."""
    error = _found(lambda found: found.check_count(("tags",), 51, most=50))

    assert "Value '[51 members]' at 'tags'" in error.message
    assert 0 == _count(lambda found: found.check_count(("tags",), 50, most=50))


def test_lengths_count_characters() -> None:
    """Lengths count characters, not bytes or UTF-16 units (0.2)."""
    rule = TextRule(2, 2)

    assert 0 == _count(lambda found: found.check_text(PATH, "😀é", rule))
    assert 1 == _count(lambda found: found.check_text(PATH, "😀", rule))


@pytest.mark.parametrize(
    "character", [*"!#$%&*()[]{}<>?,;'\"\\|~`^", "\n", "\x00", "\u0301"]
)
def test_tag_character_refused(character: str) -> None:
    """Other marks, controls and combining characters stand in no tag."""
    assert not are_tag_characters(f"a{character}")
    error = _found(
        lambda found: found.check_tag_text(PATH, character, length_min=1, length_max=9)
    )
    assert error.message.endswith(r"pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*")


@pytest.mark.parametrize(
    "character", [*"aZ9_.:/=+-@ ", "é", "名", "\u0661", "Ⅷ", "\u3000"]
)
def test_tag_character_taken(character: str) -> None:
    """Letters, blanks and numbers of any script, and a few marks, stand in tags."""
    assert 0 == _count(
        lambda found: found.check_tag_text(PATH, character, length_min=1, length_max=1)
    )


def test_tag_length_at_edges() -> None:
    """The length of a tag text is checked at both ends, characters apart."""

    def check(text: str) -> int:
        return _count(
            lambda found: found.check_tag_text(PATH, text, length_min=1, length_max=2)
        )

    assert [1, 0, 0, 1, 2] == [check(text) for text in ("", "a", "ab", "abc", "ab!")]


@given(text=st.text(max_size=20))
def test_tag_characters_are_classes(text: str) -> None:
    """A character is taken by its class of Unicode, or because it is one of the marks."""
    allowed = all(
        unicodedata.category(character) in _TAG_CLASSES or character in "_.:/=+-@"
        for character in text
    )

    assert allowed is are_tag_characters(text)


_TAG_CLASSES = frozenset(
    {*("Lu", "Ll", "Lt", "Lm", "Lo"), *("Nd", "Nl", "No"), *("Zs", "Zl", "Zp")}
)


@pytest.mark.parametrize(
    ("pattern", "refused", "taken"),
    [
        (validation.NAME_CHARACTERS, "a/b", "a+=,.@-_9"),
        (validation.NAME_CHARACTERS, "é", ""),
        (validation.NAME_CHARACTERS, "a\n", "a"),
        (validation.EXTERNAL_ID_CHARACTERS, "a b", "a+=,.@:/-_"),
        (validation.SERIAL_CHARACTERS, "a*b", "arn:aws:iam::1:mfa/me"),
        (validation.WORD_CHARACTERS, "a-b", "a_B9"),
        (validation.WORD_CHARACTERS, "\u0661", "1"),
        (validation.DIGITS_CHARACTERS, "\u0661", "012345"),
        (validation.DIGITS_CHARACTERS, "12345a", ""),
        (validation.ARN_CHARACTERS, "a\x00", "\t\n\r ~\x85\xa0\ud7ff\ue000\ufffd😀"),
        (validation.ARN_CHARACTERS, "\x7f", "a"),
        (validation.ARN_CHARACTERS, "\x9f", "a"),
        (validation.ARN_CHARACTERS, "\ufffe", "a"),
        (validation.ARN_CHARACTERS, "\ud800", "a"),
        (validation.POLICY_CHARACTERS, "\u0100", '\t\n\r {"é": "\xff"}'),
        (validation.POLICY_CHARACTERS, "\x1f", "\x7f"),
    ],
)
def test_character_classes(pattern: re.Pattern[str], refused: str, taken: str) -> None:
    """The classes are those of the model, in ASCII and anchored at both ends (0.4)."""
    assert pattern.fullmatch(refused) is None
    assert pattern.fullmatch(taken) is not None
