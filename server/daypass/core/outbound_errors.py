"""The rows of the error table that tokens for others and delegated access have.

A part of the table of `core.errors`, with the same rules.

SPEC: sts-operations 0.3, 1.8 and 1.11.
"""

from __future__ import annotations

from daypass.core.errors import Code, ErrorRow, RejectedError


class SessionDurationEscalationError(RejectedError):
    """A token would outlive the session that asks for it."""

    row = ErrorRow(
        "SessionDurationEscalationException",
        Code.PERMISSION_DENIED,
        403,
        "The requested token would outlive the session of the caller",
    )


class OutboundFederationDisabledError(RejectedError):
    """The account does not say who its principals are to others."""

    row = ErrorRow(
        "OutboundWebIdentityFederationDisabledException",
        Code.FAILED_PRECONDITION,
        403,
        "Outbound web identity federation is not enabled for this account",
    )


class JwtPayloadSizeExceededError(RejectedError):
    """The claims of a token take more room than a token has."""

    row = ErrorRow(
        "JWTPayloadSizeExceededException",
        Code.INVALID_ARGUMENT,
        400,
        "The claims of the requested token are too large",
    )


class ExpiredTradeInTokenError(RejectedError):
    """A trade-in token is past its expiry, or has been used."""

    row = ErrorRow(
        "ExpiredTradeInTokenException",
        Code.UNAUTHENTICATED,
        400,
        "The trade-in token has expired. Ask whoever approved it for a new one.",
    )
