"""The condition operators, in one table.

SPEC: policy-language 5 and 5.2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from functools import lru_cache
from operator import ge, gt, le, lt
from types import MappingProxyType
from typing import Final, TypeVar

from daypass.core import policy_limits
from daypass.core.quick import quick_init
from daypass.policy.folding import fold
from daypass.policy.matchers import (
    AddressMatcher,
    ArnMatcher,
    BinaryMatcher,
    BooleanMatcher,
    EqualMatcher,
    Matcher,
    OrderMatcher,
    TextMatcher,
)
from daypass.policy.values import Instant, read_instant, read_number

T = TypeVar("T", Decimal, Instant)
# Whether `${...}` in values means anything; many operators take it literally anyhow.
Variables = bool
# Makes a matcher of a policy's values.
Compiler = Callable[[tuple[str, ...], Variables], Matcher]
_IF_EXISTS: Final = "IfExists"
_NULL: Final = "Null"


class Quantifier(Enum):
    """The set operators."""

    NONE = ""
    FOR_ALL = "ForAllValues:"
    FOR_ANY = "ForAnyValue:"


class Syntax(Enum):
    """What the values of an operator must look like for a policy to be saved."""

    ANY = auto()
    NUMBER = auto()
    INSTANT = auto()
    BOOLEAN = auto()


@dataclass(frozen=True, slots=True)
class Operator:
    """A row of the table: a base operator.

    Attributes:
        compile: makes a matcher of the values.
        negated: whether the operator holds where its matcher does not match.
        syntax: what its values must look like.
    """

    compile: Compiler
    negated: bool = False
    syntax: Syntax = Syntax.ANY


@quick_init
@dataclass(frozen=True, slots=True)
class OperatorName:
    """An operator as a policy names it, taken apart.

    `operator` is None for Null, which asks about keys and not about values.
    """

    quantifier: Quantifier
    base: str
    if_exists: bool
    operator: Operator | None

    def __str__(self) -> str:
        """Prints the name as policies write it."""
        suffix = _IF_EXISTS if self.if_exists else ""
        return f"{self.quantifier.value}{self.base}{suffix}"

    @classmethod
    @lru_cache(maxsize=policy_limits.OPERATOR_NAMES_KEPT_MAX)
    def parse(cls, text: str) -> OperatorName | None:
        """Takes a name apart; None when there is no such operator.

        Names are case-sensitive and may have one set operator before and one
        `IfExists` behind.
        """
        quantifier = Quantifier.NONE
        for candidate in (Quantifier.FOR_ALL, Quantifier.FOR_ANY):
            if text.startswith(candidate.value):
                quantifier = candidate
        base = text.removeprefix(quantifier.value)
        if base == _NULL:
            return cls(quantifier, base, if_exists=False, operator=None)
        if_exists = base.endswith(_IF_EXISTS)
        base = base.removesuffix(_IF_EXISTS)
        found = OPERATORS.get(base)
        if found is None:
            return None
        return cls(quantifier, base, if_exists, found)


def _text(
    *, wildcards: bool = False, folded: Callable[[str], str] | None = None
) -> Compiler:
    return lambda texts, variables: TextMatcher.of(
        texts, wildcards=wildcards, variables=variables, folded=folded
    )


def _equal(read: Callable[[str], T | None]) -> Compiler:
    return lambda texts, _: EqualMatcher.of(texts, read)


def _less(read: Callable[[str], T | None], compare: Callable[[T, T], bool]) -> Compiler:
    return lambda texts, _: OrderMatcher.of(texts, read, compare, upper=True)


def _greater(
    read: Callable[[str], T | None], compare: Callable[[T, T], bool]
) -> Compiler:
    return lambda texts, _: OrderMatcher.of(texts, read, compare, upper=False)


def _boolean(texts: tuple[str, ...], variables: Variables) -> Matcher:
    return BooleanMatcher.of(texts, variables=variables)


def _arn(texts: tuple[str, ...], variables: Variables) -> Matcher:
    return ArnMatcher.of(texts, variables=variables)


def _binary(texts: tuple[str, ...], _: Variables) -> Matcher:
    return BinaryMatcher.of(texts)


def _address(texts: tuple[str, ...], _: Variables) -> Matcher:
    return AddressMatcher.of(texts)


def _ordered(
    family: str, read: Callable[[str], T | None], syntax: Syntax
) -> dict[str, Operator]:
    """Returns the six operators of numbers, or of instants."""
    return {
        f"{family}Equals": Operator(_equal(read), syntax=syntax),
        f"{family}NotEquals": Operator(_equal(read), negated=True, syntax=syntax),
        f"{family}LessThan": Operator(_less(read, lt), syntax=syntax),
        f"{family}LessThanEquals": Operator(_less(read, le), syntax=syntax),
        f"{family}GreaterThan": Operator(_greater(read, gt), syntax=syntax),
        f"{family}GreaterThanEquals": Operator(_greater(read, ge), syntax=syntax),
    }


OPERATORS: Final[Mapping[str, Operator]] = MappingProxyType(
    {
        "StringEquals": Operator(_text()),
        "StringNotEquals": Operator(_text(), negated=True),
        "StringEqualsIgnoreCase": Operator(_text(folded=fold)),
        "StringNotEqualsIgnoreCase": Operator(_text(folded=fold), negated=True),
        "StringLike": Operator(_text(wildcards=True)),
        "StringNotLike": Operator(_text(wildcards=True), negated=True),
        **_ordered("Numeric", read_number, Syntax.NUMBER),
        **_ordered("Date", read_instant, Syntax.INSTANT),
        "Bool": Operator(_boolean, syntax=Syntax.BOOLEAN),
        "BinaryEquals": Operator(_binary),
        "IpAddress": Operator(_address),
        "NotIpAddress": Operator(_address, negated=True),
        # SPEC: 5, ArnEquals takes wildcards too.
        "ArnEquals": Operator(_arn),
        "ArnLike": Operator(_arn),
        "ArnNotEquals": Operator(_arn, negated=True),
        "ArnNotLike": Operator(_arn, negated=True),
    }
)
