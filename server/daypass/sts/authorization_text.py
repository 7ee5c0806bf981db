"""What an authorization message says: JSON in the form that AWS documents.

SPEC: sts-operations 1.5.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from daypass.core.principal import (
    FederatedProvider,
    FederatedUser,
    RoleSession,
    RootUser,
    User,
)
from daypass.policy.decision import Effect
from daypass.policy.explanation import Explanation
from daypass.sts.decision_views import Denial, caller_keys

_CUT: Final = "..."
_ARN_CHARACTERS_MAX: Final = 256
_VALUE_CHARACTERS_MAX: Final = 256

Item = dict[str, object]


def message_texts(denial: Denial, view: Explanation) -> Iterable[str]:
    """Yields the text of a denial, at first whole, then with less and less in it.

    Args:
        denial: what was refused.
        view: what the caller's account may see of the reasons.
    """
    conditions = _conditions(caller_keys(denial))
    matched = _matched_statements(view)
    failures = _failures(view)
    yield _text(denial, view, matched, failures, conditions)
    yield _text(denial, view, matched, failures, [])
    yield _text(denial, view, matched[:1], failures[:1], [])
    yield _text(denial, view, [], [], [])


def _text(
    denial: Denial,
    view: Explanation,
    matched: list[Item],
    failures: list[Item],
    conditions: list[Item],
) -> str:
    value = {
        "allowed": False,
        "explicitDeny": view.effect is Effect.EXPLICIT_DENY,
        "matchedStatements": {"items": matched},
        "failures": {"items": failures},
        "context": {
            "principal": {
                "id": _cut(denial.caller_id, _ARN_CHARACTERS_MAX),
                "name": _name(denial),
                "arn": _cut(denial.caller_arn, _ARN_CHARACTERS_MAX),
            },
            "action": denial.question.action,
            "resource": _cut(denial.question.resource, _ARN_CHARACTERS_MAX),
            "conditions": {"items": conditions},
        },
    }
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _name(denial: Denial) -> str:
    match denial.principal:
        case User(name=name) | FederatedUser(name=name):
            return name
        case RoleSession(session_name=name):
            return name
        case RootUser():
            return "root"
        case FederatedProvider(provider=name):
            return name


def _matched_statements(view: Explanation) -> list[Item]:
    """Returns the statements that matched, the one that decided first."""
    found = [
        (
            one.reference != view.decided_by,
            {
                "statementId": one.reference.sid or "",
                "effect": one.effect.upper(),
                "policy": one.reference.policy,
                "statement": one.reference.index,
                "slot": slot.slot.value,
            },
        )
        for slot in view.slots
        for policy in slot.policies
        for one in policy.statements
        if one.matched
    ]
    return [item for _, item in sorted(found, key=lambda each: each[0])]


def _failures(view: Explanation) -> list[Item]:
    """Returns the slots that refuse, and what would have to change, best first."""
    refusing: list[Item] = [
        {"slot": slot.slot.value, "effect": slot.effect.value}
        for slot in view.slots
        if slot.effect is not Effect.ALLOW
    ]
    changes: list[Item] = [{"change": change.text} for change in view.nearest]
    return refusing + changes


def _conditions(keys: Mapping[str, str | Sequence[str]]) -> list[Item]:
    return [
        {"key": name, "values": {"items": [{"value": one} for one in _values(values)]}}
        for name, values in sorted(keys.items())
    ]


def _values(values: str | Sequence[str]) -> list[str]:
    listed = [values] if isinstance(values, str) else list(values)
    return [_cut(one, _VALUE_CHARACTERS_MAX) for one in listed]


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - len(_CUT)] + _CUT
