"""Policy variables: `${name}`, defaults, and text in which they stand.

SPEC: policy-language 5.2. What a variable yields is data: no `*`, `?` or `${` in
it means anything. A variable that cannot be resolved makes the whole text
unresolved, which matches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from daypass.policy.context import RequestContext
from daypass.policy.folding import fold
from daypass.policy.pattern import Token, Wildcard, tokens_of

# NOTE: applied to tenants' text, and linear in it: every part that repeats is
# possessive and ends at a character that it cannot hold.
_VARIABLE: Final = re.compile(
    r"""\$\{ (?: (?P<escape> [*?$] )
            | (?P<name> [^{}$,']++ ) (?: , \ *+ ' (?P<default> [^']*+ ) ' )? )
        \}""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable: its name as written, its folded name, and its default."""

    name: str
    key: str
    default: str | None

    def value(self, context: RequestContext) -> str | None:
        """Returns what stands in its place; None when it cannot be resolved.

        A key with several values is as good as none.
        """
        value = context.single(self.key)
        return self.default if value is None else value


# Wildcards, literal text, and variables.
Part = Token | Variable


def parse_parts(text: str, *, wildcards: bool, variables: bool) -> tuple[Part, ...]:
    """Splits a text into its parts.

    Args:
        text: as the policy has it.
        wildcards: whether `*` and `?` are wildcards here.
        variables: whether `${...}` means anything here.
    """
    parts: list[Part] = []
    start = 0
    for match in _VARIABLE.finditer(text) if variables else ():
        parts += _plain(text[start : match.start()], wildcards=wildcards)
        parts.append(match["escape"] or _variable(match))
        start = match.end()
    parts += _plain(text[start:], wildcards=wildcards)
    return tuple(parts)


def _plain(text: str, *, wildcards: bool) -> tuple[Token, ...]:
    if wildcards:
        return tokens_of(text)
    return (text,) if text else ()


def _variable(match: re.Match[str]) -> Variable:
    return Variable(match["name"], fold(match["name"]), match["default"])


@dataclass(frozen=True, slots=True)
class Pattern:
    """A wildcard pattern that may hold variables.

    Attributes:
        fixed: the compiled pattern, if there is no variable in it.
        parts: the parts, if there is.
        folded: how both pattern and values are folded, or None.
        prefix: the text before the first variable, if that begins it; folded.
    """

    fixed: Wildcard | None
    parts: tuple[Part, ...] = ()
    folded: Callable[[str], str] | None = None
    prefix: str = ""

    @classmethod
    def of(
        cls, parts: tuple[Part, ...], folded: Callable[[str], str] | None = None
    ) -> Pattern:
        """Compiles a pattern."""
        tokens = [part for part in parts if not isinstance(part, Variable)]
        fold_token = _folding(folded)
        if len(tokens) == len(parts):
            return cls(Wildcard.of(map(fold_token, tokens)))
        first = fold_token(parts[0]) if isinstance(parts[0], str) else ""
        prefix = first if isinstance(first, str) else ""
        return cls(None, parts, folded, prefix)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables in it."""
        return tuple(part for part in self.parts if isinstance(part, Variable))

    def resolve(self, context: RequestContext) -> Wildcard | None:
        """Puts values in place of variables; None when one cannot be resolved."""
        if self.fixed is not None:
            return self.fixed
        # NOTE: the key is the pattern and not its id, which another one may have
        # as soon as this one is gone.
        if self not in context.resolved:
            context.resolved[self] = self._resolved(context)
        return context.resolved[self]

    def _resolved(self, context: RequestContext) -> Wildcard | None:
        tokens: list[Token] = []
        for part in self.parts:
            token = part.value(context) if isinstance(part, Variable) else part
            if token is None:
                return None
            tokens.append(token)
        return Wildcard.of(map(_folding(self.folded), tokens))

    def matches(self, text: str, context: RequestContext) -> bool:
        """Tells whether the pattern, resolved, matches the whole text."""
        if self.fixed is not None:
            return self.fixed.matches(text)
        # What does not begin alike cannot match, whatever the variables hold.
        if not text.startswith(self.prefix):
            return False
        wildcard = self.resolve(context)
        return wildcard is not None and wildcard.matches(text)


def needed_keys(variables: Iterable[Variable]) -> tuple[tuple[str, str], ...]:
    """Returns the keys of variables without a default, as spelled and folded."""
    found = {v.key: v.name for v in variables if v.default is None}
    return tuple((name, key) for key, name in found.items())


def _folding(folded: Callable[[str], str] | None) -> Callable[[Token], Token]:
    def apply(token: Token) -> Token:
        return folded(token) if folded and isinstance(token, str) else token

    return apply
