"""Why a SAML document is refused, inside and as callers are told.

SPEC: sts-operations 1.2, the table of errors. Callers see one message for every
way in which a proof is not good, except where that table names another.
"""

from __future__ import annotations

from typing import Final

from daypass.core.errors import (
    AccessDeniedError,
    ExpiredIdentityTokenError,
    IdpRejectedClaimError,
    InvalidIdentityTokenError,
    ValidationError,
)

_NOT_AUTHORIZED: Final = "Not authorized to perform sts:AssumeRoleWithSAML"
_SIGNATURE_INVALID: Final = "Response signature invalid"
_NAME_REQUIRED: Final = "RoleSessionName is required in AuthnResponse"
_NAME_PATTERN: Final = (
    "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"
)
_SOURCE_PATTERN: Final = (
    "SourceIdentity in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"
)
_DURATION_RANGE: Final = (
    "SessionDuration in AuthnResponse must be a whole number from 900 to 43200"
)


class SamlRefusedError(Exception):
    """A document, a key or a part of one is not what it must be.

    Never crosses a door.

    Attributes:
        reason: a stable reason for logs; nothing of the document is in it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def invalid(reason: str) -> InvalidIdentityTokenError:
    """Returns the error for a proof that is not good."""
    return InvalidIdentityTokenError(f"saml_{reason}")


def signature_invalid(reason: str) -> InvalidIdentityTokenError:
    """Returns the error for a signature that does not prove the assertion."""
    return InvalidIdentityTokenError(f"saml_{reason}", message=_SIGNATURE_INVALID)


def expired(reason: str) -> ExpiredIdentityTokenError:
    """Returns the error for a proof that was good once."""
    return ExpiredIdentityTokenError(f"saml_{reason}")


def provider_failed(reason: str) -> IdpRejectedClaimError:
    """Returns the error for a response that says that authentication failed."""
    return IdpRejectedClaimError(f"saml_{reason}")


def not_authorized(reason: str) -> AccessDeniedError:
    """Returns the error for an assertion that does not name the role or a subject."""
    return AccessDeniedError(f"saml_{reason}", message=_NOT_AUTHORIZED)


def session_name_missing() -> InvalidIdentityTokenError:
    """Returns the error for an assertion that names no session."""
    return InvalidIdentityTokenError("saml_session_name", message=_NAME_REQUIRED)


def session_name_malformed() -> InvalidIdentityTokenError:
    """Returns the error for a name that no session may have."""
    return InvalidIdentityTokenError("saml_session_name", message=_NAME_PATTERN)


def source_identity_malformed() -> InvalidIdentityTokenError:
    """Returns the error for a source identity that no session may have."""
    return InvalidIdentityTokenError("saml_source_identity", message=_SOURCE_PATTERN)


def session_duration_malformed() -> ValidationError:
    """Returns the error for a duration that is no number or out of range."""
    return ValidationError("saml_session_duration", message=_DURATION_RANGE)
