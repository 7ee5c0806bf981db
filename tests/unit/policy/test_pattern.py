"""Wildcard patterns: what they match, and how little work that is.

SPEC: policy-language 4; attacks P01, P02 and P36.
"""

from __future__ import annotations

from typing import SupportsIndex

import pytest

from daypass.policy.pattern import Mark, Wildcard, tokens_of


class CountingText(str):
    """A text that counts the searches in it and the characters taken from it."""

    __slots__ = ("reads", "starts")

    def __init__(self, text: str) -> None:
        del text
        self.reads = 0
        self.starts: list[int] = []

    def find(
        self,
        sub: str,
        start: SupportsIndex | None = None,
        end: SupportsIndex | None = None,
        /,
    ) -> int:
        """Searches, and notes from where."""
        self.starts.append(int(start or 0))
        return super().find(sub, start, end)

    def __getitem__(self, key: SupportsIndex | slice) -> str:
        """Returns a character, and counts it."""
        self.reads += 1
        return super().__getitem__(key)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("", "a"),
        ("a", ""),
        ("a", "ab"),
        ("a", "ba"),
        ("?", ""),
        ("?", "ab"),
        ("a*", "ba"),
        ("*a", "ab"),
        ("a*a", "a"),
        ("a*b*c", "acb"),
        ("*ab*ba*", "aba"),
        ("*a?c*", "abd ac"),
        ("*??*", "a"),
        ("a?", "a"),
        ("?a*", "b"),
        ("*b?", "ab"),
        ("arn:aws:s3:::a", "arn:aws:s3:::ab"),
        ("[ab]", "a"),
        ("a.c", "abc"),
        ("a+", "aa"),
        ("(a|b)", "a"),
        ("a$", "a"),
        ("^a", "a"),
        ("a{2}", "aa"),
        (r"\*", "*"),
        (r"\d", "1"),
    ],
)
def test_pattern_does_not_match(pattern: str, text: str) -> None:
    """The pattern does not match the text."""
    assert not Wildcard.parse(pattern).matches(text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("", ""),
        ("*", ""),
        ("*", "any\nthing/at:all"),
        ("**", "a"),
        ("?", "*"),
        ("?", "\n"),
        ("?", "\N{GRINNING FACE}"),
        ("a*", "a"),
        ("a?c", "abc"),
        ("*a*", "bab"),
        ("*ab*ba*", "abba"),
        ("a*b*c", "abc"),
        ("*a?c*", "xaabcx"),
        ("*??*", "ab"),
        ("?*?", "ab"),
        (r".+()[]{}^$|\\", r".+()[]{}^$|\\"),
    ],
)
def test_pattern_matches(pattern: str, text: str) -> None:
    """The pattern matches the whole text."""
    assert Wildcard.parse(pattern).matches(text)


def test_literal_tokens_are_no_wildcards() -> None:
    """A star that is data stands for itself."""
    wildcard = Wildcard.of(["a*", Mark.RUN, "?", "c"])

    assert not wildcard.matches("abbc")
    assert wildcard.matches("a*b?c")


def test_neighbouring_literals_join() -> None:
    """Literals that follow each other are one, so that they are searched as one."""
    wildcard = Wildcard.of([Mark.RUN, "a", "b", Mark.RUN])

    assert not wildcard.matches("xaxb")
    assert wildcard.matches("xabx")


def test_exact_pattern_is_known() -> None:
    """A pattern without wildcards tells the one text that it matches."""
    assert "ab" == Wildcard.of(["a", "b"]).exact
    assert None is Wildcard.parse("a?").exact


@pytest.mark.parametrize("pattern", ["", "a", "?", "*?", "a*", "*a", "*a*"])
def test_narrow_pattern_is_not_everything(pattern: str) -> None:
    """A pattern that leaves out one text does not match everything."""
    assert not Wildcard.parse(pattern).is_everything


@pytest.mark.parametrize("pattern", ["*", "**", "***"])
def test_stars_alone_are_everything(pattern: str) -> None:
    """Stars alone match everything."""
    assert Wildcard.parse(pattern).is_everything


def test_tokens_keep_every_character() -> None:
    """Splitting loses nothing."""
    assert ("a", Mark.RUN, Mark.ONE, "b") == tokens_of("a*?b")
    assert () == tokens_of("")
    assert (Mark.RUN,) == tokens_of("*")


@pytest.mark.parametrize("text", ["a" * 10_240, "a" * 10_240 + "b", "b" * 10_240])
def test_stars_are_searched_once_each(text: str) -> None:
    """A thousand stars take one search each, and none begins before the last."""
    counted = CountingText(text)

    Wildcard.parse("a*" * 1_000 + "b").matches(counted)

    assert 1_000 >= len(counted.starts)
    assert sorted(counted.starts) == counted.starts


def test_holes_read_each_character_once() -> None:
    """Runs with single-character wildcards read no character of the text twice."""
    counted = CountingText("a" * 10_240)

    Wildcard.parse("*" + "a?a*" * 500 + "b?*").matches(counted)

    assert len(counted) >= counted.reads
