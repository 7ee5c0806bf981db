"""GetSessionToken: temporary credentials of the caller itself.

The session is the user or root user who asked: its identity and its permissions
are theirs. No policy is asked, so none can deny it. It ends with the user, and
with the long-term key that it was asked for with: see `sts.principals`.

A second factor that was shown when it was issued counts for all of its life.

SPEC: sts-operations 0.9, 0.11 and 1.10; details 16, 17, 19, 22, 34 and 35.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from daypass.core.credentials import Credentials
from daypass.core.secret import Secret
from daypass.core.session import SessionKind, SessionPolicies
from daypass.core.validation import Violations
from daypass.sts.issue import SessionDraft, SessionIssuer
from daypass.sts.long_term_caller import (
    check_duration,
    granted_duration,
    long_term_principal,
    principal_id_of,
)
from daypass.sts.pipeline import Invocation
from daypass.sts.request_rules import check_second_factor, check_token_size
from daypass.sts.second_factor import SecondFactor


@dataclass(frozen=True, slots=True)
class GetSessionTokenRequest:
    """The parameters as they were sent; None means that one was not."""

    duration_seconds: int | None = None
    serial_number: str | None = None
    token_code: Secret | None = None
    minimum_session_token_size: int | None = None


@dataclass(frozen=True, slots=True)
class GetSessionTokenResult:
    """The answer of GetSessionToken."""

    credentials: Credentials
    session_token_bytes: int


class GetSessionToken:
    """The operation.

    Args:
        issuer: makes the session.
        second_factor: checks what the caller shows besides its key.
    """

    name: ClassVar[str] = "GetSessionToken"
    grants: ClassVar[bool] = True

    def __init__(self, *, issuer: SessionIssuer, second_factor: SecondFactor) -> None:
        self._issuer = issuer
        self._second_factor = second_factor

    async def perform(
        self, request: GetSessionTokenRequest, invocation: Invocation
    ) -> GetSessionTokenResult:
        """Checks and issues.

        Raises:
            RejectedError: a parameter or the second factor is wrong, or the caller
                has a session.
            StoreUnavailableError: nothing was issued.
        """
        principal = long_term_principal(invocation.caller, self.name)
        invocation.audit.resource = principal.arn
        _validate(request)
        mfa_time = await self._second_factor.check(
            request.serial_number, request.token_code, invocation
        )
        draft = SessionDraft(
            kind=SessionKind.USER,
            account_id=principal.account_id,
            principal_id=principal_id_of(principal),
            principal_arn=principal.arn,
            duration=granted_duration(request.duration_seconds, principal),
            tags={},
            transitive_tag_keys=frozenset(),
            source_identity=None,
            policies=SessionPolicies(),
            token_size_min=request.minimum_session_token_size or 0,
            mfa_time=mfa_time,
        )
        issued = await self._issuer.issue(draft, "", invocation)
        invocation.audit.issued_access_key_id = issued.access_key_id
        return GetSessionTokenResult(issued.credentials, issued.session_token_bytes)


def _validate(request: GetSessionTokenRequest) -> None:
    found = Violations()
    check_duration(request.duration_seconds, found)
    check_second_factor(request.serial_number, request.token_code, found)
    check_token_size(request.minimum_session_token_size, found)
    found.raise_if_any()
