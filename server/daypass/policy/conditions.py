"""One condition: an operator, a key, and the values that a policy gives.

SPEC: policy-language 5 and 5.1. All conditions of a statement must hold. The values
of one key are alternatives; under a negated operator none of them may match.
"""

from __future__ import annotations

from dataclasses import dataclass

from daypass.core.quick import quick_init
from daypass.policy.context import RequestContext
from daypass.policy.folding import fold
from daypass.policy.matchers import Matcher
from daypass.policy.operators import Operator, OperatorName, Quantifier
from daypass.policy.values import read_boolean
from daypass.policy.variables import needed_keys


@quick_init
@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled condition.

    Attributes:
        operator: the operator, taken apart.
        name: the key as the policy spells it.
        key: the key, folded.
        texts: the values as the policy has them.
        asked: the context keys that it needs, as spelled and folded: its own, and
            those of variables in its values.
        test: what decides.
    """

    operator: OperatorName
    name: str
    key: str
    texts: tuple[str, ...]
    asked: tuple[tuple[str, str], ...]
    test: NullTest | ValueTest

    @classmethod
    def of(
        cls,
        operator: OperatorName,
        name: str,
        texts: tuple[str, ...],
        *,
        variables: bool,
    ) -> Condition:
        """Compiles a condition that has been validated."""
        key = fold(name)
        asked: tuple[tuple[str, str], ...] = ((name, key),)
        if operator.operator is None:
            return cls(operator, name, key, texts, asked, NullTest.of(key, texts))
        test = ValueTest.of(operator, operator.operator, key, texts, variables)
        asked += needed_keys(test.matcher.variables)
        return cls(operator, name, key, texts, asked, test)

    def holds(self, context: RequestContext) -> bool:
        """Tells whether the condition is true of a request."""
        return self.test.holds(context)


@quick_init
@dataclass(frozen=True, slots=True)
class NullTest:
    """The Null operator: whether a key is absent. Set operators mean nothing here.

    Attributes:
        key: the key, folded.
        if_absent: whether it holds of an absent key.
        if_present: whether it holds of a key with a value.
    """

    key: str
    if_absent: bool
    if_present: bool

    @classmethod
    def of(cls, key: str, texts: tuple[str, ...]) -> NullTest:
        """Compiles the values, which are alternatives."""
        wanted = {read_boolean(text) for text in texts}
        return cls(key, if_absent=True in wanted, if_present=False in wanted)

    def holds(self, context: RequestContext) -> bool:
        """Tells whether the test is true of a request."""
        return self.if_present if context.lookup(self.key) else self.if_absent


@quick_init
@dataclass(frozen=True, slots=True)
class ValueTest:
    """Every other operator: whether the values of a key fit those of a policy.

    Attributes:
        key: the key, folded.
        matcher: the policy's values.
        negated: whether a value passes when it does not match.
        quantifier: how many of a request's values must pass.
        if_absent: what holds of an absent key (the first two rows of 5.1).
        empty: whether the policy gives no values.
    """

    key: str
    matcher: Matcher
    negated: bool
    quantifier: Quantifier
    if_absent: bool
    empty: bool

    @classmethod
    def of(
        cls,
        name: OperatorName,
        operator: Operator,
        key: str,
        texts: tuple[str, ...],
        variables: bool,  # noqa: FBT001 - handed on to the operator's compiler.
    ) -> ValueTest:
        """Compiles the values."""
        if_absent = {
            Quantifier.NONE: operator.negated,
            Quantifier.FOR_ALL: True,
            Quantifier.FOR_ANY: False,
        }[name.quantifier]
        return cls(
            key=key,
            matcher=operator.compile(texts, variables),
            negated=operator.negated,
            quantifier=name.quantifier,
            if_absent=if_absent or name.if_exists,
            empty=not texts,
        )

    def holds(self, context: RequestContext) -> bool:
        """Tells whether the test is true of a request."""
        values = context.lookup(self.key)
        if self.quantifier is Quantifier.NONE:
            return self._plain(values, context)
        # NOTE: to the set operators a list of nothing but "" is no list (5.1).
        if not any(values):
            return self.if_absent
        passing = (self._passes(value, context) for value in values)
        if self.quantifier is Quantifier.FOR_ANY:
            return any(passing)
        return not self.empty and all(passing)

    def _plain(self, values: tuple[str, ...], context: RequestContext) -> bool:
        """Several values without a set operator: one match decides."""
        if not values:
            return self.if_absent
        for value in values:
            if self.matcher.matches(value, context):
                return not self.negated
        return self.negated

    def _passes(self, value: str, context: RequestContext) -> bool:
        """Negation applies to each value before they are counted."""
        return self.matcher.matches(value, context) != self.negated
