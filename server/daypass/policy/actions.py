"""The action part of a statement.

SPEC: policy-language 4. Actions compare without the case of ASCII letters, and
nothing is trimmed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from daypass.policy.folding import fold_ascii
from daypass.policy.pattern import Wildcard


@dataclass(frozen=True, slots=True)
class ActionSet:
    """The entries of Action or NotAction.

    Attributes:
        exact: the entries without wildcards, folded.
        patterns: the entries with wildcards, folded.
        negated: whether it is NotAction.
        texts: the entries as written, for explanations.
    """

    exact: frozenset[str]
    patterns: tuple[Wildcard, ...]
    negated: bool
    texts: tuple[str, ...] = ()

    @classmethod
    def of(cls, texts: Iterable[str], *, negated: bool) -> ActionSet:
        """Compiles entries that have been validated."""
        entries = tuple(texts)
        wildcards = [Wildcard.parse(fold_ascii(text)) for text in entries]
        return cls(
            frozenset(w.exact for w in wildcards if w.exact is not None),
            tuple(w for w in wildcards if w.exact is None),
            negated,
            entries,
        )

    def matches(self, folded: str) -> bool:
        """Tells whether the action part matches an action, which is folded."""
        if folded in self.exact:
            return not self.negated
        # NOTE: loops, here and where else every decision passes, because a
        # generator costs more than what it asks.
        for pattern in self.patterns:
            if pattern.matches(folded):
                return not self.negated
        return self.negated
