"""Callers with long-term keys, and the sessions that only they may ask for.

SPEC: sts-operations 0.9, 1.9 and 1.10; details 17 and 19.
"""

from __future__ import annotations

from datetime import timedelta

from daypass.core import limits
from daypass.core.errors import AccessDeniedError
from daypass.core.principal import RootUser, User
from daypass.core.validation import Violations
from daypass.sts.caller import Caller


def long_term_principal(caller: Caller, operation: str) -> User | RootUser:
    """Returns the user or root user of a caller with long-term keys.

    Raises:
        AccessDeniedError: the caller has credentials of a session.
    """
    principal = caller.principal
    if caller.session is not None or not isinstance(principal, User | RootUser):
        raise AccessDeniedError(
            "caller_kind",
            message=f"Cannot call {operation} with session credentials",
        )
    return principal


def principal_id_of(principal: User | RootUser) -> str:
    """Returns what the principal's sessions are bound to; see `core.session`."""
    if isinstance(principal, RootUser):
        return principal.account_id
    return principal.unique_id


def check_duration(seconds: int | None, found: Violations) -> None:
    """Checks how long the session shall last, which is the same for a root user."""
    found.check_range(
        ("duration_seconds",),
        seconds,
        least=limits.USER_SESSION_SECONDS_MIN,
        most=limits.USER_SESSION_SECONDS_MAX,
    )


def granted_duration(seconds: int | None, principal: User | RootUser) -> timedelta:
    """Returns how long the session lasts.

    A root user gets an hour at the most. What it asks for beyond that is lowered
    and not refused, in these two operations and nowhere else.
    """
    asked = limits.USER_SESSION_SECONDS_DEFAULT if seconds is None else seconds
    if isinstance(principal, RootUser):
        asked = min(asked, limits.ROOT_USER_SESSION_SECONDS_MAX)
    return timedelta(seconds=asked)
