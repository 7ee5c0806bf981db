"""The table of who may call which method. What has no row is refused.

It tells kinds of credential apart and nothing finer: policies are asked later, by
the use case. A test walks every descriptor and finds a row for each method.

SPEC: design 5; sts-operations 0.9 and 1; attacks G15.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from daypass.core.errors import AccessDeniedError
from daypass.rpc.methods import (
    ACCESS_SERVICE,
    HEALTH,
    KEYRING,
    REFLECTION,
    SESSION,
    STS,
    TOKEN,
)
from daypass.sts.caller import CallerKind


class Unproven(Enum):
    """The methods that are called without a proof of the caller."""

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
# Federated users, root-task and delegated sessions have no business with our own
# services.
_OPERATING: Final = frozenset({_ROOT, _USER, _USER_SESSION, _ROLE_SESSION})

ACCESS: Final[Mapping[str, AccessRule]] = MappingProxyType(
    {
        f"{STS}AssumeRole": _ASSUMING,
        f"{STS}AssumeRoleWithSAML": Unproven.PROOF_IN_REQUEST,
        f"{STS}AssumeRoleWithWebIdentity": Unproven.PROOF_IN_REQUEST,
        f"{STS}AssumeRoot": _WITHOUT_MFA_SESSIONS,
        f"{STS}BatchAssumeRole": _ASSUMING,
        f"{STS}DecodeAuthorizationMessage": _INFORMED,
        f"{STS}GetAccessKeyInfo": _INFORMED,
        f"{STS}GetCallerIdentity": _EVERY_KIND,
        f"{STS}GetDelegatedAccessToken": _WITHOUT_MFA_SESSIONS,
        f"{STS}GetFederationToken": _LONG_TERM,
        f"{STS}GetSessionToken": _LONG_TERM,
        f"{STS}GetWebIdentityToken": _ASSUMING,
        f"{TOKEN}CreateTradeInToken": _ASSUMING,
        f"{TOKEN}ExchangeToken": _ASSUMING,
        f"{TOKEN}RevokeToken": _OPERATING,
        f"{TOKEN}VerifyToken": _OPERATING,
        f"{ACCESS_SERVICE}Authorize": _OPERATING,
        f"{ACCESS_SERVICE}Simulate": _OPERATING,
        f"{ACCESS_SERVICE}ExplainDecision": _OPERATING,
        f"{ACCESS_SERVICE}AuthenticateRequest": _OPERATING,
        f"{SESSION}GetSession": _OPERATING,
        f"{SESSION}ListSessions": _OPERATING,
        f"{SESSION}RevokeSessions": _OPERATING,
        f"{KEYRING}GetKeySet": Unproven.OPEN,
        f"{HEALTH}Check": Unproven.OPEN,
        f"{HEALTH}List": Unproven.OPEN,
        f"{HEALTH}Watch": Unproven.OPEN,
        f"{REFLECTION}ServerReflectionInfo": Unproven.OPEN,
    }
)


def check_kind(method: str, kind: CallerKind) -> None:
    """Checks that this kind of caller may call a method that needs a proof.

    Raises:
        AccessDeniedError: it may not, or the method has no row.
    """
    rule = ACCESS.get(method)
    if isinstance(rule, frozenset) and kind in rule:
        return
    if rule is None:
        raise AccessDeniedError("method_without_access_rule")
    raise AccessDeniedError("caller_kind", message=_kind_message(method, kind))


def _kind_message(method: str, kind: CallerKind) -> str | None:
    """Returns the text that clients know; None means the usual one."""
    name = method.rpartition("/")[2]
    if kind is CallerKind.ROOT and name in {"AssumeRole", "BatchAssumeRole"}:
        return "Roles may not be assumed by root accounts."
    if name in {"GetSessionToken", "GetFederationToken"}:
        return f"Cannot call {name} with session credentials"
    return None
