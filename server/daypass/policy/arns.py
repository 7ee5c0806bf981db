"""ARN patterns, which match segment by segment.

SPEC: policy-language 4 (resource matching) and 5 (ARN operators). A text is cut at
its first five colons, and a wildcard in the first five segments stops at a colon.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from daypass.policy.context import RequestContext
from daypass.policy.variables import Part, Pattern, Variable, parse_parts

SEGMENTS: Final = 6


def split_arn(text: str) -> tuple[str, ...] | None:
    """Cuts a text into the six segments of an ARN, or returns None."""
    segments = text.split(":", SEGMENTS - 1)
    return tuple(segments) if len(segments) == SEGMENTS else None


@dataclass(frozen=True, slots=True)
class ArnPattern:
    """Six patterns, one for each segment.

    Attributes:
        texts: the segments that are plain text, each with its position.
        patterns: the others, except those that match everything.
        variables: the variables in it.
    """

    texts: tuple[tuple[int, str], ...]
    patterns: tuple[tuple[int, Pattern], ...]
    variables: tuple[Variable, ...]

    @classmethod
    def of(cls, segments: Iterable[Pattern]) -> ArnPattern:
        """Sorts six patterns by the work that they take."""
        texts: list[tuple[int, str]] = []
        patterns: list[tuple[int, Pattern]] = []
        variables: list[Variable] = []
        for place, segment in enumerate(segments):
            variables += segment.variables
            fixed = segment.fixed
            if fixed is None or not (fixed.is_everything or fixed.exact is not None):
                patterns.append((place, segment))
            elif fixed.exact is not None:
                texts.append((place, fixed.exact))
        return cls(tuple(texts), tuple(patterns), tuple(variables))

    @classmethod
    def parse(cls, text: str, *, variables: bool) -> ArnPattern | None:
        """Compiles the value of an ARN operator; None when it has not six segments.

        Segments are cut before variables are resolved, so that a colon in a value
        moves nothing.
        """
        parts = parse_parts(text, wildcards=True, variables=variables)
        segments = _cut(parts)
        if len(segments) != SEGMENTS:
            return None
        return cls.of(Pattern.of(tuple(segment)) for segment in segments)

    def is_resolved(self, context: RequestContext) -> bool:
        """Tells whether every variable in it has a value."""
        return all(v.value(context) is not None for v in self.variables)

    def matches(self, segments: tuple[str, ...], context: RequestContext) -> bool:
        """Tells whether each of six segments fits its pattern."""
        for place, text in self.texts:
            if segments[place] != text:
                return False
        for place, pattern in self.patterns:
            if not pattern.matches(segments[place], context):
                return False
        return True


def _cut(parts: Iterable[Part]) -> list[list[Part]]:
    """Cuts parts at the first five colons that stand in literal text."""
    segments: list[list[Part]] = [[]]
    for part in parts:
        if not isinstance(part, str):
            segments[-1].append(part)
            continue
        first, *others = part.split(":", SEGMENTS - len(segments))
        segments[-1].append(first)
        segments.extend([text] for text in others)
    return segments
