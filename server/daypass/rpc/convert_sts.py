"""Messages of SecurityTokenService, to and from the values of its use cases.

What a request leaves out is None, so that absent and zero differ (spec 0.2).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from daypass.api.sts.v1 import sts_service_pb2 as pb
from daypass.api.types.v1 import credentials_pb2, error_pb2
from daypass.core import limits
from daypass.core.credentials import Credentials
from daypass.core.errors import DaypassError
from daypass.core.secret import Secret
from daypass.rpc.convert import sent_fields, set_timestamp
from daypass.rpc.status import cut_message
from daypass.sts.account_operations import CallerIdentity
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest, ProvidedContext
from daypass.sts.batch import BatchItem
from daypass.sts.tags import Tag

_PERCENT: Final = 100
# Callers whose names are kept as they are answered, some hundred bytes each.
_IDENTITIES_KEPT: Final = 4_096
# What is a parameter as it was sent. Most requests have nothing else.
_PLAIN: Final = frozenset(
    {
        "duration_seconds",
        "external_id",
        "minimum_session_token_size",
        "policy",
        "role_arn",
        "role_session_name",
        "serial_number",
        "source_identity",
    }
)


def read_assume_role_request(body: bytes) -> AssumeRoleRequest:
    """Returns the parameters in the bytes that were received.

    Raises:
        DecodeError: there are none in them.
    """
    return assume_role_request(pb.AssumeRoleRequest.FromString(body))


def assume_role_request(message: pb.AssumeRoleRequest) -> AssumeRoleRequest:
    """Returns the parameters as they were sent."""
    sent = sent_fields(message)
    if _PLAIN.issuperset(sent):
        return AssumeRoleRequest(**sent)
    token_code = sent.get("token_code")
    return AssumeRoleRequest(
        role_arn=sent.get("role_arn"),
        role_session_name=sent.get("role_session_name"),
        duration_seconds=sent.get("duration_seconds"),
        policy=sent.get("policy"),
        policy_arns=tuple([each.arn for each in sent.get("policy_arns", ())]),
        tags=tuple([Tag(each.key, each.value) for each in sent.get("tags", ())]),
        transitive_tag_keys=tuple(sent.get("transitive_tag_keys", ())),
        external_id=sent.get("external_id"),
        serial_number=sent.get("serial_number"),
        token_code=None if token_code is None else Secret(token_code),
        source_identity=sent.get("source_identity"),
        provided_contexts=tuple(
            [
                ProvidedContext(each.provider_arn, Secret(each.context_assertion))
                for each in sent.get("provided_contexts", ())
            ]
        ),
        minimum_session_token_size=sent.get("minimum_session_token_size"),
    )


def holds_secrets(request: AssumeRoleRequest) -> bool:
    """Tells whether a request brings a code or an assertion."""
    return request.token_code is not None or bool(request.provided_contexts)


def assume_role_response(result: AssumeRoleResult) -> pb.AssumeRoleResponse:
    """Returns the answer of AssumeRole."""
    size = result.session_token_bytes
    response = pb.AssumeRoleResponse(
        packed_policy_size=result.packed_policy_percent,
        source_identity=result.source_identity or "",
        session_token_size=size,
        session_token_utilization=utilization(size),
    )
    # In place: to make messages of their own and to copy them takes twice as long.
    set_credentials(response.credentials, result.credentials)
    response.assumed_role_user.assumed_role_id = result.assumed_role_id
    response.assumed_role_user.arn = result.assumed_role_arn
    return response


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
    """Returns credentials."""
    made = credentials_pb2.Credentials()
    set_credentials(made, issued)
    return made


def set_credentials(message: credentials_pb2.Credentials, issued: Credentials) -> None:
    """Sets a message to credentials; this is where secrets leave the process."""
    message.access_key_id = issued.access_key_id
    message.secret_access_key = issued.secret_access_key.reveal_text()
    message.session_token = issued.session_token.reveal_text()
    set_timestamp(message.expiration, issued.expire_time)


def caller_identity_answer(identity: CallerIdentity) -> bytes:
    """Returns who called, as a `GetCallerIdentityResponse`; most call again."""
    return _identity(identity.user_id, identity.account_id, identity.arn)


@lru_cache(maxsize=_IDENTITIES_KEPT)
def _identity(user_id: str, account_id: str, arn: str) -> bytes:
    answer = pb.GetCallerIdentityResponse(user_id=user_id, account=account_id, arn=arn)
    return answer.SerializeToString()
