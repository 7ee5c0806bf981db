"""What both clients make of their arguments before the first call."""

from __future__ import annotations

from datetime import timedelta

from daypass_client import limits
from daypass_client.errors import ConfigurationError
from daypass_client.profiles.profile import Profile
from daypass_client.role_chain import RoleChain


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
    """Returns what will choose the credentials of calls; None where there are none."""
    if profile.credentials is None:
        return None
    return RoleChain(profile.credentials, profile.roles)


def no_credentials() -> ConfigurationError:
    """Returns the error of a call that must be signed and cannot be."""
    return ConfigurationError(
        "There are no credentials to sign the call with.",
        hint="Name a profile (--profile, AWS_PROFILE), or set AWS_ACCESS_KEY_ID and"
        " AWS_SECRET_ACCESS_KEY.",
    )
