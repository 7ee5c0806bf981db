"""Reads the answers of AccessService into values."""

from __future__ import annotations

from daypass_client import explanation_answers
from daypass_client._stubs.daypass.api.access.v1 import access_service_pb2 as access
from daypass_client.access import AccessDecision, AuthenticatedRequest
from daypass_client.answers import read_time, rejection, token
from daypass_client.errors import RequestRejectedError
from daypass_client.explanations import ExplainedDecision, Explanation


def access_decision(data: bytes) -> AccessDecision:
    """Reads the answer of `Authorize`.

    Raises:
        TokenRejectedError: there is nobody to ask about, or the answer is empty.
    """
    answer = access.AuthorizeResponse.FromString(data)
    if answer.WhichOneof("outcome") != "decision":
        raise rejection(answer.rejection.reason)
    return _decision(answer.decision)


def simulation(data: bytes) -> tuple[Explanation, ...]:
    """Reads the answer of `Simulate`."""
    answer = access.SimulateResponse.FromString(data)
    return tuple(map(explanation_answers.explanation, answer.results))


def explained_decision(data: bytes) -> ExplainedDecision:
    """Reads the answer of `ExplainDecision`."""
    found = access.ExplainDecisionResponse.FromString(data).decision
    return ExplainedDecision(
        decision_id=found.decision_id,
        decide_time=read_time(found.decide_time),
        expire_time=read_time(found.expire_time),
        operation=found.operation,
        caller_arn=found.caller_arn,
        caller_account_id=found.caller_account_id,
        resource_account_id=found.resource_account_id,
        reason=found.reason,
        side=explanation_answers.enum_word(
            access.ExplainedDecision.Side.Name, found.side, "SIDE_"
        ),
        explanation=explanation_answers.explanation(found.explanation),
    )


def authenticated_request(data: bytes) -> AuthenticatedRequest:
    """Reads the answer of `AuthenticateRequest`.

    Raises:
        RequestRejectedError: the request is not proven, or the answer is empty.
    """
    answer = access.AuthenticateRequestResponse.FromString(data)
    if answer.WhichOneof("outcome") != "authenticated":
        refused = answer.rejection
        raise RequestRejectedError(
            refused.reason, refused.message or "The request is not proven."
        )
    found = answer.authenticated
    ends = found.HasField("expire_time")
    return AuthenticatedRequest(
        principal_arn=found.principal.arn,
        principal_user_id=found.principal.user_id,
        account_id=found.principal.account_id,
        access_key_id=found.access_key_id,
        session=token(found.session) if found.HasField("session") else None,
        region=found.region,
        service=found.service,
        sign_time=read_time(found.sign_time),
        expire_time=read_time(found.expire_time) if ends else None,
        signed_headers=tuple(found.signed_headers),
        signed_path=found.signed_path,
        payload_sha256=found.payload_sha256,
        revocation_view_age=found.revocation_view_age.ToTimedelta(),
        decision=_decision(found.decision) if found.HasField("decision") else None,
    )


def _decision(message: access.AccessDecision) -> AccessDecision:
    return AccessDecision(
        allowed=message.allowed,
        decision_id=message.decision_id,
        principal_arn=message.principal_arn,
        effect=explanation_answers.effect(message.effect),
        slot=explanation_answers.slot(message.slot),
        reason=message.reason,
        missing_keys=tuple(message.missing_keys),
    )
