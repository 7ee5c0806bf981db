"""Messages of the federated operations, to and from the values of their use cases.

What a request leaves out is None, so that absent and zero differ (spec 0.2).
"""

from __future__ import annotations

from daypass.api.sts.v1 import sts_service_pb2 as pb
from daypass.core.secret import Secret
from daypass.rpc.convert import sent_number, sent_text
from daypass.rpc.convert_sts import credentials, utilization
from daypass.sts.assume_role_with_web_identity import (
    AssumeRoleWithWebIdentityRequest,
    AssumeRoleWithWebIdentityResult,
)


def web_identity_request(
    message: pb.AssumeRoleWithWebIdentityRequest,
) -> AssumeRoleWithWebIdentityRequest:
    """Returns the parameters as they were sent."""
    token = message.web_identity_token
    return AssumeRoleWithWebIdentityRequest(
        role_arn=message.role_arn or None,
        role_session_name=message.role_session_name or None,
        web_identity_token=Secret(token) if token else None,
        provider_id=sent_text(message, "provider_id"),
        policy=sent_text(message, "policy"),
        policy_arns=tuple(policy.arn for policy in message.policy_arns),
        duration_seconds=sent_number(message, "duration_seconds"),
        minimum_session_token_size=sent_number(message, "minimum_session_token_size"),
    )


def web_identity_response(
    result: AssumeRoleWithWebIdentityResult,
) -> pb.AssumeRoleWithWebIdentityResponse:
    """Returns the answer of AssumeRoleWithWebIdentity."""
    return pb.AssumeRoleWithWebIdentityResponse(
        credentials=credentials(result.credentials),
        subject_from_web_identity_token=result.subject,
        assumed_role_user=pb.AssumedRoleUser(
            arn=result.assumed_role_arn, assumed_role_id=result.assumed_role_id
        ),
        packed_policy_size=result.packed_policy_percent,
        provider=result.provider_arn,
        audience=result.audience,
        source_identity=result.source_identity or "",
        session_token_size=result.session_token_bytes,
        session_token_utilization=utilization(result.session_token_bytes),
    )
