"""RevokeSessions: ends sessions before their time, with all chained from them.

SPEC: design 7; attacks C03, C13, C20.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, Final

from daypass.core import limits
from daypass.core.errors import AccessDeniedError
from daypass.core.ports import Clock, SessionStore, Snapshot
from daypass.core.revocation import Revocation, RevocationScope
from daypass.core.validation import TextRule, Violations
from daypass.directory.model import Directory
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target
from daypass.sts.revocation_follower import Revoker
from daypass.sts.session_targets import (
    PrincipalChoice,
    check_own_key,
    choice_target,
    key_target,
    record_target,
    unique_id_of,
)

_REASON: Final = TextRule(0, limits.REVOCATION_REASON_CHARACTERS_MAX)


@dataclass(frozen=True, slots=True)
class RevokeSessionsRequest:
    """What to revoke: exactly one of the four, and why."""

    access_key_id: str | None = None
    whose: PrincipalChoice = field(default_factory=PrincipalChoice)
    account_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RevokeSessionsResult:
    """The number of the revocation, and whether it is effective everywhere."""

    sequence: int
    effective_everywhere: bool


class RevokeSessions:
    """Ends sessions before their time, with all that were chained from them.

    Args:
        store: tells which role or user a session is of.
        directory: tells the unique ids of roles and users.
        authorizers: decides whether the caller may.
        revoker: makes it effective everywhere.
        clock: dates it.
    """

    name: ClassVar[str] = "RevokeSessions"
    grants: ClassVar[bool] = True

    def __init__(
        self,
        *,
        store: SessionStore,
        directory: Snapshot[Directory],
        authorizers: AuthorizerFactory,
        revoker: Revoker,
        clock: Clock,
    ) -> None:
        self._store = store
        self._directory = directory
        self._authorizers = authorizers
        self._revoker = revoker
        self._clock = clock

    async def perform(
        self, request: RevokeSessionsRequest, invocation: Invocation
    ) -> RevokeSessionsResult:
        """Revokes, and returns when it is effective everywhere.

        Raises:
            ValidationError: nothing or too much is named, or the role or user is
                not one of the caller's account.
            AccessDeniedError: it is another account's, or the caller may not.
            StoreUnavailableError: it may not be stored; ask again.
        """
        account_id = invocation.caller.principal.account_id
        _check_one_target(request)
        now = self._clock.now()
        invocation.audit.attributes.update(_audited(request))
        await self._authorize(request, invocation, now)
        scope, subject = self._scope(request, account_id)
        lifetime = timedelta(seconds=limits.USER_SESSION_SECONDS_MAX)
        revoked = await self._revoker.revoke(
            Revocation(
                scope=scope,
                subject=subject,
                revoke_time=now,
                keep_until=now + lifetime + limits.REVOCATION_KEPT_AFTER_EXPIRY,
            )
        )
        return RevokeSessionsResult(revoked.sequence, revoked.effective_everywhere)

    async def _authorize(
        self, request: RevokeSessionsRequest, invocation: Invocation, now: datetime
    ) -> None:
        account_id, key = invocation.caller.principal.account_id, request.access_key_id
        if key is None:
            if request.account_id not in {None, account_id}:
                raise AccessDeniedError("account_of_another")
            self._require(choice_target(request.whose, account_id), invocation)
            return
        check_own_key(key, account_id)
        # Before it is looked up: a refusal is the same with a record and without.
        self._require(key_target(key, account_id), invocation)
        record = await self._store.get(key, now=now)
        if record is not None:
            self._require(record_target(record), invocation)

    def _require(self, target: Target, invocation: Invocation) -> None:
        invocation.audit.resource = target.resource
        self._authorizers.authorize(target, {}, invocation).require(
            "daypass:RevokeSessions"
        )

    def _scope(
        self, request: RevokeSessionsRequest, account_id: str
    ) -> tuple[RevocationScope, str]:
        if request.access_key_id is not None:
            return RevocationScope.SESSION, request.access_key_id
        unique_id = unique_id_of(request.whose, self._directory.current())
        if unique_id is not None:
            return RevocationScope.PRINCIPAL, unique_id
        return RevocationScope.ACCOUNT, account_id


def _check_one_target(request: RevokeSessionsRequest) -> None:
    named = (
        request.access_key_id,
        request.whose.role_arn,
        request.whose.user_arn,
        request.account_id,
    )
    found = Violations()
    if sum(value is not None for value in named) != 1:
        found.require(("target",), None)
    found.check_text(("reason",), request.reason, _REASON)
    found.raise_if_any()


def _audited(request: RevokeSessionsRequest) -> dict[str, str]:
    named = {
        "access_key_id": request.access_key_id,
        "role_arn": request.whose.role_arn,
        "user_arn": request.whose.user_arn,
        "account_id": request.account_id,
        "reason": request.reason or None,
    }
    return {name: value for name, value in named.items() if value is not None}
