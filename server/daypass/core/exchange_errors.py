"""The errors of token exchange and revocation: rows of the table of `core.errors`.

Each stands for one error of OAuth: the HTTP door answers with that, and with no
other (docs/exchange.md has the table).

SPEC: sts-operations 6.1 and 6.2; RFC 8693 section 2.2.2; RFC 7009 section 2.2.1.
"""

from __future__ import annotations

from daypass.core.errors import Code, ErrorRow, RejectedError


class InvalidExchangeTokenError(RejectedError):
    """A subject or actor token is not good, or not good for this: `invalid_request`.

    NOTE: not UNAUTHENTICATED: the proof of the caller is good, and a client that
    fetched new credentials for itself would gain nothing.
    """

    row = ErrorRow(
        "InvalidExchangeToken",
        Code.INVALID_ARGUMENT,
        400,
        "The subject or actor token is not acceptable",
    )


class InvalidTargetError(RejectedError):
    """No token is issued for this audience or resource: `invalid_target`."""

    row = ErrorRow(
        "InvalidTarget",
        Code.INVALID_ARGUMENT,
        400,
        "No token is issued for a target that was asked for",
    )


class InvalidScopeError(RejectedError):
    """The scope is more than may be granted: `invalid_scope`."""

    row = ErrorRow(
        "InvalidScope",
        Code.INVALID_ARGUMENT,
        400,
        "A scope that was asked for cannot be granted",
    )


class UnauthorizedClientError(RejectedError):
    """This caller may not exchange tokens in this way: `unauthorized_client`."""

    row = ErrorRow(
        "UnauthorizedClient",
        Code.PERMISSION_DENIED,
        400,
        "The caller may not exchange tokens in this way",
    )


class UnsupportedTokenTypeError(RejectedError):
    """This kind of token is not revoked in this way: `unsupported_token_type`."""

    row = ErrorRow(
        "UnsupportedTokenType",
        Code.INVALID_ARGUMENT,
        400,
        "Tokens of this kind are revoked in another way",
    )
