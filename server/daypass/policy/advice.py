"""What is legal in a policy and dangerous, with the fix for each.

The rules of `lint` need a policy alone; those here know besides which of the named
principals belong to somebody else. Advice changes no decision.

SPEC: policy-language 7.6; attacks P06, P23, P30 and P31.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from daypass.policy.change import StatementPlace
from daypass.policy.conditions import Condition
from daypass.policy.document import (
    DocumentKind,
    Policy,
    Statement,
    StatementEffect,
)
from daypass.policy.folding import fold, fold_ascii
from daypass.policy.lint import WarningCode, lint
from daypass.policy.operators import Quantifier
from daypass.policy.phrases import listed
from daypass.policy.values import read_boolean

# Tells whether a principal entry, as stored, belongs to another organisation.
IsForeign = Callable[[str], bool]


class AdviceCode(StrEnum):
    """The kinds of advice, stable for tools that filter by them."""

    SATISFIED_BY_OMISSION = WarningCode.SATISFIED_BY_OMISSION.value
    DENY_WITH_VARIABLE = WarningCode.DENY_WITH_VARIABLE.value
    SERVICE_WITHOUT_SOURCE = WarningCode.SERVICE_WITHOUT_SOURCE.value
    # A role that whoever has an account may assume.
    WILDCARD_TRUST = "wildcard_trust"
    # Somebody else's account is trusted, for whomever it is working.
    THIRD_PARTY_WITHOUT_EXTERNAL_ID = "third_party_without_external_id"
    # Everyone who can get a token of an issuer is trusted.
    PROVIDER_WITHOUT_SUBJECT = "provider_without_subject"
    # An Allow of everything but a list, which grows with every new action.
    ALLOW_WITH_NOT_ACTION = "allow_with_not_action"
    ALLOW_WITH_NOT_RESOURCE = "allow_with_not_resource"
    # A Deny without MFA that does not touch calls by long-term keys.
    DENY_MISSES_LONG_TERM_KEYS = "deny_misses_long_term_keys"


@dataclass(frozen=True, slots=True)
class Advice:
    """One piece of advice.

    Attributes:
        code: its kind.
        place: the statement.
        reason: why it is dangerous, one sentence without a full stop.
        fix: what to write instead, one sentence without a full stop.
    """

    code: AdviceCode
    place: StatementPlace
    reason: str
    fix: str


_LINT_FIXES: Final[Mapping[WarningCode, str]] = MappingProxyType(
    {
        WarningCode.SATISFIED_BY_OMISSION: (
            'require the key besides, by a condition Null with "false", or use a plain'
            " positive operator"
        ),
        WarningCode.DENY_WITH_VARIABLE: (
            "deny every resource, and make the exception by a condition"
        ),
        WarningCode.SERVICE_WITHOUT_SOURCE: (
            "add a condition on aws:SourceAccount, or ArnLike on aws:SourceArn"
        ),
    }
)
_EXTERNAL_ID: Final = "sts:externalid"
_MFA: Final = "aws:multifactorauthpresent"
_ASSUME_ROLE: Final = "sts:assumerole"
_WITH_WEB_IDENTITY: Final = "sts:assumerolewithwebidentity"
_OIDC: Final = ":oidc-provider/"
_SAML: Final = ":saml-provider/"
# The claims that tell one bearer of an issuer's token from another.
_SUBJECTS: Final = ("sub", "user_id", "id", "amr", "oaud")
# Keys by which a condition may narrow "everyone" to somebody.
_NARROWING: Final = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:userid",
    }
)
_ANYTHING: Final = frozenset("*?")


def advise(
    policy: Policy, *, is_foreign: IsForeign = lambda _: False, is_cap: bool = False
) -> tuple[Advice, ...]:
    """Returns the advice on a policy, in the order of its statements.

    Args:
        policy: a policy that has been saved.
        is_foreign: tells which principals belong to another organisation.
        is_cap: whether it only ever caps what others allow, as a boundary does.
            To allow all but some is how one writes that.
    """
    found = [
        Advice(
            AdviceCode(warning.code.value),
            StatementPlace.of(warning.statement),
            warning.text,
            _LINT_FIXES[warning.code],
        )
        for warning in lint(policy)
    ]
    for statement in policy.statements:
        place = StatementPlace.of(statement.reference)
        for rule in _RULES if is_cap else (*_RULES, _all_but):
            for code, reason, fix in rule(policy, statement, is_foreign):
                found.append(Advice(code, place, reason, fix))
    return tuple(sorted(found, key=lambda advice: advice.place.index))


_Found = Iterator[tuple[AdviceCode, str, str]]


def _wildcard_trust(policy: Policy, statement: Statement, _: IsForeign) -> _Found:
    principals = statement.principals
    if not _trusts(policy, statement) or principals is None:
        return
    if not (principals.everyone or principals.every_aws):
        return
    if not any(c.key in _NARROWING and _narrows(c) for c in statement.conditions):
        yield (
            AdviceCode.WILDCARD_TRUST,
            "every account there is may assume this role",
            "name the accounts or roles, or add StringEquals on aws:PrincipalOrgID",
        )


def _third_party(policy: Policy, statement: Statement, is_foreign: IsForeign) -> _Found:
    principals = statement.principals
    if not _trusts(policy, statement) or principals is None:
        return
    if not statement.actions.matches(_ASSUME_ROLE):
        return
    foreign = sorted(filter(is_foreign, principals.aws))
    pinned = any(c.key == _EXTERNAL_ID and _narrows(c) for c in statement.conditions)
    if foreign and not pinned:
        yield (
            AdviceCode.THIRD_PARTY_WITHOUT_EXTERNAL_ID,
            f"{listed(foreign)} may be made to act here for another of its customers",
            "add StringEquals on sts:ExternalId with the id that they gave you",
        )


def _without_subject(policy: Policy, statement: Statement, _: IsForeign) -> _Found:
    principals = statement.principals
    if not _trusts(policy, statement) or principals is None:
        return
    if not statement.actions.matches(_WITH_WEB_IDENTITY):
        return
    for provider in sorted(principals.federated):
        if _SAML in provider:
            continue
        issuer = provider.partition(_OIDC)[2] or provider
        keys = {fold(f"{issuer}:{claim}") for claim in _SUBJECTS}
        if not any(c.key in keys and _narrows(c) for c in statement.conditions):
            yield (
                AdviceCode.PROVIDER_WITHOUT_SUBJECT,
                f"everyone with a token of {issuer} may assume this role",
                f"add a condition on {issuer}:sub",
            )


def _all_but(policy: Policy, statement: Statement, _: IsForeign) -> _Found:
    del policy
    if statement.effect is StatementEffect.DENY:
        return
    if statement.actions.negated:
        yield (
            AdviceCode.ALLOW_WITH_NOT_ACTION,
            "this allows every action but those it names, also those yet to come",
            "list the actions that are meant, in Action",
        )
    if statement.resources is not None and statement.resources.negated:
        yield (
            AdviceCode.ALLOW_WITH_NOT_RESOURCE,
            "this allows every resource but those it names, also those yet to come",
            "list the resources that are meant, in Resource",
        )


def _mfa_deny(policy: Policy, statement: Statement, _: IsForeign) -> _Found:
    del policy
    if statement.effect is StatementEffect.ALLOW:
        return
    for condition in statement.conditions:
        name = condition.operator
        if condition.key != _MFA or name.base != "Bool" or name.if_exists:
            continue
        if False in map(read_boolean, condition.texts):
            yield (
                AdviceCode.DENY_MISSES_LONG_TERM_KEYS,
                "calls by long-term keys lack this key, and so escape the Deny",
                "use BoolIfExists",
            )


def _trusts(policy: Policy, statement: Statement) -> bool:
    is_trust = policy.kind is DocumentKind.TRUST
    return is_trust and statement.effect is StatementEffect.ALLOW


def _narrows(condition: Condition) -> bool:
    """Tells whether a condition needs its key, and not just any value of it."""
    name = condition.operator
    if name.operator is None or name.operator.negated or name.if_exists:
        return False
    if name.quantifier is Quantifier.FOR_ALL:
        return False
    return all(set(fold_ascii(text)) - _ANYTHING for text in condition.texts)


_RULES: Final[tuple[Callable[[Policy, Statement, IsForeign], _Found], ...]] = (
    _wildcard_trust,
    _third_party,
    _without_subject,
    _mfa_deny,
)
