"""The table of who may call which method. What has no row is refused.

The rows of the operations of STS are those of every door, `sts.access_rules`. A
test walks every descriptor and finds a row for each method.

SPEC: design 5; sts-operations 0.9 and 1; attacks G15.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from daypass.rpc.methods import (
    ACCESS_SERVICE,
    HEALTH,
    KEYRING,
    REFLECTION,
    SESSION,
    STS,
    TOKEN,
)
from daypass.sts.access_rules import (
    STS_ACCESS,
    AccessRule,
    Unproven,
    check_caller_kind,
)
from daypass.sts.caller import CallerKind

# Federated users, root-task and delegated sessions have no business with our own
# services.
_OPERATING: Final = frozenset(
    {
        CallerKind.ROOT,
        CallerKind.USER,
        CallerKind.USER_SESSION,
        CallerKind.ROLE_SESSION,
    }
)

ACCESS: Final[Mapping[str, AccessRule]] = MappingProxyType(
    {
        **{f"{STS}{operation}": rule for operation, rule in STS_ACCESS.items()},
        f"{STS}BatchAssumeRole": STS_ACCESS["AssumeRole"],
        f"{TOKEN}BatchVerifyTokens": _OPERATING,
        f"{TOKEN}CreateTradeInToken": STS_ACCESS["AssumeRole"],
        f"{TOKEN}ExchangeToken": STS_ACCESS["AssumeRole"],
        f"{TOKEN}RevokeToken": _OPERATING,
        f"{TOKEN}VerifyToken": _OPERATING,
        f"{ACCESS_SERVICE}Authorize": _OPERATING,
        f"{ACCESS_SERVICE}Simulate": _OPERATING,
        f"{ACCESS_SERVICE}ExplainDecision": _OPERATING,
        f"{ACCESS_SERVICE}AuthenticateRequest": _OPERATING,
        f"{SESSION}GetSession": _OPERATING,
        f"{SESSION}ListSessions": _OPERATING,
        f"{SESSION}RevokeSessions": _OPERATING,
        f"{SESSION}WatchRevocations": _OPERATING,
        f"{KEYRING}GetKeySet": Unproven.OPEN,
        f"{KEYRING}ListKeys": _OPERATING,
        f"{KEYRING}RotateKeys": _OPERATING,
        f"{KEYRING}RevokeKey": _OPERATING,
        f"{KEYRING}WatchKeySet": _OPERATING,
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
    if not isinstance(rule, frozenset) or kind not in rule:
        check_caller_kind(method.rpartition("/")[2], rule, kind)
