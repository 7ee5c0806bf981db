"""Messages of AccessService, to and from the values of its use cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from daypass.api.access.v1 import access_service_pb2 as pb
from daypass.core.secret import Secret
from daypass.policy.explanation import Side
from daypass.rpc.convert import sent_text, timestamp
from daypass.rpc.convert_decision import decision_effect, explanation, policy_slot
from daypass.rpc.convert_token import token_rejection
from daypass.sts.access_question import AccessQuestion, ContextEntry
from daypass.sts.authorize_access import AccessAnswer, AuthorizeRequest
from daypass.sts.explain_decision import ExplainedDecision
from daypass.sts.simulate import (
    Documents,
    ReplacedSlots,
    SimulatedCaller,
    SimulateRequest,
    Simulation,
)
from daypass.sts.verdict import Verdict

_SIDES: Final[Mapping[Side, pb.ExplainedDecision.Side.ValueType]] = MappingProxyType(
    {
        Side.CALLER: pb.ExplainedDecision.SIDE_CALLER,
        Side.RESOURCE: pb.ExplainedDecision.SIDE_RESOURCE,
    }
)


def access_question(message: pb.AccessQuestion) -> AccessQuestion:
    """Returns a question as it was sent."""
    return AccessQuestion(
        action=message.action,
        resource=message.resource,
        resource_policy=sent_text(message, "resource_policy"),
        context=_context(message.context),
    )


def access_decision(answer: AccessAnswer) -> pb.AccessDecision:
    """Returns the answer to a question."""
    return pb.AccessDecision(
        allowed=answer.allowed,
        decision_id=answer.decision_id,
        principal_arn=answer.principal_arn,
        effect=decision_effect(answer.effect),
        slot=policy_slot(answer.slot),
        reason=answer.reason,
        missing_keys=answer.missing_keys,
    )


def authorize_request(message: pb.AuthorizeRequest) -> AuthorizeRequest:
    """Returns the question, and of whom; a subject that was sent empty is one."""
    token = sent_text(message, "session_token")
    return AuthorizeRequest(
        question=access_question(message.question),
        session_token=None if token is None else Secret(token),
        user_arn=sent_text(message, "user_arn"),
    )


def authorize_response(outcome: AccessAnswer | Verdict) -> pb.AuthorizeResponse:
    """Returns the answer, or why there is nobody to ask about."""
    if isinstance(outcome, Verdict):
        return pb.AuthorizeResponse(rejection=token_rejection(outcome))
    return pb.AuthorizeResponse(decision=access_decision(outcome))


def simulate_request(message: pb.SimulateRequest) -> SimulateRequest:
    """Returns what to simulate, as it was sent."""
    return SimulateRequest(
        caller=SimulatedCaller(
            principal_arn=sent_text(message.caller, "principal_arn"),
            service=sent_text(message.caller, "service"),
            federated_provider=sent_text(message.caller, "federated_provider"),
            anonymous=message.caller.anonymous,
        ),
        actions=tuple(message.actions),
        resources=tuple(message.resources),
        context=_context(message.context),
        slots=_slots(message.slots),
    )


def simulate_response(simulation: Simulation) -> pb.SimulateResponse:
    """Returns the outcomes, each of which names its action and resource."""
    return pb.SimulateResponse(
        results=[explanation(result.explanation) for result in simulation.results]
    )


def explain_decision_response(
    found: ExplainedDecision,
) -> pb.ExplainDecisionResponse:
    """Returns the decision, as the account of the asker may see it."""
    return pb.ExplainDecisionResponse(
        decision=pb.ExplainedDecision(
            decision_id=found.decision_id,
            decide_time=timestamp(found.decide_time),
            expire_time=timestamp(found.expire_time),
            operation=found.operation,
            caller_arn=found.caller_arn,
            caller_account_id=found.caller_account_id,
            resource_account_id=found.resource_account_id,
            reason=found.reason,
            side=_SIDES[found.side],
            explanation=explanation(found.explanation),
        )
    )


def _context(entries: Iterable[pb.ContextEntry]) -> tuple[ContextEntry, ...]:
    return tuple(ContextEntry(entry.key, tuple(entry.values)) for entry in entries)


def _slots(message: pb.ReplacedSlots) -> ReplacedSlots:
    """Returns the policies that were sent; a slot that is not there stays stored."""
    return ReplacedSlots(
        identity=_documents(message, "identity"),
        boundary=_documents(message, "boundary"),
        session=_documents(message, "session"),
        resource=_documents(message, "resource"),
        scp_levels=_levels(message, "scp_levels"),
        rcp_levels=_levels(message, "rcp_levels"),
    )


def _documents(message: pb.ReplacedSlots, field: str) -> Documents | None:
    if not message.HasField(field):  # type: ignore[arg-type]
        return None
    sent: pb.PolicyDocuments = getattr(message, field)
    return tuple(sent.documents)


def _levels(message: pb.ReplacedSlots, field: str) -> tuple[Documents, ...] | None:
    if not message.HasField(field):  # type: ignore[arg-type]
        return None
    sent: pb.PolicyLevels = getattr(message, field)
    return tuple(tuple(level.documents) for level in sent.levels)
