"""Which kinds of caller may call which operation of STS, whatever the door.

It tells kinds of credential apart and nothing finer: policies are asked later, by
the use case. An operation without a row is refused.

SPEC: design 5; sts-operations 0.9 and 1; attacks G15; details 18 and 19.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from daypass.core.errors import AccessDeniedError
from daypass.sts.caller import CallerKind


class Unproven(Enum):
    """The operations that are called without a proof of the caller."""

    # It tells what anyone may know.
    OPEN = auto()
    # An assertion or token in the request is the proof; another one that comes
    # with the call is ignored, not verified.
    PROOF_IN_REQUEST = auto()


AccessRule = Unproven | frozenset[CallerKind]

_ROOT: Final = CallerKind.ROOT
_USER: Final = CallerKind.USER
_USER_SESSION: Final = CallerKind.USER_SESSION
_ROLE_SESSION: Final = CallerKind.ROLE_SESSION

_EVERY_KIND: Final = frozenset(CallerKind)
_ASSUMING: Final = frozenset({_USER, _USER_SESSION, _ROLE_SESSION})
_LONG_TERM: Final = frozenset({_USER, _ROOT})
_INFORMED: Final = frozenset({_ROOT, _USER, _ROLE_SESSION})
_WITHOUT_MFA_SESSIONS: Final = frozenset({_USER, _ROLE_SESSION})

STS_ACCESS: Final[Mapping[str, AccessRule]] = MappingProxyType(
    {
        "AssumeRole": _ASSUMING,
        "AssumeRoleWithSAML": Unproven.PROOF_IN_REQUEST,
        "AssumeRoleWithWebIdentity": Unproven.PROOF_IN_REQUEST,
        "AssumeRoot": _WITHOUT_MFA_SESSIONS,
        "DecodeAuthorizationMessage": _INFORMED,
        "GetAccessKeyInfo": _INFORMED,
        "GetCallerIdentity": _EVERY_KIND,
        "GetDelegatedAccessToken": _WITHOUT_MFA_SESSIONS,
        "GetFederationToken": _LONG_TERM,
        "GetSessionToken": _LONG_TERM,
        "GetWebIdentityToken": _ASSUMING,
    }
)


def check_caller_kind(
    operation: str, rule: AccessRule | None, kind: CallerKind
) -> None:
    """Checks that a kind of caller may call an operation that needs a proof.

    Args:
        operation: its name, such as `AssumeRole`, for the message.
        rule: the operation's row, or None where there is none.
        kind: that of the caller.

    Raises:
        AccessDeniedError: it may not, or the operation has no row.
    """
    if isinstance(rule, frozenset) and kind in rule:
        return
    if rule is None:
        raise AccessDeniedError("method_without_access_rule")
    raise AccessDeniedError("caller_kind", message=_kind_message(operation, kind))


def _kind_message(operation: str, kind: CallerKind) -> str | None:
    """Returns the text that clients know; None means the usual one."""
    if kind is CallerKind.ROOT and operation in {"AssumeRole", "BatchAssumeRole"}:
        return "Roles may not be assumed by root accounts."
    if operation in {"GetSessionToken", "GetFederationToken"}:
        return f"Cannot call {operation} with session credentials"
    return None
