"""What both clients make of their arguments, before a call and between calls."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final

from daypass_client import limits
from daypass_client.errors import ConfigurationError, DaypassError, UnauthenticatedError
from daypass_client.profiles.profile import Profile
from daypass_client.role_chain import RoleChain

# What a server answers where the credentials themselves are no longer good.
_SPENT: Final = frozenset({"InvalidClientTokenId", "ExpiredToken"})


def timeout_seconds(timeout: timedelta) -> float:
    """Returns the timeout in the unit of gRPC.

    Raises:
        ConfigurationError: it is not more than nothing, or more than a minute.
    """
    if not timedelta() < timeout <= limits.CALL_TIMEOUT_MAX:
        raise ConfigurationError(
            "A timeout is more than 0 and at most"
            f" {limits.CALL_TIMEOUT_MAX.total_seconds():g} seconds."
        )
    return timeout.total_seconds()


def role_chain(profile: Profile) -> RoleChain | None:
    """Returns the roles that lead to what signs calls; None where there are none."""
    first = tuple(
        step for step in (profile.web_identity, profile.source) if step is not None
    )
    assert len(first) <= 1, "a profile has one beginning"
    steps = (*first, *profile.roles)
    if not steps or (profile.credentials is None and not first):
        return None
    return RoleChain(profile.credentials, steps)


def no_credentials() -> ConfigurationError:
    """Returns the error of a call that must be signed and cannot be."""
    return ConfigurationError(
        "There are no credentials to sign the call with.",
        hint="Name a profile (--profile, AWS_PROFILE), or set AWS_ACCESS_KEY_ID and"
        " AWS_SECRET_ACCESS_KEY.",
    )


def nobody_to_ask(serial_number: str) -> ConfigurationError:
    """Returns the error of a role that needs a code where nobody can be asked."""
    return ConfigurationError(
        f"The role asks for a code of the second factor {serial_number}, and there is"
        " nobody to ask.",
        hint="Give the client an ask_code, or get credentials with"
        " `daypass session-token` first.",
    )


def are_spent(error: DaypassError) -> bool:
    """Tells whether a failure means that the credentials are no longer good."""
    return isinstance(error, UnauthenticatedError) and error.reason in _SPENT


def read_token(file: Path) -> str:
    """Returns the token of a file, whole.

    Raises:
        ConfigurationError: it cannot be read, is empty, too long, or not ASCII text.
    """
    try:
        with file.open("rb") as stream:
            data = stream.read(limits.IDENTITY_TOKEN_CHARACTERS_MAX + 1)
    except OSError as error:
        message = f"The token cannot be read: {error.strerror}."
        raise ConfigurationError(message, file=str(file)) from error
    if not data.strip() or len(data) > limits.IDENTITY_TOKEN_CHARACTERS_MAX:
        raise ConfigurationError(
            "The file does not hold a token of at most"
            f" {limits.IDENTITY_TOKEN_CHARACTERS_MAX:,} characters.",
            file=str(file),
        )
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        # NOTE: not chained: the error holds the bytes, which may be a token.
        raise ConfigurationError(
            "The token is not ASCII text.", file=str(file)
        ) from None
