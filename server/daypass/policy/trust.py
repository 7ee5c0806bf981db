"""The grammar of trust policies.

SPEC: policy-language 3.2. The rules run in the order of its table; each looks at the
whole document.
"""

from __future__ import annotations

from typing import Final

from daypass.policy.grammar import (
    SID,
    VERSIONS,
    Draft,
    Rule,
    has_foreign_characters,
    has_unreadable_value,
    malformed,
    unknown_operator,
)
from daypass.policy.principal_grammar import COGNITO, check_principals
from daypass.policy.raw import RawStatement

INVALID_JSON: Final = "This policy contains invalid Json"
SYNTAX_ERROR: Final = "Syntax error in policy."
_VENDOR: Final = "sts"


def check_trust(draft: Draft) -> None:
    """Checks a trust policy.

    Raises:
        MalformedPolicyDocumentError: with the text of the first rule it breaks.
    """
    for rule in _RULES:
        rule(draft)


def _syntax(draft: Draft) -> None:
    for statement in draft.statements:
        actions = statement.actions.texts if statement.actions else ()
        if (
            SID.fullmatch(statement.sid or "") is None
            or has_foreign_characters(actions)
            or any(
                has_unreadable_value(condition, variables=draft.has_variables)
                for condition in statement.conditions
            )
        ):
            raise malformed("syntax", SYNTAX_ERROR)


def _version(draft: Draft) -> None:
    version = draft.document.version
    if version is not None and version not in VERSIONS:
        raise malformed("version", "The policy must contain a valid version string")


def _statements(draft: Draft) -> None:
    if not draft.statements:
        message = "Could not parse the policy: Statement is empty!"
        raise malformed("statement_empty", message)


def _sids(draft: Draft) -> None:
    if draft.repeats_sid:
        message = "The Statement Ids in the policy are not unique"
        raise malformed("sid_repeated", message)


def _effects(draft: Draft) -> None:
    for statement in draft.statements:
        if statement.effect is None:
            raise malformed("effect_missing", "Missing required field Effect")
        if statement.effect not in {"Allow", "Deny"}:
            raise malformed("effect", f"Invalid effect: {statement.effect}")


def _actions_present(draft: Draft) -> None:
    for statement in draft.statements:
        if statement.actions is None or not statement.actions.texts:
            raise malformed("action_missing", "Missing required field Action")


def _resources_absent(draft: Draft) -> None:
    for statement in draft.statements:
        if statement.resources is None:
            continue
        if statement.resources.negated:
            message = "AssumeRole policy must not contain resources."
            raise malformed("not_resource", message)
        raise malformed("resource", "Has prohibited field Resource")


def _principals(draft: Draft) -> None:
    for statement in draft.statements:
        check_principals(statement, draft)


def _action_vendors(draft: Draft) -> None:
    for statement in draft.statements:
        for action in statement.actions.texts if statement.actions else ():
            vendor, *names = action.split(":")
            if vendor.lower() != _VENDOR or len(names) != 1:
                message = "AssumeRole policy may only specify STS AssumeRole actions."
                raise malformed("action_vendor", message)


def _operators(draft: Draft) -> None:
    for statement in draft.statements:
        unknown = unknown_operator(statement.conditions)
        if unknown is not None:
            message = f"Invalid Condition type : {unknown}"
            raise malformed("operator", message)


def _cognito(draft: Draft) -> None:
    for statement in draft.statements:
        if _names_cognito(statement) and not _has_condition(statement):
            message = "A condition block must be present for the Cognito provider"
            raise malformed("cognito_condition", message)


def _names_cognito(statement: RawStatement) -> bool:
    principals = statement.principals
    kinds = principals.value if principals is not None else ""
    return not isinstance(kinds, str) and COGNITO in kinds.get("Federated", ())


def _has_condition(statement: RawStatement) -> bool:
    return any(condition.keys for condition in statement.conditions)


_RULES: Final[tuple[Rule, ...]] = (
    _syntax,
    _version,
    _statements,
    _sids,
    _effects,
    _actions_present,
    _resources_absent,
    _principals,
    _action_vendors,
    _operators,
    _cognito,
)
