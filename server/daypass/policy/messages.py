"""What a caller is told of a denial.

SPEC: policy-language 7.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from daypass.policy.decision import Decision, Effect, Slot

_POLICIES: Final[Mapping[Slot, str]] = MappingProxyType(
    {
        Slot.SCP: "service control policy",
        Slot.RCP: "resource control policy",
        Slot.RESOURCE: "resource-based policy",
        Slot.IDENTITY: "identity-based policy",
        Slot.BOUNDARY: "permissions boundary",
        Slot.SESSION: "session policy",
    }
)
_TRUST_POLICY: Final = "role trust policy"
# The slots that belong to the resource's account.
_OF_THE_RESOURCE: Final = frozenset({Slot.RESOURCE, Slot.RCP})


def denial_message(
    decision: Decision,
    principal_arn: str | None,
    action: str,
    resource: str,
    *,
    same_account: bool,
) -> str:
    """Returns the message of an AccessDenied.

    Args:
        decision: a decision that does not allow.
        principal_arn: the caller's own ARN, that of the session for a session; None
            for callers that are told no more than which action was refused, which
            are those with a SAML assertion or a web identity token.
        action: the action that was refused.
        resource: what it was refused on.
        same_account: whether caller and resource belong to one account. If not, the
            message says nothing about the policies of the other account.
    """
    if principal_arn is None:
        return f"Not authorized to perform {action}"
    tail = "" if decision.slot is None else _tail(decision, decision.slot, action)
    if decision.slot in _OF_THE_RESOURCE and not same_account:
        tail = ""
    return (
        f"User: {principal_arn} is not authorized to perform: {action}"
        f" on resource: {resource}{tail}"
    )


def _tail(decision: Decision, slot: Slot, action: str) -> str:
    policy = _POLICIES[slot]
    is_trust = slot is Slot.RESOURCE and decision.trust_policy
    if is_trust:
        policy = _TRUST_POLICY
    if decision.effect is not Effect.EXPLICIT_DENY:
        return f" because no {policy} allows the {action} action"
    article = "the" if is_trust else "an" if policy.startswith("i") else "a"
    return f" with an explicit deny in {article} {policy}"
