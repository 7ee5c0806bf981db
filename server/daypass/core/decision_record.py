"""What is kept of a denial, so that it can be explained later.

SPEC: design 4; attacks P41.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A denial, with what each of the two accounts that it concerns may see of it.

    The views are kept apart from the start, so that no reader can show the one for
    the other. They hold no secret, and nothing that a session token could be made
    of.

    Attributes:
        decision_id: names the decision.
        decide_time: when it was made.
        expire_time: when it is forgotten.
        operation: the operation that was refused, such as `AssumeRole`.
        caller_arn: who was refused.
        caller_account_id: the account of who was refused; empty where that was a
            proof of a provider, `caller_arn`, whose bearer belongs to no account.
        resource_account_id: the account of what it was refused on.
        reason: what the caller was told.
        caller_view: the explanation for the caller's account, as JSON.
        resource_view: the explanation for the account of the resource, as JSON; the
            same as the other one where both accounts are one.
    """

    decision_id: str
    decide_time: datetime
    expire_time: datetime
    operation: str
    caller_arn: str
    caller_account_id: str
    resource_account_id: str
    reason: str
    caller_view: str
    resource_view: str
