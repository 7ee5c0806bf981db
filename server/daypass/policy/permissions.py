"""The grammar of permissions documents: identity, boundary, session, organisation.

SPEC: policy-language 3.1 and 3.3. The rules run in the order in which AWS reports
their breaches; each looks at the whole document. The policies of resources other
than roles follow the same rules and name principals besides.
"""

from __future__ import annotations

import re
from typing import Final

from daypass.policy.document import DocumentKind
from daypass.policy.grammar import (
    LATEST_VERSION,
    SID,
    VERSIONS,
    Draft,
    Rule,
    has_foreign_characters,
    has_unreadable_value,
    malformed,
    unknown_operator,
)
from daypass.policy.principal_grammar import check_principals
from daypass.policy.raw import RawList
from daypass.policy.resource_grammar import has_gap, resource_fault

SYNTAX_ERROR: Final = "Syntax errors in policy."
LEADING_SPACES: Final = "JSON strings must not have leading spaces"
LEGACY_ERROR: Final = "The policy failed legacy parsing"
# Documents that are saved only in the latest version of the language.
VERSIONED: Final = frozenset(
    {
        DocumentKind.MANAGED,
        DocumentKind.SERVICE_CONTROL,
        DocumentKind.RESOURCE_CONTROL,
    }
)
_NAMING_PRINCIPALS: Final = frozenset(
    {DocumentKind.RESOURCE, DocumentKind.RESOURCE_CONTROL}
)
_SID_CHARACTERS: Final = (
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the"
    " regular expression [0-9A-Za-z]*"
)
_VENDOR: Final = re.compile(r"\*|[A-Za-z0-9.-]*+", re.ASCII)


def check_permissions(draft: Draft) -> None:
    """Checks a permissions document.

    Raises:
        MalformedPolicyDocumentError: with the text of the first rule it breaks.
    """
    for rule in _RULES:
        rule(draft)


def _syntax(draft: Draft) -> None:
    version = draft.document.version
    if not draft.statements or (version is not None and version not in VERSIONS):
        raise malformed("syntax", SYNTAX_ERROR)
    for statement in draft.statements:
        effect = (statement.effect or "").lower()
        actions = statement.actions.texts if statement.actions else ()
        if (
            effect not in {"allow", "deny"}
            or unknown_operator(statement.conditions) is not None
            or has_foreign_characters(actions)
        ):
            raise malformed("syntax", SYNTAX_ERROR)


def _version(draft: Draft) -> None:
    if draft.kind in VERSIONED and draft.document.version != LATEST_VERSION:
        raise malformed(
            "version", "Policy document must be version 2012-10-17 or greater."
        )


def _legacy(draft: Draft) -> None:
    for statement in draft.statements:
        resources = statement.resources.texts if statement.resources else ()
        if (
            statement.effect not in {"Allow", "Deny"}
            or any(map(has_gap, resources))
            or any(
                has_unreadable_value(condition, variables=draft.has_variables)
                for condition in statement.conditions
            )
        ):
            raise malformed("legacy_parsing", LEGACY_ERROR)


def _sids(draft: Draft) -> None:
    if draft.repeats_sid:
        raise malformed(
            "sid_repeated", "Statement IDs (SID) in a single policy must be unique."
        )
    for statement in draft.statements:
        if SID.fullmatch(statement.sid or "") is None:
            raise malformed("sid_characters", _SID_CHARACTERS)


def _actions_present(draft: Draft) -> None:
    for statement in draft.statements:
        if not _has_entries(statement.actions):
            raise malformed("actions", "Policy statement must contain actions.")


def _resource_shapes(draft: Draft) -> None:
    for statement in draft.statements:
        for resource in statement.resources.texts if statement.resources else ():
            fault = resource_fault(resource)
            if fault is not None:
                raise malformed("resource_shape", fault)


def _action_shapes(draft: Draft) -> None:
    for statement in draft.statements:
        for action in statement.actions.texts if statement.actions else ():
            _check_action(action)


def _check_action(action: str) -> None:
    vendor, *names = action.split(":")
    if not names and action != "*":
        raise malformed(
            "action_vendor",
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        )
    if len(names) > 1:
        raise malformed(
            "action_colons", "Actions/Condition can contain only one colon."
        )
    if _VENDOR.fullmatch(vendor) is None:
        raise malformed("action_vendor", f"Vendor {vendor} is not valid")


def _resources_present(draft: Draft) -> None:
    for statement in draft.statements:
        if not _has_entries(statement.resources):
            raise malformed("resources", "Policy statement must contain resources.")


def _has_entries(entries: RawList | None) -> bool:
    return entries is not None and bool(entries.texts)


def _principals(draft: Draft) -> None:
    for statement in draft.statements:
        if draft.kind in _NAMING_PRINCIPALS:
            check_principals(statement, draft)
        elif statement.principals is not None:
            raise malformed(
                "principal", "Policy document should not specify a principal."
            )


_RULES: Final[tuple[Rule, ...]] = (
    _syntax,
    _version,
    _legacy,
    _sids,
    _actions_present,
    _resource_shapes,
    _action_shapes,
    _resources_present,
    _principals,
)
