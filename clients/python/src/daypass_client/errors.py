"""What may go wrong, as exceptions that say what to do next.

Two families come from a call: `RejectedError`, the caller's doing, and
`UnavailableError`, not the caller's doing. A `ConfigurationError` means that no
call was made. A `TokenRejectedError` is a verdict on a token that was shown, and a
`RequestRejectedError` one on a signed request; they say nothing against the caller.
A `CannotVouchError` is none: a verifier does not know enough to say anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType


class DaypassError(Exception):
    """The base of all errors of this package.

    Attributes:
        message: what went wrong.
        hint: what to do next; may be empty.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Makes an error; see the class for the arguments."""
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Says what went wrong and what to do next."""
        return f"{self.message} {self.hint}".rstrip()


class ConfigurationError(DaypassError):
    """A setting, a profile or a credential is missing or malformed.

    Attributes:
        file: the file at fault, or None.
        line: the line of that file, counted from 1, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        file: str | None = None,
        line: int | None = None,
    ) -> None:
        """Makes an error; see the class for the arguments."""
        super().__init__(message, hint=hint)
        self.file = file
        self.line = line

    def __str__(self) -> str:
        """Begins with file and line where there are any."""
        place = "" if self.file is None else f"{self.file}: "
        if self.file is not None and self.line is not None:
            place = f"{self.file}:{self.line}: "
        return place + super().__str__()


class TokenRejectedError(DaypassError):
    """A token that was shown is not good.

    Attributes:
        reason: `revoked`, `expired`, `malformed`, `unknown_key`, `untrusted`,
            `not_yet_valid`, `principal_gone`, or one of a newer server; of a verifier
            also `wrong_issuer`, `wrong_audience` and `not_a_session_token`,
            `not_an_exchanged_token`, `not_an_identity_token`.
    """

    def __init__(self, reason: str, message: str) -> None:
        """Makes an error; see the class for the arguments."""
        super().__init__(message)
        self.reason = reason


class CannotVouchError(DaypassError):
    """A verifier cannot tell whether a token is good, and says nothing of it.

    Attributes:
        reason: `keys_unknown` or `keys_stale` where it has no key set, or an old one;
            `revocations_unknown` or `revocations_stale` likewise;
            `revocations_behind` where the token was issued after what is known;
            `revocations_not_followed` where it never asks for them.
    """

    def __init__(self, reason: str, message: str, *, hint: str = "") -> None:
        """Makes an error; see the class for the arguments."""
        super().__init__(message, hint=hint)
        self.reason = reason


class RequestRejectedError(DaypassError):
    """A signed request that was shown is not proven.

    Attributes:
        reason: the AWS code to answer its sender with, such as
            `SignatureDoesNotMatch`.
    """

    def __init__(self, reason: str, message: str) -> None:
        """Makes an error; see the class for the arguments."""
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One breach of a constraint: the field of the request, and what is wrong."""

    field: str
    description: str


@dataclass(frozen=True, slots=True)
class Failure:
    """What a failed call told of itself.

    Attributes:
        code: the canonical gRPC code, such as `PERMISSION_DENIED`.
        reason: the AWS code, such as `AccessDenied`; the canonical code where
            the failure did not come from Daypass.
        message: for people; it may change.
        metadata: the variables that the message shows.
        violations: the fields at fault.
        retry_delay: how long to wait before asking again, or None.
    """

    code: str
    reason: str
    message: str
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    violations: tuple[FieldViolation, ...] = ()
    retry_delay: timedelta | None = None


class CallError(DaypassError):
    """A call failed; what it told of itself is in `failure`."""

    def __init__(self, failure: Failure, *, hint: str = "") -> None:
        """Makes an error; see the class for the arguments."""
        super().__init__(failure.message, hint=hint)
        self.failure = failure

    @property
    def code(self) -> str:
        """The canonical gRPC code, such as `PERMISSION_DENIED`."""
        return self.failure.code

    @property
    def reason(self) -> str:
        """The AWS code, such as `AccessDenied`, or else the canonical code."""
        return self.failure.reason

    @property
    def request_id(self) -> str:
        """What the operator finds the call by; empty where it never arrived."""
        return self.failure.metadata.get("request_id", "")

    @property
    def decision_id(self) -> str:
        """What names the decision behind a denial; otherwise empty."""
        return self.failure.metadata.get("decision_id", "")

    @property
    def violations(self) -> tuple[FieldViolation, ...]:
        """The fields at fault."""
        return self.failure.violations

    @property
    def retry_delay(self) -> timedelta | None:
        """How long to wait before asking again, where that can help."""
        return self.failure.retry_delay

    def __str__(self) -> str:
        """Says code, message, ids and what to do next, in one line."""
        ids = [
            f"{name} {value}"
            for name, value in (
                ("request", self.request_id),
                ("decision", self.decision_id),
            )
            if value
        ]
        message = self.message.rstrip(".")
        if ids:
            message = f"{message} ({', '.join(ids)})"
        return f"{self.reason}: {message}. {self.hint}".rstrip()


class RejectedError(CallError):
    """The request is wrong, or is refused. Repeating it does not help."""


class UnauthenticatedError(RejectedError):
    """The proof of who is calling is missing, malformed, expired or wrong."""


class AccessDeniedError(RejectedError):
    """The caller is known, and the answer is no."""


class InvalidRequestError(RejectedError):
    """A parameter is wrong; `violations` says which."""


class NotFoundError(RejectedError):
    """There is no such thing, or it has ended."""


class UnavailableError(CallError):
    """The service, or the way to it, failed. Asking again later may help."""


class ThrottledError(UnavailableError):
    """Too many calls at once; `retry_delay` says when to come back."""
