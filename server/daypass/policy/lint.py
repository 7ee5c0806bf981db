"""What is valid in a policy and probably not meant.

SPEC: policy-language 7.6; attacks P06, P23 and P31. Warnings change no decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from daypass.policy.conditions import Condition
from daypass.policy.document import (
    DocumentKind,
    Policy,
    Statement,
    StatementEffect,
    StatementReference,
)
from daypass.policy.operators import Quantifier


class WarningCode(StrEnum):
    """The kinds of warning."""

    # An Allow whose condition holds when the key is left out.
    SATISFIED_BY_OMISSION = "satisfied_by_omission"
    # A Deny whose resource may be unknown, in which case it denies nothing.
    DENY_WITH_VARIABLE = "deny_with_variable"
    # A service that may be acting for anybody's resource.
    SERVICE_WITHOUT_SOURCE = "service_without_source"


@dataclass(frozen=True, slots=True)
class PolicyWarning:
    """One warning: its kind, its place, and a sentence for people."""

    code: WarningCode
    statement: StatementReference
    text: str


# SPEC: 6.3, keys that every request has.
_ALWAYS_PRESENT: Final = frozenset(
    {
        "aws:currenttime",
        "aws:epochtime",
        "aws:securetransport",
        "aws:useragent",
        "aws:requestedregion",
    }
)
_SOURCE_KEYS: Final = frozenset(
    {"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"}
)


def lint(policy: Policy) -> tuple[PolicyWarning, ...]:
    """Returns the warnings of a policy, in the order of its statements."""
    return tuple(
        PolicyWarning(code, statement.reference, text)
        for statement in policy.statements
        for rule in _RULES
        for code, text in rule(policy, statement)
    )


def _omission(
    policy: Policy, statement: Statement
) -> Iterator[tuple[WarningCode, str]]:
    """An Allow should fail when the caller leaves a key out."""
    del policy
    if statement.effect is StatementEffect.DENY:
        return
    required = {
        condition.key for condition in statement.conditions if _requires_key(condition)
    }
    for condition in statement.conditions:
        if condition.key in required | _ALWAYS_PRESENT:
            continue
        if _holds_if_absent(condition):
            yield (
                WarningCode.SATISFIED_BY_OMISSION,
                f"{condition.name} may be left out to satisfy this Allow",
            )


def _requires_key(condition: Condition) -> bool:
    """Tells whether it is Null with `false`: the key must be there."""
    is_null = condition.operator.operator is None
    return is_null and [text.lower() for text in condition.texts] == ["false"]


def _holds_if_absent(condition: Condition) -> bool:
    name = condition.operator
    if name.operator is None:
        return False
    if name.if_exists or name.quantifier is Quantifier.FOR_ALL:
        return True
    return name.operator.negated and name.quantifier is Quantifier.NONE


def _deny_with_variable(
    policy: Policy, statement: Statement
) -> Iterator[tuple[WarningCode, str]]:
    """A Deny should not depend on a key that may be absent."""
    del policy
    resources = statement.resources
    if statement.effect is StatementEffect.ALLOW or resources is None:
        return
    if resources.asked and not resources.negated:
        names = ", ".join(name for name, _ in resources.asked)
        yield (
            WarningCode.DENY_WITH_VARIABLE,
            f"this Deny matches no resource when {names} is absent",
        )


def _service_without_source(
    policy: Policy, statement: Statement
) -> Iterator[tuple[WarningCode, str]]:
    """A trusted service should be held to the resources it may act for."""
    principals = statement.principals
    if (
        policy.kind is not DocumentKind.TRUST
        or statement.effect is StatementEffect.DENY
        or principals is None
        or not principals.services
    ):
        return
    if not any(condition.key in _SOURCE_KEYS for condition in statement.conditions):
        yield (
            WarningCode.SERVICE_WITHOUT_SOURCE,
            "a service is trusted for whomever it acts; pin aws:SourceArn",
        )


_RULES: Final[
    tuple[Callable[[Policy, Statement], Iterator[tuple[WarningCode, str]]], ...]
] = (_omission, _deny_with_variable, _service_without_source)
