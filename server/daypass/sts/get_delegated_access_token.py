"""GetDelegatedAccessToken: trades an approval in for credentials.

The session acts as the approver: it has the approver's names, and may do what both
the approved policies and the approver's own allow at each use. It ends with its time,
with the approver, or when anything that it comes from is revoked.

A token is used up before the credentials are made, and stays used up if making them
fails: that it is used twice is worse than that somebody approves anew.

SPEC: sts-operations 1.8 and 0.11; ADR 0021; attacks C02, C03 and C07.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from daypass.core import delegation_limits as limits
from daypass.core.credentials import Credentials
from daypass.core.errors import AccessDeniedError, InvalidClientTokenIdError
from daypass.core.outbound_errors import ExpiredTradeInTokenError
from daypass.core.ports import Clock, GuardKey, GuardStore, Snapshot
from daypass.core.secret import Secret
from daypass.core.session import Session
from daypass.core.validation import TextRule, Violations
from daypass.directory.model import Directory
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.caller import CallerKind
from daypass.sts.chain_rules import ChainRules
from daypass.sts.delegation import origin_of_delegation
from daypass.sts.issue import SessionDraft, SessionIssuer
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target
from daypass.sts.principals import principal_of_session
from daypass.sts.revocation_view import RevocationView
from daypass.sts.single_use import use_up
from daypass.tokens.trade_in_token import Approval, TradeInTokens, digest_of

_ACTION: Final = "sts:GetDelegatedAccessToken"
_CALLERS: Final = frozenset({CallerKind.USER, CallerKind.ROLE_SESSION})
_TOKEN: Final = TextRule(1, limits.TRADE_IN_TOKEN_CHARACTERS_MAX)
_GUARD_PURPOSE: Final = "trade-in-token"


@dataclass(frozen=True, slots=True)
class GetDelegatedAccessTokenResult:
    """The answer of GetDelegatedAccessToken."""

    credentials: Credentials
    packed_policy_percent: int | None
    assumed_principal: str


class GetDelegatedAccessToken:
    """The operation; its request is the trade-in token.

    Args:
        directory: which principals exist.
        revocations: which approvers have been revoked.
        authorizers: decides.
        tokens: opens the token.
        guards: knows which tokens have been used.
        issuer: makes the session.
        chains: how far chaining may go.
        clock: tells what has expired.
    """

    name: ClassVar[str] = "GetDelegatedAccessToken"
    grants: ClassVar[bool] = True

    def __init__(
        self,
        *,
        directory: Snapshot[Directory],
        revocations: RevocationView,
        authorizers: AuthorizerFactory,
        tokens: TradeInTokens,
        guards: GuardStore,
        issuer: SessionIssuer,
        chains: ChainRules,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._revocations = revocations
        self._authorizers = authorizers
        self._tokens = tokens
        self._guards = guards
        self._issuer = issuer
        self._chains = chains
        self._clock = clock

    async def perform(
        self, request: Secret, invocation: Invocation
    ) -> GetDelegatedAccessTokenResult:
        """Checks, decides, uses the token up and issues.

        Raises:
            RejectedError: the token is no good or the answer is no.
            UnavailableError: nothing was issued; the token may be used up.
        """
        caller = invocation.caller
        if caller.kind not in _CALLERS:
            raise AccessDeniedError("caller_kind")
        _check_form(request)
        account_id = caller.principal.account_id
        target = Target("*", account_id)
        self._authorizers.authorize(target, {}, invocation).require(_ACTION)
        approval = self._tokens.open(request)
        if approval.partner_account_id != account_id:
            raise AccessDeniedError("trade_in_token_of_another_partner", message=_NO)
        invocation.audit.attributes["delegation_id"] = approval.delegation_id
        now = self._clock.now()
        if approval.expire_time <= now:
            raise ExpiredTradeInTokenError("trade_in_token_expired")
        principal_arn, assumed = self._approver(approval.session)
        invocation.audit.resource = assumed
        self._chains.check(caller, now=now, duration=approval.duration)
        await self._use_up(request, approval, now)
        issued = await self._issuer.issue(
            _draft(approval, principal_arn),
            approval.session.session_name,
            invocation,
            origin=origin_of_delegation(approval.session, caller),
        )
        invocation.audit.issued_access_key_id = issued.access_key_id
        return GetDelegatedAccessTokenResult(
            credentials=issued.credentials,
            packed_policy_percent=issued.packed_policy_percent,
            assumed_principal=assumed,
        )

    def _approver(self, approved: Session) -> tuple[str, str]:
        """Returns the ARNs of the approver: as policies name it, and as people do.

        Raises:
            AccessDeniedError: it is gone, or was revoked since it approved.
            RevocationViewStaleError: this worker cannot know.
        """
        try:
            self._revocations.check(approved)
            principal = principal_of_session(approved, self._directory.current())
        except InvalidClientTokenIdError as error:
            # What became of a stranger's principal is not for the partner to know.
            detail = f"approver_{error.detail}"
            raise AccessDeniedError(detail, message=_NO) from error
        return principal.principal_arn, principal.arn

    async def _use_up(self, token: Secret, approval: Approval, now: datetime) -> None:
        """Returns when the token is used up, and this call is the one that did it."""
        claimed = await use_up(
            self._guards,
            GuardKey(_GUARD_PURPOSE, (digest_of(token),)),
            now=now,
            expire_time=approval.expire_time,
        )
        if not claimed:
            raise ExpiredTradeInTokenError(
                "trade_in_token_used", message="The trade-in token has been used"
            )


def _check_form(token: Secret) -> None:
    found = Violations()
    text = token.reveal_text()
    found.require(("trade_in_token",), text)
    if text:
        found.check_text(("trade_in_token",), text, _TOKEN, secret=True)
    found.raise_if_any()


def _draft(approval: Approval, principal_arn: str) -> SessionDraft:
    approved = approval.session
    return SessionDraft(
        kind=approved.kind,
        account_id=approved.account_id,
        principal_id=approved.principal_id,
        principal_arn=principal_arn,
        duration=approval.duration,
        tags=approved.tags,
        transitive_tag_keys=frozenset(),
        source_identity=approved.source_identity,
        policies=approved.policies,
        token_size_min=0,
    )


_NO: Final = "The trade-in token is not for this caller, or was taken back"
