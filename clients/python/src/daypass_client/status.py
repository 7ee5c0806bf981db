"""Turns the status of a failed call into an exception that says what to do next.

Details are read from `google.rpc.Status`: `ErrorInfo` of our domain, `BadRequest`
and `RetryInfo`. A status without them, as a proxy or gRPC itself makes it, is
read by its canonical code alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Protocol

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from grpc_status import rpc_status

from daypass_client.errors import (
    AccessDeniedError,
    CallError,
    Failure,
    FieldViolation,
    InvalidRequestError,
    NotFoundError,
    RejectedError,
    ThrottledError,
    UnauthenticatedError,
    UnavailableError,
)

ERROR_DOMAIN: Final = "sts.daypass.dev"

# Codes without a row are of the service's or the network's making.
_KINDS: Final[Mapping[str, type[CallError]]] = MappingProxyType(
    {
        "UNAUTHENTICATED": UnauthenticatedError,
        "PERMISSION_DENIED": AccessDeniedError,
        "INVALID_ARGUMENT": InvalidRequestError,
        "OUT_OF_RANGE": InvalidRequestError,
        "NOT_FOUND": NotFoundError,
        "ALREADY_EXISTS": RejectedError,
        "FAILED_PRECONDITION": RejectedError,
        "UNIMPLEMENTED": RejectedError,
        "RESOURCE_EXHAUSTED": ThrottledError,
    }
)

# What to do next, by reason, or else by canonical code.
_HINTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "MissingAuthenticationToken": "Name a profile (--profile, AWS_PROFILE), or set"
        " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        "IncompleteSignature": "Check that client and server are of one version, and"
        " that no proxy drops metadata.",
        "InvalidClientTokenId": "Get new credentials: these are revoked, incomplete or"
        " of another endpoint.",
        "SignatureDoesNotMatch": "Check the secret access key, the region, and the"
        " clock of this machine.",
        "ExpiredToken": "Get new credentials: these have ended.",
        "AccessDenied": "Ask whoever manages the permissions, and give them the"
        " decision or request id.",
        "ValidationError": "Correct the parameters that the message names.",
        "MalformedPolicyDocument": "Correct the policy document.",
        "PackedPolicyTooLarge": "Send shorter policies, or fewer tags.",
        "ResourceNotFound": "Check the name; what has ended is not found either.",
        "InvalidAction": "Check that the server offers this operation.",
        "InvalidParameterValue": "Correct the tags: keys differ in more than case, and"
        " those that are passed on already are not sent again.",
        "ExpiredTokenException": "Get a new token or assertion from the identity"
        " provider: this one has ended.",
        "InvalidIdentityToken": "Check that the token or assertion is of the provider"
        " that the role trusts, is meant for it, and was not used before.",
        "IDPRejectedClaim": "Ask whoever runs the identity provider.",
        "IDPCommunicationError": "The server cannot reach the identity provider; ask"
        " again later.",
        "InvalidAuthorizationMessageException": "Copy the message whole; it can be"
        " opened by the account that was denied, and for a limited time.",
        "ExpiredTradeInTokenException": "Ask the customer to approve anew.",
        "SessionDurationEscalationException": "Ask for less time (--duration): the"
        " token may not outlive the credentials that ask for it.",
        "OutboundWebIdentityFederationDisabledException": "Enable outbound identity"
        " federation in the directory of the account.",
        "JWTPayloadSizeExceededException": "Send fewer tags or audiences.",
        "InvalidExchangeToken": "Check that the token is good, is of the type that was"
        " stated, and is one that the exchange policy takes.",
        "InvalidTarget": "Ask for audiences or resources of the exchange policy.",
        "InvalidScope": "Ask for less: for scopes that the token and the exchange"
        " policy both have.",
        "UnauthorizedClient": "Check that an exchange policy lets you exchange tokens"
        " in this way.",
        "UnsupportedTokenType": "End sessions by `daypass sessions revoke`.",
        "InternalFailure": "Give the request id to the operator of the server.",
        "UNIMPLEMENTED": "Check that the endpoint is the gRPC port of a Daypass server.",
        "RESOURCE_EXHAUSTED": "Wait, then ask again.",
        "DEADLINE_EXCEEDED": "Ask again, or allow more time (--timeout).",
        "UNAVAILABLE": "Check that the server runs there, then ask again.",
    }
)

_TOO_LARGE: Final = "Send less: a shorter policy, fewer tags, or a smaller batch."
_TOO_LARGE_PHRASES: Final = (
    "larger than max",
    "metadata size exceeds",
)


class FailedCall(Protocol):
    """What a failed call of either kind of channel answers."""

    def code(self) -> grpc.StatusCode | None:
        """Returns the canonical code."""
        ...

    def details(self) -> str | None:
        """Returns the message."""
        ...


def call_error(call: FailedCall, target: str) -> CallError:
    """Returns the exception for a failed call.

    Args:
        call: the call, which is also the exception that gRPC has raised.
        target: where it went, for the hint.
    """
    failure = _failure(call)
    if _is_too_large(failure):
        return InvalidRequestError(failure, hint=_TOO_LARGE)
    error = failure_error(failure)
    if failure.code == "UNAVAILABLE" and failure.retry_delay is None:
        error.hint = f"The endpoint is {target}. {error.hint}"
    return error


def failure_error(failure: Failure) -> CallError:
    """Returns the exception for what a call, or an item of a batch, told of itself."""
    kind = _KINDS.get(failure.code, UnavailableError)
    hint = _HINTS.get(failure.reason) or _HINTS.get(failure.code, "")
    if failure.retry_delay is not None:
        hint = f"Ask again in {failure.retry_delay.total_seconds():g} s."
    return kind(failure, hint=hint)


def unreadable_answer() -> CallError:
    """Returns the exception for an answer that is not the message it should be."""
    return UnavailableError(
        Failure("INTERNAL", "INTERNAL", "The answer of the server cannot be read."),
        hint=_HINTS["UNIMPLEMENTED"],
    )


def _is_too_large(failure: Failure) -> bool:
    """Tells whether gRPC itself has refused a message or metadata for its size.

    NOTE: gRPC says so in its message only. Where another version words it otherwise,
    the failure counts as throttling, which is not repeated without a time to come
    back.
    """
    return failure.code == failure.reason == "RESOURCE_EXHAUSTED" and any(
        phrase in failure.message for phrase in _TOO_LARGE_PHRASES
    )


def _failure(call: FailedCall) -> Failure:
    code = (call.code() or grpc.StatusCode.UNKNOWN).name
    message = call.details() or "The call failed without a message."
    reason, metadata = code, {}
    violations: tuple[FieldViolation, ...] = ()
    retry_delay: timedelta | None = None
    for detail in _details(call):
        info, fields, retry = ErrorInfo(), BadRequest(), RetryInfo()
        if detail.Unpack(info) and info.domain == ERROR_DOMAIN:
            reason, metadata = info.reason or code, dict(info.metadata)
        elif detail.Unpack(fields):
            violations = tuple(
                FieldViolation(field.field, field.description)
                for field in fields.field_violations
            )
        elif detail.Unpack(retry):
            retry_delay = retry.retry_delay.ToTimedelta()
    return Failure(
        code, reason, message, MappingProxyType(metadata), violations, retry_delay
    )


def _details(call: FailedCall) -> tuple[AnyMessage, ...]:
    """Returns the details of a status; none where it has none or they are broken."""
    try:
        status = rpc_status.from_call(call)
    except (DecodeError, ValueError):
        # The code alone still says what kind of failure it is.
        return ()
    return () if status is None else tuple(status.details)
