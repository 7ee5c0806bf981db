"""Questions to explain, and the parts of their explanations."""

from __future__ import annotations

from typing import Any

from daypass.core.principal import Principal
from daypass.policy.context import RequestContext
from daypass.policy.decision import Slot
from daypass.policy.evaluate import PolicySlots, Question
from daypass.policy.explain import explain
from daypass.policy.explanation import Explanation, Failure
from support.policies import (
    OBJECT,
    R_IN_A,
    R_IN_B,
    A,
    B,
    Keys,
    U,
    identity_keys,
)

PINNED = {"StringEquals": {"sts:ExternalId": "12345"}}


def question(
    found: PolicySlots,
    action: str = "s3:GetObject",
    resource: str = OBJECT,
    *,
    who: Principal = U,
    account: str = A,
    keys: Keys | None = None,
) -> Question:
    """Returns a question about an object of A, if nothing else is said."""
    context = RequestContext.of(identity_keys(who)).including(keys or {})
    return Question(action, resource, account, who, context, found)


def assuming(found: PolicySlots, resource: str = R_IN_A, **more: Any) -> Question:
    """Returns the question that AssumeRole asks."""
    account = B if resource == R_IN_B else A
    return question(found, "sts:AssumeRole", resource, account=account, **more)


def failures(found: Explanation, slot: Slot, statement: int = 0) -> tuple[Failure, ...]:
    """Returns why a statement of the first policy of a slot does not match."""
    (policies,) = (each.policies for each in found.slots if each.slot is slot)
    return policies[0].statements[statement].failures


def nearest(asked: Question) -> str:
    """Returns the text of the nearest change."""
    return explain(asked).nearest[0].text
