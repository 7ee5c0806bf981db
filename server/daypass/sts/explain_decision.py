"""ExplainDecision: why something was refused, to the accounts that it concerns.

SPEC: design 4; attacks P41 and C19.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from daypass.policy.explanation import Explanation, Side


@dataclass(frozen=True, slots=True)
class ExplainDecisionRequest:
    """Names the decision."""

    decision_id: str


@dataclass(frozen=True, slots=True)
class ExplainedDecision:
    """A denial, as one account may see it.

    Attributes:
        decision_id: names it.
        decide_time: when it was made.
        expire_time: when it is forgotten.
        operation: the operation that was refused, such as `AssumeRole`.
        caller_arn: who was refused.
        caller_account_id: the account of who was refused.
        resource_account_id: the account of what it was refused on.
        reason: what the caller was told.
        side: whose eyes the explanation is for. Within one account it is whole.
        explanation: the reasons; its `action` and `resource` are what was refused.
    """

    decision_id: str
    decide_time: datetime
    expire_time: datetime
    operation: str
    caller_arn: str
    caller_account_id: str
    resource_account_id: str
    reason: str
    side: Side
    explanation: Explanation
