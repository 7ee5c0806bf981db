"""Each method that answers about access runs its use case, with its parameters."""

from __future__ import annotations

from typing import Any

from daypass.api.access.v1 import access_service_pb2 as access_pb
from daypass.api.sts.v1 import sts_service_pb2 as sts_pb
from daypass.api.token.v1 import token_service_pb2 as token_pb
from daypass.core.secret import Secret
from daypass.rpc.methods import ACCESS_SERVICE, STS
from daypass.sts.decode_authorization_message import DecodeAuthorizationMessageRequest
from daypass.sts.explain_decision import ExplainDecisionRequest
from support.door import Door
from support.explanations import FULL


async def _call(door: Door, method: str, message: Any, response: Any) -> Any:
    return response.FromString(await door.call(method, message.SerializeToString()))


async def test_decode_message(wired: Door, asked: list[Any]) -> None:
    """DecodeAuthorizationMessage opens the message that was sent."""
    found = await _call(
        wired,
        f"{STS}DecodeAuthorizationMessage",
        sts_pb.DecodeAuthorizationMessageRequest(encoded_message="some-message"),
        sts_pb.DecodeAuthorizationMessageResponse,
    )

    assert [DecodeAuthorizationMessageRequest("some-message")] == asked
    assert "{}" == found.decoded_message


async def test_authorize(wired: Door, asked: list[Any]) -> None:
    """Authorize asks about whom was named, and answers well with a rejection."""
    found = await _call(
        wired,
        f"{ACCESS_SERVICE}Authorize",
        access_pb.AuthorizeRequest(session_token="some-token"),
        access_pb.AuthorizeResponse,
    )

    assert [Secret("some-token")] == [request.session_token for request in asked]
    assert token_pb.TokenRejection.REASON_REVOKED == found.rejection.reason


async def test_simulate(wired: Door, asked: list[Any]) -> None:
    """Simulate answers with the explanations."""
    found = await _call(
        wired,
        f"{ACCESS_SERVICE}Simulate",
        access_pb.SimulateRequest(actions=["s3:GetObject"]),
        access_pb.SimulateResponse,
    )

    assert [("s3:GetObject",)] == [request.actions for request in asked]
    assert [FULL.resource] == [result.resource for result in found.results]


async def test_explain_decision(wired: Door, asked: list[Any]) -> None:
    """ExplainDecision explains the decision that was named."""
    found = await _call(
        wired,
        f"{ACCESS_SERVICE}ExplainDecision",
        access_pb.ExplainDecisionRequest(decision_id="d-1"),
        access_pb.ExplainDecisionResponse,
    )

    assert [ExplainDecisionRequest("d-1")] == asked
    assert "d-1" == found.decision.decision_id


async def test_authenticate_request(wired: Door, asked: list[Any]) -> None:
    """AuthenticateRequest answers well with a rejection: it is the sender's."""
    found = await _call(
        wired,
        f"{ACCESS_SERVICE}AuthenticateRequest",
        access_pb.AuthenticateRequestRequest(service="shop"),
        access_pb.AuthenticateRequestResponse,
    )

    assert ["shop"] == [query.expectations.service for query in asked]
    assert "ExpiredToken" == found.rejection.reason
