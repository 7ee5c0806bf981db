"""A question about access: what somebody asks about an action and a resource.

The parts that Authorize, Simulate and AuthenticateRequest have in common, and the
checks of their form.

SPEC: policy-language 6 and 7.8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from daypass.core import limits
from daypass.core.arn import Arn, EntityArn
from daypass.core.errors import ValidationError
from daypass.core.validation import (
    ARN_CHARACTERS,
    ARN_PATTERN,
    Path,
    TextRule,
    Violations,
)
from daypass.policy.failures import ArnOf
from daypass.policy.folding import fold, fold_ascii
from daypass.sts.context import ContextKeys

EVERYTHING: Final = "*"
_ACTION_PATTERN: Final = r"[A-Za-z0-9.-]+:[\w.-]+"
_ACTION: Final = TextRule(
    limits.ACTION_CHARACTERS_MIN,
    limits.ACTION_CHARACTERS_MAX,
    re.compile(_ACTION_PATTERN, re.ASCII),
    _ACTION_PATTERN,
)
_RESOURCE: Final = TextRule(
    length_max=limits.ARN_CHARACTERS_MAX,
    characters=ARN_CHARACTERS,
    pattern=ARN_PATTERN,
)
_KEY: Final = TextRule(
    limits.CONTEXT_KEY_CHARACTERS_MIN,
    limits.CONTEXT_KEY_CHARACTERS_MAX,
    ARN_CHARACTERS,
    ARN_PATTERN,
)
_VALUE: Final = TextRule(length_max=limits.CONTEXT_VALUE_CHARACTERS_MAX)
# What the server alone knows, or nobody may say (policy-language 6.1 to 6.5).
_OF_THE_SERVER: Final = ("aws:", "sts:", "saml:", "daypass:")
# The keys of `aws:` that only who received the request knows.
_OF_THE_ASKER: Final = frozenset(
    {
        "aws:sourceip",
        "aws:useragent",
        "aws:securetransport",
        "aws:requestedregion",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:tagkeys",
    }
)
_TRUST_ACTIONS: Final = "sts:"
_TAGS_OF_THE_ASKER: Final = ("aws:resourcetag/", "aws:requesttag/")


@dataclass(frozen=True, slots=True)
class ContextEntry:
    """A context key with its values; without values the key is absent."""

    key: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessQuestion:
    """May this be done? By whom stands elsewhere.

    Attributes:
        action: such as `s3:GetObject`.
        resource: an ARN, or `*` for an action that has none.
        resource_policy: the policy of the resource as JSON, or None. Who asks owns
            the resource. A role has its trust policy, and takes no other.
        context: the facts of the request that only the asker knows.
    """

    action: str
    resource: str
    resource_policy: str | None = None
    context: tuple[ContextEntry, ...] = ()


def check_action(found: Violations, path: Path, action: str) -> None:
    """Checks the form of an action; one that nobody knows is fine."""
    found.require(path, action)
    if action:
        found.check_text(path, action, _ACTION)


def check_resource(found: Violations, path: Path, resource: str) -> None:
    """Checks the characters of a resource, and that there is one."""
    found.require(path, resource)
    if resource:
        found.check_text(path, resource, _RESOURCE)


def check_context(
    found: Violations, path: Path, entries: tuple[ContextEntry, ...]
) -> None:
    """Checks the form and number of context keys and values."""
    found.check_count(path, len(entries), most=limits.CONTEXT_ENTRIES_MAX)
    for index, entry in enumerate(entries[: limits.CONTEXT_ENTRIES_MAX]):
        found.check_text((*path, index, "key"), entry.key, _KEY)
        values = (*path, index, "values")
        found.check_count(values, len(entry.values), most=limits.CONTEXT_VALUES_MAX)
        for number, value in enumerate(entry.values[: limits.CONTEXT_VALUES_MAX]):
            found.check_text((*values, number), value, _VALUE, secret=True)


def context_keys(entries: Iterable[ContextEntry]) -> ContextKeys:
    """Returns the keys of entries whose form has been checked.

    Raises:
        ValidationError: two names differ in nothing but case.
    """
    keys: ContextKeys = {}
    seen: set[str] = set()
    for entry in entries:
        folded = fold(entry.key)
        if folded in seen:
            message = f"The context key {entry.key} is given more than once"
            raise ValidationError("context_key_repeated", message=message)
        seen.add(folded)
        keys[entry.key] = entry.values
    return keys


def check_askers_keys(entries: Iterable[ContextEntry]) -> None:
    """Checks that there are only facts that who received a request may tell.

    Raises:
        ValidationError: one is for the server to tell; it is named.
    """
    for entry in entries:
        folded = fold(entry.key)
        told = folded in _OF_THE_ASKER or folded.startswith(_TAGS_OF_THE_ASKER)
        if folded.startswith(_OF_THE_SERVER) and not told:
            raise ValidationError(
                "context_key_of_the_server",
                message=f"The context key {entry.key} cannot be set by the caller",
                metadata={"context_key": entry.key},
            )


def account_of_resource(resource: str, default: str) -> str:
    """Returns the account that a resource belongs to.

    Args:
        resource: an ARN, or `*`.
        default: the account of what names none.

    Raises:
        ValidationError: it is neither.
    """
    if resource == EVERYTHING:
        return default
    return Arn.parse(resource).account or default


def is_role_arn(resource: str) -> bool:
    """Tells whether a resource is a role, which nobody uses without its trust."""
    try:
        EntityArn.parse(resource, kind="role")
    except ValidationError:
        return False
    return True


def needs_trust(action: str, resource: str) -> bool:
    """Tells whether the trust policy of a role decides, too.

    It speaks of nothing but becoming that role.
    """
    return fold_ascii(action).startswith(_TRUST_ACTIONS) and is_role_arn(resource)


def own_arns(arn_of: ArnOf, account_id: str) -> ArnOf:
    """Returns what finds the ARNs of one account's roles and users only.

    Where somebody else than their account wrote the policies, a unique id tells
    whoever knows it nothing about whose it is.
    """

    def found(unique_id: str) -> str | None:
        arn = arn_of(unique_id)
        is_own = arn is not None and Arn.parse(arn).account == account_id
        return arn if is_own else None

    return found
