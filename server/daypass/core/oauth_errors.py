"""The errors that the OAuth endpoints add: rows in the form of `core.errors`.

No other door answers with them, so that the API's list of reasons does not have
them.

SPEC: sts-operations 6.1, 6.2 and 6.5; RFC 6749 section 5.2.
"""

from __future__ import annotations

from daypass.core.errors import Code, ErrorRow, RejectedError


class InvalidClientError(RejectedError):
    """The client has not proven who it is: `invalid_client`.

    It is one text for an unknown client and for a wrong proof.
    """

    row = ErrorRow(
        "InvalidClient", Code.UNAUTHENTICATED, 401, "Client authentication failed"
    )


class InvalidOAuthRequestError(RejectedError):
    """Parameters are missing, repeated or contradict each other: `invalid_request`."""

    row = ErrorRow(
        "InvalidRequest", Code.INVALID_ARGUMENT, 400, "The request is malformed"
    )


class InvalidGrantError(RejectedError):
    """The assertion of a grant is not acceptable: `invalid_grant`."""

    row = ErrorRow(
        "InvalidGrant", Code.INVALID_ARGUMENT, 400, "The assertion is not acceptable"
    )


class UnsupportedGrantTypeError(RejectedError):
    """Nothing is granted by this: `unsupported_grant_type`."""

    row = ErrorRow(
        "UnsupportedGrantType",
        Code.UNIMPLEMENTED,
        400,
        "This grant type is not supported",
    )
