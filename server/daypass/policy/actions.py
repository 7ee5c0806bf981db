"""The action part of a statement.

SPEC: policy-language 4. Actions compare without the case of ASCII letters, and
nothing is trimmed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from daypass.core import policy_limits
from daypass.core.quick import quick_init
from daypass.policy.folding import fold_ascii
from daypass.policy.pattern import Wildcard


@quick_init
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
        return _compiled(tuple(texts), negated)

    @classmethod
    def compiled(cls, entries: tuple[str, ...], *, negated: bool) -> ActionSet:
        """Compiles entries, also where they were compiled before."""
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


# Many policies name the same actions: those of trust policies are few.
@lru_cache(maxsize=policy_limits.ACTION_SETS_KEPT_MAX)
def _compiled(entries: tuple[str, ...], negated: bool) -> ActionSet:  # noqa: FBT001 - the key of what is remembered.
    return ActionSet.compiled(entries, negated=negated)
