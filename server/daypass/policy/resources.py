"""The resource part of a statement.

SPEC: policy-language 4 (resource matching) and 5.2 (variables in resources).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from daypass.core.quick import quick_init
from daypass.policy.arns import SEGMENTS, ArnPattern, split_arn
from daypass.policy.context import RequestContext
from daypass.policy.variables import Pattern, needed_keys, parse_parts

EVERYTHING = "*"


@quick_init
@dataclass(frozen=True, slots=True)
class ResourceName:
    """What a request is about: its text, and its segments if it is an ARN."""

    text: str
    segments: tuple[str, ...] | None

    @classmethod
    def of(cls, text: str) -> ResourceName:
        """Cuts a resource name."""
        return cls(text, split_arn(text))

    @property
    def partition(self) -> str | None:
        """The partition, if it is an ARN."""
        return self.segments[1] if self.segments is not None else None


@dataclass(frozen=True, slots=True)
class ResourceSet:
    """The entries of Resource or NotResource.

    Attributes:
        everything: whether one entry is `*`.
        patterns: the other entries.
        negated: whether it is NotResource.
        when_unresolved: what a NotResource with an unresolved variable amounts to.
            It fails closed: an Allow does not match, a Deny does.
        asked: the context keys that its variables need, as spelled and folded.
        texts: the entries as written, for explanations.
    """

    everything: bool
    patterns: tuple[ArnPattern, ...]
    negated: bool
    when_unresolved: bool
    asked: tuple[tuple[str, str], ...]
    texts: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, texts: Iterable[str], *, negated: bool, denies: bool, variables: bool
    ) -> ResourceSet:
        """Compiles entries that have been validated."""
        entries = tuple(texts)
        patterns = tuple(
            _resource_pattern(text, variables=variables)
            for text in entries
            if text != EVERYTHING
        )
        asked = needed_keys(v for pattern in patterns for v in pattern.variables)
        everything = EVERYTHING in entries
        return cls(everything, patterns, negated, denies, asked, entries)

    def matches(self, resource: ResourceName, context: RequestContext) -> bool:
        """Tells whether the resource part of the statement matches."""
        if not self.negated:
            return self._has(resource, context)
        if not all(pattern.is_resolved(context) for pattern in self.patterns):
            return self.when_unresolved
        return not self._has(resource, context)

    def _has(self, resource: ResourceName, context: RequestContext) -> bool:
        if self.everything:
            return True
        segments = resource.segments
        # NOTE: what is no ARN, such as the `*` of actions without resources, is
        # matched by the entry `*` alone.
        if segments is not None:
            for pattern in self.patterns:
                if pattern.matches(segments, context):
                    return True
        return False


def _resource_pattern(text: str, *, variables: bool) -> ArnPattern:
    """Compiles an entry; only its sixth segment may hold variables.

    An abbreviated entry reads as `*` where segments are missing.
    """
    *head, tail = _padded(text)
    fixed = [
        Pattern.of(parse_parts(segment, wildcards=True, variables=False))
        for segment in head
    ]
    last = Pattern.of(parse_parts(tail, wildcards=True, variables=variables))
    return ArnPattern.of((*fixed, last))


def _padded(text: str) -> list[str]:
    segments = text.split(":", SEGMENTS - 1)
    return segments + [EVERYTHING] * (SEGMENTS - len(segments))
