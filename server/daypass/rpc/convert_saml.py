"""Messages of AssumeRoleWithSAML, to and from the values of its use case.

What a request leaves out is None, so that absent and zero differ (spec 0.2).
"""

from __future__ import annotations

from daypass.api.sts.v1 import sts_service_pb2 as pb
from daypass.core.secret import Secret
from daypass.rpc.convert import sent_number, sent_text
from daypass.rpc.convert_sts import credentials, utilization
from daypass.sts.assume_role_with_saml import (
    AssumeRoleWithSamlRequest,
    AssumeRoleWithSamlResult,
)


def saml_request(message: pb.AssumeRoleWithSAMLRequest) -> AssumeRoleWithSamlRequest:
    """Returns the parameters as they were sent."""
    assertion = message.saml_assertion
    return AssumeRoleWithSamlRequest(
        role_arn=message.role_arn or None,
        principal_arn=message.principal_arn or None,
        saml_assertion=Secret(assertion) if assertion else None,
        policy=sent_text(message, "policy"),
        policy_arns=tuple(policy.arn for policy in message.policy_arns),
        duration_seconds=sent_number(message, "duration_seconds"),
        minimum_session_token_size=sent_number(message, "minimum_session_token_size"),
    )


def saml_response(result: AssumeRoleWithSamlResult) -> pb.AssumeRoleWithSAMLResponse:
    """Returns the answer of AssumeRoleWithSAML."""
    return pb.AssumeRoleWithSAMLResponse(
        credentials=credentials(result.credentials),
        assumed_role_user=pb.AssumedRoleUser(
            arn=result.assumed_role_arn, assumed_role_id=result.assumed_role_id
        ),
        packed_policy_size=result.packed_policy_percent,
        subject=result.subject,
        subject_type=result.subject_type,
        issuer=result.issuer,
        audience=result.audience,
        name_qualifier=result.name_qualifier,
        source_identity=result.source_identity or "",
        session_token_size=result.session_token_bytes,
        session_token_utilization=utilization(result.session_token_bytes),
    )
