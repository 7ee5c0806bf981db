"""Wildcard patterns, matched in linear time.

SPEC: policy-language 4. `*` is any run of characters, `?` exactly one, everything
else stands for itself, and a pattern matches whole texts. Patterns come from
tenants: they are never made into regular expressions, and matching never goes back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Self

from daypass.core.quick import quick_init


class Mark(Enum):
    """The two wildcards."""

    ONE = auto()
    RUN = auto()


# Literal text, or a wildcard. Literal text may hold `*` and `?` as characters.
Token = str | Mark


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch of pattern between two `*`: literals and single-character holes.

    Attributes:
        length: how many characters it matches, always the same.
        literals: the literal parts, each with its offset.
        holes: one set bit for each position that matches any character.
    """

    length: int
    literals: tuple[tuple[int, str], ...]
    holes: int

    @classmethod
    def of(cls, tokens: list[Token]) -> _Run:
        offset = 0
        holes = 0
        literals: list[tuple[int, str]] = []
        for token in tokens:
            if isinstance(token, str):
                literals.append((offset, token))
                offset += len(token)
            else:
                holes |= 1 << offset
                offset += 1
        return cls(offset, tuple(literals), holes)

    def stands_at(self, text: str, start: int) -> bool:
        """Tells whether the text continues with this run."""
        return all(
            text.startswith(literal, start + offset)
            for offset, literal in self.literals
        )

    def find(self, text: str, start: int, end: int) -> int:
        """Returns where this run first stands in that part of a text, or -1."""
        if not self.holes:
            return text.find(self.literals[0][1], start, end)
        if not self.literals:
            return start if start + self.length <= end else -1
        return self._find_with_holes(text, start, end)

    def _find_with_holes(self, text: str, start: int, end: int) -> int:
        """Searches by Shift-And: bit i says that i + 1 characters fit so far."""
        if end - start < self.length:
            return -1
        positions = self._positions()
        last = 1 << (self.length - 1)
        fitting = 0
        for place in range(start, end):
            here = positions.get(text[place], 0) | self.holes
            fitting = (fitting << 1 | 1) & here
            if fitting & last:
                return place + 1 - self.length
        return -1

    def _positions(self) -> dict[str, int]:
        """Returns for each character one set bit for each position it stands at.

        It is made again for each search, which is longer than this run: kept, it
        would be most of what a pattern takes in memory.
        """
        positions: dict[str, int] = {}
        for start, literal in self.literals:
            for place, character in enumerate(literal, start):
                positions[character] = positions.get(character, 0) | 1 << place
        return positions


@quick_init
@dataclass(frozen=True, slots=True)
class Wildcard:
    """A compiled pattern.

    Attributes:
        exact: the one text it matches, if it has no wildcard.
        ends: what texts begin and end with, if that is all it asks: `a*b`.
    """

    exact: str | None
    ends: tuple[str, str] | None
    _runs: tuple[_Run, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Compiles a pattern in which every `*` and `?` is a wildcard."""
        if "*" not in text and "?" not in text:
            return cls(text, None, ())
        return cls.of(tokens_of(text))

    @classmethod
    def of(cls, tokens: Iterable[Token]) -> Self:
        """Compiles a pattern from its tokens."""
        runs: list[list[Token]] = [[]]
        for token in tokens:
            if token is Mark.RUN:
                runs.append([])
            elif token:
                runs[-1].append(token)
        if len(runs) == 1 and all(isinstance(token, str) for token in runs[0]):
            return cls("".join(map(str, runs[0])), None, ())
        # NOTE: `**` is `*`, so empty runs inside say nothing; the outer two anchor.
        inner = [run for run in runs[1:-1] if run]
        kept = [runs[0], *inner, runs[-1]] if len(runs) > 1 else runs
        compiled = tuple(_Run.of(_joined(run)) for run in kept)
        return cls(None, _ends(compiled), compiled)

    @property
    def is_everything(self) -> bool:
        """Whether it matches every text."""
        return self.ends == ("", "")

    def matches(self, text: str) -> bool:
        """Tells whether the pattern matches the whole text."""
        if self.exact is not None:
            return text == self.exact
        if self.ends is None:
            return self._matches_runs(text)
        head, tail = self.ends
        # NOTE: the two may not overlap: `ab*b` does not match `ab`.
        long_enough = len(text) >= len(head) + len(tail)
        return long_enough and text.startswith(head) and text.endswith(tail)

    def _matches_runs(self, text: str) -> bool:
        first, *others = self._runs
        if not others:
            return len(text) == first.length and first.stands_at(text, 0)
        *inner, last = others
        place = first.length
        end = len(text) - last.length
        if place > end or not first.stands_at(text, 0):
            return False
        if not last.stands_at(text, end):
            return False
        # The leftmost fit leaves the most room for what follows, so no fit that is
        # found ever has to be given up.
        for run in inner:
            found = run.find(text, place, end)
            if found < 0:
                return False
            place = found + run.length
        return True


def _ends(runs: tuple[_Run, ...]) -> tuple[str, str] | None:
    """Returns the two literals of a pattern that is nothing but them and a `*`."""
    if len(runs) != _ANCHORS or any(run.holes for run in runs):
        return None
    head, tail = ("".join(text for _, text in run.literals) for run in runs)
    return head, tail


def tokens_of(text: str) -> tuple[Token, ...]:
    """Splits a text into literals and the wildcards between them."""
    if "*" not in text and "?" not in text:
        return (text,) if text else ()
    tokens: list[Token] = []
    start = 0
    for place, character in enumerate(text):
        mark = _MARKS.get(character)
        if mark is not None:
            if start < place:
                tokens.append(text[start:place])
            tokens.append(mark)
            start = place + 1
    if start < len(text):
        tokens.append(text[start:])
    return tuple(tokens)


def _joined(run: list[Token]) -> list[Token]:
    """Joins neighbouring literals, so that a run without holes has at most one."""
    joined: list[Token] = []
    for token in run:
        previous = joined[-1] if joined else None
        if isinstance(token, str) and isinstance(previous, str):
            joined[-1] = previous + token
        else:
            joined.append(token)
    return joined


# A pattern with any `*` has a run before the first and one behind the last.
_ANCHORS = 2
_MARKS = {"*": Mark.RUN, "?": Mark.ONE}
