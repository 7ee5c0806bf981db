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
    """Six patterns, one for each segment."""

    segments: tuple[Pattern, ...]

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
        return cls(tuple(Pattern.of(tuple(segment)) for segment in segments))

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables in it."""
        return tuple(v for segment in self.segments for v in segment.variables)

    def is_resolved(self, context: RequestContext) -> bool:
        """Tells whether every variable in it has a value."""
        return all(v.value(context) is not None for v in self.variables)

    def matches(self, segments: tuple[str, ...], context: RequestContext) -> bool:
        """Tells whether each of six segments fits its pattern."""
        return all(
            pattern.matches(segment, context)
            for pattern, segment in zip(self.segments, segments, strict=True)
        )


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
