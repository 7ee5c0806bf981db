"""Messages of SecurityTokenService, to and from the values of its use cases.

What a request leaves out is None, so that absent and zero differ (spec 0.2).
"""

from __future__ import annotations

from typing import Final

from daypass.api.sts.v1 import sts_service_pb2 as pb
from daypass.api.types.v1 import credentials_pb2, error_pb2
from daypass.core import limits
from daypass.core.credentials import Credentials
from daypass.core.errors import DaypassError
from daypass.core.secret import Secret
from daypass.rpc.convert import sent_number, sent_text, timestamp
from daypass.rpc.status import cut_message
from daypass.sts.account_operations import CallerIdentity
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest, ProvidedContext
from daypass.sts.batch import BatchItem
from daypass.sts.tags import Tag

_PERCENT: Final = 100


def assume_role_request(message: pb.AssumeRoleRequest) -> AssumeRoleRequest:
    """Returns the parameters as they were sent."""
    token_code = sent_text(message, "token_code")
    return AssumeRoleRequest(
        role_arn=message.role_arn or None,
        role_session_name=message.role_session_name or None,
        duration_seconds=sent_number(message, "duration_seconds"),
        policy=sent_text(message, "policy"),
        policy_arns=tuple(policy.arn for policy in message.policy_arns),
        tags=tuple(Tag(tag.key, tag.value) for tag in message.tags),
        transitive_tag_keys=tuple(message.transitive_tag_keys),
        external_id=sent_text(message, "external_id"),
        serial_number=sent_text(message, "serial_number"),
        token_code=None if token_code is None else Secret(token_code),
        source_identity=sent_text(message, "source_identity"),
        provided_contexts=tuple(
            ProvidedContext(context.provider_arn, Secret(context.context_assertion))
            for context in message.provided_contexts
        ),
        minimum_session_token_size=sent_number(message, "minimum_session_token_size"),
    )


def assume_role_response(result: AssumeRoleResult) -> pb.AssumeRoleResponse:
    """Returns the answer of AssumeRole."""
    size = result.session_token_bytes
    return pb.AssumeRoleResponse(
        credentials=credentials(result.credentials),
        assumed_role_user=pb.AssumedRoleUser(
            assumed_role_id=result.assumed_role_id, arn=result.assumed_role_arn
        ),
        packed_policy_size=result.packed_policy_percent,
        source_identity=result.source_identity or "",
        session_token_size=size,
        session_token_utilization=utilization(size),
    )


def utilization(size: int) -> int:
    """Returns how many per cent of the longest token a size is, rounded up."""
    return -(-_PERCENT * size // limits.SESSION_TOKEN_BYTES_MAX)


def batch_result(item: BatchItem) -> pb.BatchAssumeRoleResult:
    """Returns what became of one item of a batch."""
    if isinstance(item.outcome, DaypassError):
        return pb.BatchAssumeRoleResult(error=item_error(item.outcome))
    return pb.BatchAssumeRoleResult(response=assume_role_response(item.outcome))


def item_error(error: DaypassError) -> error_pb2.Error:
    """Returns an error as the answer to a batch carries it."""
    converted = error_pb2.Error(
        reason=error.row.reason,
        code=error.row.code.value,
        message=cut_message(error.message),
        metadata={"http_status": str(error.row.http_status), **error.metadata},
    )
    if error.retry_after is not None:
        converted.retry_delay.FromTimedelta(error.retry_after)
    return converted


def credentials(issued: Credentials) -> credentials_pb2.Credentials:
    """Returns credentials; this is where secrets leave the process."""
    return credentials_pb2.Credentials(
        access_key_id=issued.access_key_id,
        secret_access_key=issued.secret_access_key.reveal_text(),
        session_token=issued.session_token.reveal_text(),
        expiration=timestamp(issued.expire_time),
    )


def caller_identity(identity: CallerIdentity) -> pb.GetCallerIdentityResponse:
    """Returns who called."""
    return pb.GetCallerIdentityResponse(
        user_id=identity.user_id, account=identity.account_id, arn=identity.arn
    )
