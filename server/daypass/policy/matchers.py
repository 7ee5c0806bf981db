"""What the values of one condition key accept.

SPEC: policy-language 5. A matcher holds all values that a policy gives for a key,
and tells of one value of the request whether *some* policy value accepts it.
Negation, several request values and absent keys are the condition's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Generic, Protocol, TypeVar

from daypass.core.quick import quick_init
from daypass.policy.arns import ArnPattern, split_arn
from daypass.policy.context import RequestContext
from daypass.policy.folding import fold_ascii
from daypass.policy.values import (
    Instant,
    Network,
    read_address,
    read_binary,
    read_boolean,
    read_network,
)
from daypass.policy.variables import Pattern, Variable, parse_parts

T = TypeVar("T", Decimal, Instant)

# What wildcards and variables begin with.
_SPECIAL: Final = frozenset("*?$")


class Matcher(Protocol):
    """The values of one condition key."""

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables that stand in the values."""
        ...

    def matches(self, value: str, context: RequestContext) -> bool:
        """Tells whether some value of the policy accepts a value of the request."""
        ...


@quick_init
@dataclass(frozen=True, slots=True)
class TextMatcher:
    """The String operators: texts, patterns, and texts with variables.

    Attributes:
        exact: the values that are plain text, folded if the operator folds.
        patterns: the values with wildcards or variables.
        folded: how the operator ignores case, or None.
    """

    exact: frozenset[str]
    patterns: tuple[Pattern, ...]
    folded: Callable[[str], str] | None

    @classmethod
    def of(
        cls,
        texts: Iterable[str],
        *,
        wildcards: bool,
        variables: bool,
        folded: Callable[[str], str] | None = None,
    ) -> TextMatcher:
        """Compiles values."""
        exact: list[str] = []
        patterns: list[Pattern] = []
        for text in texts:
            if _SPECIAL.isdisjoint(text):
                # Most are: nothing in it could be anything but itself.
                exact.append(folded(text) if folded is not None else text)
                continue
            parts = parse_parts(text, wildcards=wildcards, variables=variables)
            pattern = Pattern.of(parts, folded)
            plain = pattern.fixed.exact if pattern.fixed is not None else None
            if plain is None:
                patterns.append(pattern)
            else:
                exact.append(plain)
        return cls(frozenset(exact), tuple(patterns), folded)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables that stand in the values."""
        return tuple(v for pattern in self.patterns for v in pattern.variables)

    def matches(self, value: str, context: RequestContext) -> bool:
        """Tells whether some value of the policy accepts a value of the request."""
        text = self.folded(value) if self.folded is not None else value
        if text in self.exact:
            return True
        return bool(self.patterns) and any(
            pattern.matches(text, context) for pattern in self.patterns
        )


@dataclass(frozen=True, slots=True)
class BooleanMatcher:
    """The Bool operator, whose values may be variables.

    Attributes:
        accepted: the values that are written out.
        texts: all of them, as texts.
    """

    accepted: frozenset[bool]
    texts: TextMatcher

    @classmethod
    def of(cls, texts: Iterable[str], *, variables: bool) -> BooleanMatcher:
        """Compiles values."""
        found = TextMatcher.of(
            texts, wildcards=False, variables=variables, folded=fold_ascii
        )
        written = map(read_boolean, found.exact)
        return cls(frozenset(each for each in written if each is not None), found)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables that stand in the values."""
        return self.texts.variables

    def matches(self, value: str, context: RequestContext) -> bool:
        """Tells whether some value of the policy accepts a value of the request."""
        found = read_boolean(value)
        if found is None:
            return False
        # What is written and no boolean equals none, so that variables are left.
        return found in self.accepted or self.texts.matches(value, context)


@dataclass(frozen=True, slots=True)
class ArnMatcher:
    """The Arn operators."""

    patterns: tuple[ArnPattern, ...]

    @classmethod
    def of(cls, texts: Iterable[str], *, variables: bool) -> ArnMatcher:
        """Compiles values; those that are no ARN match nothing."""
        patterns = (ArnPattern.parse(text, variables=variables) for text in texts)
        return cls(tuple(pattern for pattern in patterns if pattern is not None))

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables that stand in the values."""
        return tuple(v for pattern in self.patterns for v in pattern.variables)

    def matches(self, value: str, context: RequestContext) -> bool:
        """Tells whether some value of the policy accepts a value of the request."""
        segments = split_arn(value)
        return segments is not None and any(
            pattern.matches(segments, context) for pattern in self.patterns
        )


class _Constant:
    """A matcher whose values are never variables."""

    __slots__ = ()

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables that stand in the values: none."""
        return ()


@dataclass(frozen=True, slots=True)
class EqualMatcher(_Constant, Generic[T]):
    """Equality of numbers and of instants."""

    read: Callable[[str], T | None]
    accepted: frozenset[T]

    @classmethod
    def of(
        cls, texts: Iterable[str], read: Callable[[str], T | None]
    ) -> EqualMatcher[T]:
        """Compiles values; those that cannot be read match nothing."""
        return cls(read, frozenset(_read_all(texts, read)))

    def matches(self, value: str, context: RequestContext) -> bool:
        """Tells whether some value of the policy accepts a value of the request."""
        del context
        found = self.read(value)
        return found is not None and found in self.accepted


@dataclass(frozen=True, slots=True)
class OrderMatcher(_Constant, Generic[T]):
    """The order of numbers and of instants.

    Some value of the policy is greater than the request's exactly when the greatest
    is, so one bound stands for all values.
    """

    read: Callable[[str], T | None]
    compare: Callable[[T, T], bool]
    bound: T | None

    @classmethod
    def of(
        cls,
        texts: Iterable[str],
        read: Callable[[str], T | None],
        compare: Callable[[T, T], bool],
        *,
        upper: bool,
    ) -> OrderMatcher[T]:
        """Compiles values; those that cannot be read match nothing.

        Args:
            texts: the values.
            read: reads a number or an instant.
            compare: tells whether a request's value fits a policy's.
            upper: whether a request's value has to lie below the policy's.
        """
        values = _read_all(texts, read)
        bound = (max(values) if upper else min(values)) if values else None
        return cls(read, compare, bound)

    def matches(self, value: str, context: RequestContext) -> bool:
        """Tells whether some value of the policy accepts a value of the request."""
        del context
        found = self.read(value)
        if found is None or self.bound is None:
            return False
        return self.compare(found, self.bound)


def _read_all(texts: Iterable[str], read: Callable[[str], T | None]) -> list[T]:
    return [value for value in map(read, texts) if value is not None]


@dataclass(frozen=True, slots=True)
class BinaryMatcher(_Constant):
    """The BinaryEquals operator."""

    accepted: frozenset[bytes]

    @classmethod
    def of(cls, texts: Iterable[str]) -> BinaryMatcher:
        """Compiles values; those that are not base64 match nothing."""
        found = map(read_binary, texts)
        return cls(frozenset(value for value in found if value is not None))

    def matches(self, value: str, context: RequestContext) -> bool:
        """Tells whether some value of the policy accepts a value of the request."""
        del context
        found = read_binary(value)
        return found is not None and found in self.accepted


@dataclass(frozen=True, slots=True)
class AddressMatcher(_Constant):
    """The IpAddress operators."""

    networks: tuple[Network, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> AddressMatcher:
        """Compiles values; those that are no block of addresses match nothing."""
        found = map(read_network, texts)
        return cls(tuple(network for network in found if network is not None))

    def matches(self, value: str, context: RequestContext) -> bool:
        """Tells whether some value of the policy accepts a value of the request."""
        del context
        address = read_address(value)
        return address is not None and any(
            network.holds(address) for network in self.networks
        )
