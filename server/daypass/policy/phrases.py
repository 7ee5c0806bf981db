"""The words in which explanations speak of conditions and callers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from daypass.core import limits
from daypass.core.principal import (
    Anonymous,
    FederatedProvider,
    FederatedUser,
    Principal,
    RoleSession,
    RootUser,
    ServicePrincipal,
    User,
)
from daypass.policy.conditions import Condition
from daypass.policy.decision import Slot
from daypass.policy.operators import Quantifier

_BUT: Final = "anything but {}"
_MATCH: Final = "a match of {}"
_EXPECTATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "StringNotEquals": _BUT,
        "StringEqualsIgnoreCase": "{} in any case",
        "StringNotEqualsIgnoreCase": "anything but {} in any case",
        "StringLike": _MATCH,
        "StringNotLike": "no match of {}",
        "NumericNotEquals": _BUT,
        "NumericLessThan": "less than {}",
        "NumericLessThanEquals": "at most {}",
        "NumericGreaterThan": "more than {}",
        "NumericGreaterThanEquals": "at least {}",
        "DateNotEquals": _BUT,
        "DateLessThan": "a time before {}",
        "DateLessThanEquals": "a time no later than {}",
        "DateGreaterThan": "a time after {}",
        "DateGreaterThanEquals": "a time no earlier than {}",
        "IpAddress": "an address in {}",
        "NotIpAddress": "no address in {}",
        "ArnEquals": _MATCH,
        "ArnLike": _MATCH,
        "ArnNotEquals": "no match of {}",
        "ArnNotLike": "no match of {}",
    }
)
_EQUAL: Final = "{}"
_QUANTIFIERS: Final[Mapping[Quantifier, str]] = MappingProxyType(
    {
        Quantifier.NONE: "",
        Quantifier.FOR_ALL: "of every value ",
        Quantifier.FOR_ANY: "of some value ",
    }
)
_EXTERNAL_ID: Final = "sts:externalid"
_NAMES: Final[Mapping[type[Principal], str]] = MappingProxyType(
    {
        User: "user {0.name}",
        RoleSession: "role {0.role_name}",
        FederatedUser: "federated user {0.name}",
        RootUser: "the root user of {0.account_id}",
        ServicePrincipal: "service {0.name}",
        FederatedProvider: "identity provider {0.provider}",
        Anonymous: "an anonymous caller",
    }
)
_SLOTS: Final[Mapping[Slot, str]] = MappingProxyType(
    {
        Slot.SCP: "service control policy",
        Slot.RCP: "resource control policy",
        Slot.RESOURCE: "resource policy",
        Slot.IDENTITY: "identity policy",
        Slot.BOUNDARY: "permissions boundary",
        Slot.SESSION: "session policy",
    }
)


def policy_of(slot: Slot, *, trust_policy: bool) -> str:
    """Returns what a policy of a slot is called."""
    if slot is Slot.RESOURCE and trust_policy:
        return "role trust policy"
    return _SLOTS[slot]


def listed(values: Iterable[str]) -> str:
    """Returns values as alternatives, in words, cut to what a person reads."""
    found = tuple(values)
    shown = [_shown(value) for value in found[: limits.EXPLANATION_VALUES_MAX]]
    more = len(found) - len(shown)
    if more:
        shown.append(f"{more} more")
    return " or ".join(shown) if shown else "nothing"


def kept(values: Iterable[str]) -> tuple[str, ...]:
    """Returns the values that an explanation keeps of a list, each cut."""
    found = tuple(values)[: limits.EXPLANATION_VALUES_MAX]
    return tuple(map(shortened, found))


def shortened(value: str) -> str:
    """Returns a text, cut when it is long."""
    most = limits.EXPLANATION_VALUE_CHARACTERS_MAX
    return value if len(value) <= most else f"{value[: most - 1]}…"


def expectation(condition: Condition, values: tuple[str, ...]) -> str:
    """Says that a condition does not hold: what it expected, and what there was.

    Args:
        condition: the condition.
        values: the request's values of its key.
    """
    was = f"was {listed(values)}" if values else "was absent"
    text = f"condition {condition.name} expected {expected(condition)}, {was}"
    if condition.key == _EXTERNAL_ID and not values:
        return f"ExternalId was not passed: {text}"
    return text


def expected(condition: Condition) -> str:
    """Says what a condition expects of its key."""
    name = condition.operator
    if name.operator is None:
        absent = [text.lower() == "true" for text in condition.texts]
        return "no value" if all(absent) and absent else "a value"
    phrase = _EXPECTATIONS.get(name.base, _EQUAL)
    return _QUANTIFIERS[name.quantifier] + phrase.format(listed(condition.texts))


def describe(principal: Principal) -> str:
    """Returns who asks, in words."""
    return _NAMES[type(principal)].format(principal)


def _shown(value: str) -> str:
    """Returns a value; one that is empty or has blanks stands in quotes."""
    text = shortened(value)
    return text if text and " " not in text else f'"{text}"'
