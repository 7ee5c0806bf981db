"""ExplainDecision: why something was refused, to the accounts that it concerns.

SPEC: design 4; attacks P41 and C19.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from daypass.core import limits
from daypass.core.decision_record import DecisionRecord
from daypass.core.errors import InternalFailureError, NotFoundError
from daypass.core.ports import Clock, DecisionStore
from daypass.core.strict_json import InvalidJsonError, loads
from daypass.core.validation import TextRule, Violations
from daypass.policy.explanation import Explanation, Side
from daypass.policy.explanation_json import (
    ExplanationUnreadableError,
    explanation_from_json,
)
from daypass.sts.access_question import EVERYTHING
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target

_ACTION: Final = "daypass:ExplainDecision"
_DECISION_ID: Final = TextRule(length_max=limits.DECISION_ID_CHARACTERS_MAX)


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
        caller_account_id: the account of who was refused; empty for a provider's proof.
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


class ExplainDecision:
    """The operation.

    Args:
        store: keeps the records of denials.
        authorizers: decides whether the caller may ask.
        clock: tells which have expired.
    """

    name: ClassVar[str] = "ExplainDecision"
    grants: ClassVar[bool] = False

    def __init__(
        self, *, store: DecisionStore, authorizers: AuthorizerFactory, clock: Clock
    ) -> None:
        self._store = store
        self._authorizers = authorizers
        self._clock = clock

    async def perform(
        self, request: ExplainDecisionRequest, invocation: Invocation
    ) -> ExplainedDecision:
        """Explains a denial as the caller's account may see it.

        Raises:
            ValidationError: the id is missing or too long.
            AccessDeniedError: the caller may not ask.
            NotFoundError: there is no such decision any more, or it concerns other
                accounts only.
            StoreUnavailableError: nobody knows now.
        """
        found = Violations()
        found.require(("decision_id",), request.decision_id)
        found.check_text(("decision_id",), request.decision_id, _DECISION_ID)
        found.raise_if_any()
        account_id = invocation.caller.principal.account_id
        self._authorizers.authorize(
            Target(EVERYTHING, account_id), {}, invocation
        ).require(_ACTION)
        invocation.audit.attributes["explained_decision_id"] = request.decision_id
        record = await self._store.get(request.decision_id, now=self._clock.now())
        side = None if record is None else _side(record, account_id)
        if record is None or side is None:
            raise NotFoundError("decision_unknown", message="There is no such decision")
        return _explained(record, side)


def _side(record: DecisionRecord, account_id: str) -> Side | None:
    """Returns the side of a decision that an account is on, if any."""
    if account_id == record.caller_account_id:
        return Side.CALLER
    if account_id == record.resource_account_id:
        return Side.RESOURCE
    return None


def _explained(record: DecisionRecord, side: Side) -> ExplainedDecision:
    view = record.caller_view if side is Side.CALLER else record.resource_view
    try:
        explanation = explanation_from_json(
            loads(view, size_max=limits.EXPLANATION_BYTES_MAX)
        )
    except (InvalidJsonError, ExplanationUnreadableError) as error:
        raise InternalFailureError("decision_unreadable") from error
    return ExplainedDecision(
        decision_id=record.decision_id,
        decide_time=record.decide_time,
        expire_time=record.expire_time,
        operation=record.operation,
        caller_arn=record.caller_arn,
        caller_account_id=record.caller_account_id,
        resource_account_id=record.resource_account_id,
        reason=record.reason,
        side=side,
        explanation=explanation,
    )
