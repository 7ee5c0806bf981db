"""Every error that may leave the service, with its one table.

Two families: `RejectedError`, the caller's doing, and `UnavailableError`, ours.
Each class is a row: the AWS code, the canonical gRPC code, the HTTP status and
the message that callers see. The *detail* of an instance is a stable reason for
the log and the audit record; it never reaches the caller.

SPEC: sts-operations 0.2 and 0.3. The codes are declared for clients in
`daypass/api/types/v1/error_reason.proto`; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from types import MappingProxyType
from typing import ClassVar

from daypass.core.session import SessionRecord


class Code(Enum):
    """The canonical gRPC codes that are used, with their numbers."""

    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """A row of the error table.

    `reason` is the code on the wire; `message` is what callers see unless the
    instance brings a message of its own.
    """

    reason: str
    code: Code
    http_status: int
    message: str


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One breach of a constraint.

    `field` is the path in the protobuf request (`tags[0].key`); `description` is
    the item of the AWS message, which names the AWS path (`tags.1.member.key`).
    Where that has no room, `constraint` says the same without the value that was
    sent, and `brief` in a few words; either may be empty.
    """

    field: str
    description: str
    constraint: str = ""
    brief: str = ""


_NO_METADATA: Mapping[str, str] = MappingProxyType({})


class DaypassError(Exception):
    """The base of all errors that cross a door.

    Args:
        detail: a stable inner reason, for logs and audit records only.
        message: what the caller sees, instead of the row's message.
        metadata: every variable that the message shows.
        violations: breaches of constraints, each with its field.
        retry_after: when asking again can help.
    """

    row: ClassVar[ErrorRow]

    def __init__(
        self,
        detail: str = "",
        *,
        message: str | None = None,
        metadata: Mapping[str, str] = _NO_METADATA,
        violations: tuple[FieldViolation, ...] = (),
        retry_after: timedelta | None = None,
    ) -> None:
        """Makes an error; see the class for the arguments."""
        super().__init__(detail or self.row.reason)
        self.detail = detail
        self.message = self.row.message if message is None else message
        self.metadata = metadata
        self.violations = violations
        self.retry_after = retry_after


class RejectedError(DaypassError):
    """The request is wrong, or is refused."""


class UnavailableError(DaypassError):
    """The machinery failed; the request may be fine."""


class MissingAuthenticationTokenError(RejectedError):
    """A call that needs a proof came without any."""

    row = ErrorRow(
        "MissingAuthenticationToken",
        Code.UNAUTHENTICATED,
        403,
        "Request is missing Authentication Token",
    )


class IncompleteSignatureError(RejectedError):
    """The signature's parts are missing or malformed."""

    row = ErrorRow(
        "IncompleteSignature",
        Code.UNAUTHENTICATED,
        400,
        "The request signature does not conform to AWS standards.",
    )


class InvalidClientTokenIdError(RejectedError):
    """The access key or session token is not one that we vouch for."""

    row = ErrorRow(
        "InvalidClientTokenId",
        Code.UNAUTHENTICATED,
        403,
        "The security token included in the request is invalid.",
    )


class SignatureDoesNotMatchError(RejectedError):
    """The signature, its scope or its date is wrong."""

    row = ErrorRow(
        "SignatureDoesNotMatch",
        Code.UNAUTHENTICATED,
        403,
        "The request signature we calculated does not match the signature you"
        " provided. Check your AWS Secret Access Key and signing method.",
    )


class ExpiredTokenError(RejectedError):
    """The calling session is past its expiry."""

    row = ErrorRow(
        "ExpiredToken",
        Code.UNAUTHENTICATED,
        403,
        "The security token included in the request is expired",
    )


class AccessDeniedError(RejectedError):
    """The caller is known, and the answer is no."""

    row = ErrorRow("AccessDenied", Code.PERMISSION_DENIED, 403, "Access denied")


class ValidationError(RejectedError):
    """A parameter breaches its constraints."""

    row = ErrorRow(
        "ValidationError", Code.INVALID_ARGUMENT, 400, "A parameter is invalid"
    )


class MalformedInputError(RejectedError):
    """The request cannot be parsed."""

    row = ErrorRow(
        "MalformedInput", Code.INVALID_ARGUMENT, 400, "The request cannot be parsed"
    )


class InvalidParameterValueError(RejectedError):
    """Parameters contradict each other; session tags do so in three ways."""

    row = ErrorRow(
        "InvalidParameterValue",
        Code.INVALID_ARGUMENT,
        400,
        "A parameter value is invalid",
    )


class MalformedPolicyDocumentError(RejectedError):
    """A policy document is not a valid policy."""

    row = ErrorRow(
        "MalformedPolicyDocument",
        Code.INVALID_ARGUMENT,
        400,
        "Syntax errors in policy.",
    )


class PackedPolicyTooLargeError(RejectedError):
    """Session policies and tags do not fit into a session token."""

    row = ErrorRow(
        "PackedPolicyTooLarge",
        Code.INVALID_ARGUMENT,
        400,
        "Packed policy is too large",
    )


class InvalidAuthorizationMessageError(RejectedError):
    """An encoded authorization message does not open."""

    row = ErrorRow(
        "InvalidAuthorizationMessageException",
        Code.INVALID_ARGUMENT,
        400,
        "The authorization message is not valid",
    )


class InvalidIdentityTokenError(RejectedError):
    """A token or assertion of an identity provider is not good."""

    row = ErrorRow(
        "InvalidIdentityToken",
        Code.UNAUTHENTICATED,
        400,
        "The identity token that was passed could not be validated",
    )


class ExpiredIdentityTokenError(RejectedError):
    """A token or assertion of an identity provider is past its expiry.

    Not `ExpiredTokenError`, which is about the calling session (detail 3).
    """

    row = ErrorRow(
        "ExpiredTokenException",
        Code.UNAUTHENTICATED,
        400,
        "The identity token that was passed is expired. Get a new one from the"
        " identity provider and try again.",
    )


class IdpRejectedClaimError(RejectedError):
    """The identity provider says that the claim is not good."""

    row = ErrorRow(
        "IDPRejectedClaim",
        Code.PERMISSION_DENIED,
        403,
        "The identity provider reported that authentication failed",
    )


class NotFoundError(RejectedError):
    """There is no such thing, and the caller may know that."""

    row = ErrorRow("ResourceNotFound", Code.NOT_FOUND, 404, "There is no such resource")


class InvalidActionError(RejectedError):
    """There is no such operation here."""

    row = ErrorRow(
        "InvalidAction", Code.UNIMPLEMENTED, 400, "The operation is not available"
    )


class ThrottlingError(RejectedError):
    """Too many calls at once; come back."""

    row = ErrorRow("Throttling", Code.RESOURCE_EXHAUSTED, 400, "Rate exceeded")


class RequestTimeoutError(UnavailableError):
    """The call's deadline, or the longest that the service allows, has passed."""

    row = ErrorRow(
        "RequestTimeout", Code.DEADLINE_EXCEEDED, 408, "The request took too long"
    )


class ServiceUnavailableError(UnavailableError):
    """Something that we lean on is down."""

    row = ErrorRow(
        "ServiceUnavailable",
        Code.UNAVAILABLE,
        503,
        "The service is temporarily unavailable",
    )


class IdpCommunicationError(UnavailableError):
    """An identity provider does not answer, or answers with a fault of its own.

    NOTE: 400 although the caller did nothing wrong; clients retry it by its name.
    """

    row = ErrorRow(
        "IDPCommunicationError",
        Code.UNAVAILABLE,
        400,
        "The identity provider could not be reached. Try again.",
    )


class StoreUnavailableError(ServiceUnavailableError):
    """The session store does not answer, or not for sure."""


class RevocationLogReplacedError(StoreUnavailableError):
    """The store has another log of revocations than the caller knows."""


class AuditUnavailableError(ServiceUnavailableError):
    """The audit log cannot be written, so nothing is issued."""


class RevocationViewStaleError(ServiceUnavailableError):
    """This worker has not read the revocation log for longer than its lease."""


class InternalFailureError(UnavailableError):
    """A fault of ours."""

    row = ErrorRow(
        "InternalFailure",
        Code.INTERNAL,
        500,
        "The request processing has failed because of an internal error",
    )


class AccessKeyTakenError(Exception):
    """A session has this access key id. Never leaves `sts`.

    Attributes:
        holder: the record of that session, which may have ended.
    """

    def __init__(self, holder: SessionRecord) -> None:
        super().__init__(holder.access_key_id)
        self.holder = holder
