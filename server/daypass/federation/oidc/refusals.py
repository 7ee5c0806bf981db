"""What callers are told of a token that is refused.

The fragments that tools match on are those of the specification; the inner reason
goes to the log and the audit record only.

SPEC: sts-operations 1.3.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from daypass.core import provider_limits as limits
from daypass.core.clock import to_epoch_seconds
from daypass.core.errors import ExpiredIdentityTokenError, InvalidIdentityTokenError

_DETAIL: Final = "id_token_{}"
_NOT_A_JWT: Final = (
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an"
    " Access Token)"
)
_NO_KEY: Final = (
    "Couldn't retrieve verification key from your identity provider, please reference"
    " AssumeRoleWithWebIdentity documentation for requirements"
)


def malformed(reason: str) -> InvalidIdentityTokenError:
    """Returns the refusal of what is no token in the form that is taken."""
    return InvalidIdentityTokenError(_DETAIL.format(reason), message=_NOT_A_JWT)


def untrusted(reason: str) -> InvalidIdentityTokenError:
    """Returns the refusal of a token that no key vouches for, or a bad claim."""
    return InvalidIdentityTokenError(_DETAIL.format(reason))


def no_key(reason: str) -> InvalidIdentityTokenError:
    """Returns the refusal of a token for which there is no key to be had."""
    return InvalidIdentityTokenError(_DETAIL.format(reason), message=_NO_KEY)


def no_provider(issuer: str) -> InvalidIdentityTokenError:
    """Returns the refusal of a token of an issuer that is not registered."""
    start = issuer[: limits.ISSUER_CHARACTERS_MAX]
    shown = "".join(mark if mark.isprintable() else "?" for mark in start)
    return InvalidIdentityTokenError(
        _DETAIL.format("no_provider"),
        message=f"No OpenIDConnect provider found in your account for {shown}",
    )


def missing_claim(name: str) -> InvalidIdentityTokenError:
    """Returns the refusal of a token without a claim that it must have."""
    return InvalidIdentityTokenError(
        _DETAIL.format("claim_missing"), message=f"Missing a required claim: {name}"
    )


def wrong_claim(name: str) -> InvalidIdentityTokenError:
    """Returns the refusal of a token of which a claim has no proper value.

    Args:
        name: the claim, by a name of ours and not of the token.
    """
    return InvalidIdentityTokenError(
        _DETAIL.format("claim_malformed"),
        message=f"The value of a claim is not valid: {name}",
    )


def wrong_audience(reason: str) -> InvalidIdentityTokenError:
    """Returns the refusal of a token that is meant for somebody else."""
    return InvalidIdentityTokenError(
        _DETAIL.format(reason), message="Incorrect token audience"
    )


def not_yet_valid(name: str) -> InvalidIdentityTokenError:
    """Returns the refusal of a token that is of the future."""
    return InvalidIdentityTokenError(
        _DETAIL.format("not_yet_valid"),
        message=f"The token is not valid yet: {name} is in the future",
    )


def expired(expire_time: datetime, now: datetime) -> ExpiredIdentityTokenError:
    """Returns the refusal of a token that was good once."""
    return ExpiredIdentityTokenError(
        _DETAIL.format("expired"),
        message=(
            f"Token expired: current date/time {to_epoch_seconds(now)} must be before"
            f" the expiration date/time {to_epoch_seconds(expire_time)}"
        ),
    )
