"""Messages of GetSessionToken and its kin, to and from the values of their use cases.

What a request leaves out is None, so that absent and zero differ (spec 0.2).
"""

from __future__ import annotations

from daypass.api.sts.v1 import sts_service_pb2 as pb
from daypass.core.secret import Secret
from daypass.rpc.convert import sent_number, sent_text
from daypass.rpc.convert_sts import credentials, utilization
from daypass.sts.assume_root import AssumeRootResult
from daypass.sts.assume_root_request import AssumeRootRequest
from daypass.sts.get_federation_token import (
    GetFederationTokenRequest,
    GetFederationTokenResult,
)
from daypass.sts.get_session_token import (
    GetSessionTokenRequest,
    GetSessionTokenResult,
)
from daypass.sts.tags import Tag


def assume_root_request(message: pb.AssumeRootRequest) -> AssumeRootRequest:
    """Returns the parameters as they were sent."""
    return AssumeRootRequest(
        target_principal=message.target_principal or None,
        task_policy_arn=message.task_policy_arn.arn or None,
        duration_seconds=sent_number(message, "duration_seconds"),
        minimum_session_token_size=sent_number(message, "minimum_session_token_size"),
    )


def assume_root_response(result: AssumeRootResult) -> pb.AssumeRootResponse:
    """Returns the answer of AssumeRoot."""
    return pb.AssumeRootResponse(
        credentials=credentials(result.credentials),
        source_identity=result.source_identity or "",
        session_token_size=result.session_token_bytes,
        session_token_utilization=utilization(result.session_token_bytes),
    )


def get_federation_token_request(
    message: pb.GetFederationTokenRequest,
) -> GetFederationTokenRequest:
    """Returns the parameters as they were sent."""
    return GetFederationTokenRequest(
        name=message.name or None,
        policy=sent_text(message, "policy"),
        policy_arns=tuple(policy.arn for policy in message.policy_arns),
        duration_seconds=sent_number(message, "duration_seconds"),
        tags=tuple(Tag(tag.key, tag.value) for tag in message.tags),
        minimum_session_token_size=sent_number(message, "minimum_session_token_size"),
    )


def get_federation_token_response(
    result: GetFederationTokenResult,
) -> pb.GetFederationTokenResponse:
    """Returns the answer of GetFederationToken."""
    return pb.GetFederationTokenResponse(
        credentials=credentials(result.credentials),
        federated_user=pb.FederatedUser(
            federated_user_id=result.federated_user_id, arn=result.federated_user_arn
        ),
        packed_policy_size=result.packed_policy_percent,
        session_token_size=result.session_token_bytes,
        session_token_utilization=utilization(result.session_token_bytes),
    )


def get_session_token_request(
    message: pb.GetSessionTokenRequest,
) -> GetSessionTokenRequest:
    """Returns the parameters as they were sent."""
    token_code = sent_text(message, "token_code")
    return GetSessionTokenRequest(
        duration_seconds=sent_number(message, "duration_seconds"),
        serial_number=sent_text(message, "serial_number"),
        token_code=None if token_code is None else Secret(token_code),
        minimum_session_token_size=sent_number(message, "minimum_session_token_size"),
    )


def get_session_token_response(
    result: GetSessionTokenResult,
) -> pb.GetSessionTokenResponse:
    """Returns the answer of GetSessionToken."""
    return pb.GetSessionTokenResponse(
        credentials=credentials(result.credentials),
        session_token_size=result.session_token_bytes,
        session_token_utilization=utilization(result.session_token_bytes),
    )
