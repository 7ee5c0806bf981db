"""Messages of AuthenticateRequest, to and from the values of its use case."""

from __future__ import annotations

from datetime import timedelta

from google.protobuf.duration_pb2 import Duration

from daypass.api.access.v1 import access_service_pb2 as pb
from daypass.core import limits
from daypass.core.errors import ValidationError
from daypass.rpc.convert import principal, sent_text, timestamp
from daypass.rpc.convert_access import access_decision, access_question
from daypass.rpc.convert_token import said_by_token, view_age
from daypass.sigv4.http_request import HttpExpectations, HttpRequest
from daypass.sts.authenticate_request import (
    AuthenticatedRequest,
    AuthenticateRequestQuery,
    RequestRejection,
)


def authenticate_request_query(
    message: pb.AuthenticateRequestRequest,
) -> AuthenticateRequestQuery:
    """Returns the request that was received, and what is expected of it.

    Raises:
        ValidationError: a span is longer than any that can be.
    """
    lifetime_max = limits.PRESIGNED_LIFETIME_MAX
    if message.HasField("presigned_lifetime_max"):
        lifetime_max = _span(message.presigned_lifetime_max)
    question = message.question if message.HasField("question") else None
    return AuthenticateRequestQuery(
        request=_http_request(message.request),
        expectations=HttpExpectations(
            service=message.service,
            allow_unsigned_payload=message.allow_unsigned_payload,
            normalize_path=not message.verbatim_path,
            presigned_lifetime_max=lifetime_max,
        ),
        regions=tuple(message.regions),
        question=None if question is None else access_question(question),
    )


def authenticate_request_response(
    outcome: AuthenticatedRequest | RequestRejection,
) -> pb.AuthenticateRequestResponse:
    """Returns who signed, or why nobody did."""
    if isinstance(outcome, RequestRejection):
        rejection = pb.RequestRejection(reason=outcome.reason, message=outcome.message)
        return pb.AuthenticateRequestResponse(rejection=rejection)
    return pb.AuthenticateRequestResponse(authenticated=_authenticated(outcome))


def _http_request(message: pb.HttpRequest) -> HttpRequest:
    return HttpRequest(
        method=message.method,
        path=message.path,
        query=message.query,
        headers=tuple((header.name, header.value) for header in message.headers),
        payload_sha256=sent_text(message, "payload_sha256"),
        authority=message.authority,
        scheme=message.scheme,
    )


def _authenticated(found: AuthenticatedRequest) -> pb.AuthenticatedRequest:
    age = found.revocation_view_age
    answer = pb.AuthenticatedRequest(
        principal=principal(found.principal),
        access_key_id=found.access_key_id,
        region=found.region,
        service=found.service,
        sign_time=timestamp(found.sign_time),
        signed_headers=found.signed_headers,
        signed_path=found.signed_path,
        payload_sha256=found.payload_sha256 or "",
    )
    answer.revocation_view_age.FromTimedelta(age)
    if found.session is not None:
        answer.session.CopyFrom(said_by_token(found.session, found.principal))
        answer.session.MergeFrom(view_age(age))
    if found.expire_time is not None:
        answer.expire_time.CopyFrom(timestamp(found.expire_time))
    if found.access is not None:
        answer.decision.CopyFrom(access_decision(found.access))
    return answer


def _span(message: Duration) -> timedelta:
    """Returns a span.

    Raises:
        ValidationError: it is longer than any that can be.
    """
    try:
        span: timedelta = message.ToTimedelta()
    except OverflowError as error:
        raise ValidationError(
            "presigned_lifetime_endless",
            message="The longest lifetime of a presigned request is too long",
        ) from error
    return span
