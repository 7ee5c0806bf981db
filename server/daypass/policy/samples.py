"""Values of a context key that would make a condition hold, or not hold.

Samples are guesses from the policy's own values; each is tried on the condition
itself, so that what is returned is true of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from daypass.core import limits
from daypass.policy.conditions import Condition
from daypass.policy.context import RequestContext
from daypass.policy.operators import Quantifier, Syntax
from daypass.policy.pattern import Mark
from daypass.policy.values import read_instant, read_number
from daypass.policy.variables import Part, Variable, parse_parts

# Stands for "any text": where a wildcard is, and where any value would do.
_ANY: Final = "x"
_PATTERNS: Final = ("StringLike", "StringNotLike", "Arn")
_BOOLEANS: Final = ("true", "false")


def values_for(
    condition: Condition, context: RequestContext, *, holds: bool
) -> tuple[str, ...] | None:
    """Returns values of the condition's key with which it holds, or does not.

    Args:
        condition: the condition.
        context: the request as it is.
        holds: whether the condition is to hold.

    Returns:
        The values, empty when the key must be absent; None when nothing was found.
    """
    tried = _candidates(condition, context)
    return next(
        (
            values
            for values in tried
            if holds is condition.holds(context.including({condition.name: values}))
        ),
        None,
    )


def _candidates(
    condition: Condition, context: RequestContext
) -> Iterator[tuple[str, ...]]:
    present = context.lookup(condition.key)
    samples = tuple(dict.fromkeys(_samples(condition, context)))
    if condition.operator.quantifier is Quantifier.FOR_ALL:
        # The nearest list is the present one without what does not pass.
        yield tuple(
            value
            for value in present
            if condition.holds(context.including({condition.name: (value,)}))
        )
    for sample in samples:
        if condition.operator.quantifier is Quantifier.FOR_ANY and present:
            yield (*present, sample)
        yield (sample,)
    yield ()
    yield (_ANY,)


def _samples(condition: Condition, context: RequestContext) -> Iterator[str]:
    operator = condition.operator.operator
    base = condition.operator.base
    for text in condition.texts[: limits.EXPLANATION_VALUES_MAX]:
        if operator is None:
            yield _BOOLEANS[0]
        elif operator.syntax is Syntax.BOOLEAN:
            yield from _booleans(text, context)
        elif operator.syntax is Syntax.NUMBER:
            yield from _numbers(text)
        elif operator.syntax is Syntax.INSTANT:
            yield from _instants(text)
        elif base.endswith("IpAddress"):
            yield text.partition("/")[0]
        else:
            yield from _texts(text, context, patterns=base.startswith(_PATTERNS))


def _booleans(text: str, context: RequestContext) -> Iterator[str]:
    resolved = list(_texts(text, context, patterns=False))
    yield from (value.lower() for value in resolved)
    yield from _BOOLEANS


def _numbers(text: str) -> Iterator[str]:
    number = read_number(text)
    assert number is not None, "a policy is saved only if its numbers can be read"
    yield from (str(number + Decimal(step)) for step in (0, -1, 1))


def _instants(text: str) -> Iterator[str]:
    instant = read_instant(text)
    assert instant is not None, "a policy is saved only if its dates can be read"
    # Whole seconds, which are read back as what they are, of any year.
    yield from (str(max(0, instant[0] + step)) for step in (0, -1, 1))


def _texts(text: str, context: RequestContext, *, patterns: bool) -> Iterator[str]:
    """Yields the text as it reads with variables, and without."""
    for variables in (True, False):
        parts = parse_parts(text, wildcards=patterns, variables=variables)
        found = [_part(part, context) for part in parts]
        if None not in found:
            yield "".join(each for each in found if each is not None)


def _part(part: Part, context: RequestContext) -> str | None:
    if isinstance(part, Variable):
        return part.value(context)
    return _ANY if isinstance(part, Mark) else part
