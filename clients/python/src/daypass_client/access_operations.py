"""The operations about access: what each sends, and how its answer is read."""

from __future__ import annotations

from typing import Final

from google.protobuf.duration_pb2 import Duration

from daypass_client import access_answers
from daypass_client._stubs.daypass.api.access.v1 import access_service_pb2 as pb
from daypass_client.access import (
    AccessDecision,
    AccessQuestion,
    AuthenticatedRequest,
    Context,
    ReceivedRequest,
    ReplacedSlots,
    SignatureRules,
    SimulatedCaller,
    SimulationRequest,
)
from daypass_client.explanations import ExplainedDecision, Explanation
from daypass_client.operations import Operation

_ACCESS: Final = "/daypass.api.access.v1.AccessService"


def authorize(
    question: AccessQuestion,
    *,
    session_token: str | None = None,
    user_arn: str | None = None,
) -> Operation[AccessDecision]:
    """Asks whether a principal may do something; a rejection raises when read.

    Raises:
        ValueError: not exactly one of token and user is given.
    """
    if (session_token is None) == (user_arn is None):
        raise ValueError("a question is about a session token or a user, and one")
    request = pb.AuthorizeRequest(question=_question(question))
    if session_token is not None:
        request.session_token = session_token
    if user_arn is not None:
        request.user_arn = user_arn
    return Operation(
        f"{_ACCESS}/Authorize",
        request.SerializeToString(),
        access_answers.access_decision,
    )


def simulate(request: SimulationRequest) -> Operation[tuple[Explanation, ...]]:
    """Asks what policies would say.

    Raises:
        ValueError: not exactly one kind of caller is given.
    """
    message = pb.SimulateRequest(
        caller=_caller(request.caller),
        actions=request.actions,
        resources=request.resources,
        context=_context(request.context),
        slots=_slots(request.slots),
    )
    return Operation(
        f"{_ACCESS}/Simulate", message.SerializeToString(), access_answers.simulation
    )


def explain_decision(decision_id: str) -> Operation[ExplainedDecision]:
    """Asks why something was denied."""
    request = pb.ExplainDecisionRequest(decision_id=decision_id)
    return Operation(
        f"{_ACCESS}/ExplainDecision",
        request.SerializeToString(),
        access_answers.explained_decision,
    )


def authenticate_request(
    request: ReceivedRequest,
    rules: SignatureRules,
    question: AccessQuestion | None = None,
) -> Operation[AuthenticatedRequest]:
    """Asks who signed a request; a rejection raises when read."""
    message = pb.AuthenticateRequestRequest(
        request=pb.HttpRequest(
            method=request.method,
            path=request.path,
            query=request.query,
            headers=[
                pb.HttpHeader(name=name, value=value) for name, value in request.headers
            ],
            payload_sha256=request.payload_sha256,
            authority=request.authority,
            scheme=request.scheme,
        ),
        service=rules.service,
        regions=rules.regions,
        allow_unsigned_payload=rules.allow_unsigned_payload,
        verbatim_path=rules.verbatim_path,
        question=None if question is None else _question(question),
    )
    if rules.presigned_lifetime_max is not None:
        lifetime = Duration()
        lifetime.FromTimedelta(rules.presigned_lifetime_max)
        message.presigned_lifetime_max.CopyFrom(lifetime)
    return Operation(
        f"{_ACCESS}/AuthenticateRequest",
        message.SerializeToString(),
        access_answers.authenticated_request,
    )


def _question(question: AccessQuestion) -> pb.AccessQuestion:
    return pb.AccessQuestion(
        action=question.action,
        resource=question.resource,
        resource_policy=question.resource_policy,
        context=_context(question.context),
    )


def _context(context: Context) -> list[pb.ContextEntry]:
    return [pb.ContextEntry(key=key, values=values) for key, values in context.items()]


def _caller(caller: SimulatedCaller) -> pb.SimulatedCaller:
    named = {
        "principal_arn": caller.principal_arn,
        "service": caller.service,
        "federated_provider": caller.federated_provider,
    }
    given = {name: value for name, value in named.items() if value is not None}
    if len(given) + caller.anonymous != 1:
        raise ValueError("a simulation is about exactly one kind of caller")
    if caller.anonymous:
        return pb.SimulatedCaller(anonymous=True)
    return pb.SimulatedCaller(**given)  # type: ignore[arg-type]


def _slots(slots: ReplacedSlots) -> pb.ReplacedSlots:
    return pb.ReplacedSlots(
        identity=_documents(slots.identity),
        boundary=_documents(slots.boundary),
        session=_documents(slots.session),
        resource=_documents(slots.resource),
        scp_levels=_levels(slots.scp_levels),
        rcp_levels=_levels(slots.rcp_levels),
    )


def _documents(documents: tuple[str, ...] | None) -> pb.PolicyDocuments | None:
    return None if documents is None else pb.PolicyDocuments(documents=documents)


def _levels(levels: tuple[tuple[str, ...], ...] | None) -> pb.PolicyLevels | None:
    if levels is None:
        return None
    return pb.PolicyLevels(
        levels=[pb.PolicyDocuments(documents=level) for level in levels]
    )
