"""CreateTradeInToken: approves that another account acts as the caller.

The operation is ours: AWS has it as a flow of requests in its console. What is
approved is written into the token, and nothing is stored until it is traded in; see
`sts.get_delegated_access_token`, and ADR 0021.

NOTE: a session hands on no more time than it has. Otherwise whoever holds stolen
credentials of an hour could approve half a day of them to somebody else.

SPEC: sts-operations 1.8; attacks C02 and C07.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from daypass.core import delegation_limits as limits
from daypass.core.arn import is_account_id
from daypass.core.clock import whole_second
from daypass.core.errors import AccessDeniedError
from daypass.core.limits import FEDERATION_POLICY_CHARACTERS_MAX
from daypass.core.outbound_errors import SessionDurationEscalationError
from daypass.core.ports import Clock, Entropy, GuardStore, Snapshot
from daypass.core.principal import RoleSession, User
from daypass.core.secret import Secret
from daypass.core.session import Session, SessionKind, SessionPolicies
from daypass.core.validation import (
    POLICY_CHARACTERS,
    POLICY_PATTERN,
    TextRule,
    Violations,
)
from daypass.directory.model import Directory
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.caller import Caller, CallerKind
from daypass.sts.chain_rules import ChainRules
from daypass.sts.delegation import approver_chain, use_call_up
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target
from daypass.sts.request_rules import check_policy_arns
from daypass.sts.session_policies import (
    SessionPolicyReader,
    check_managed_policies,
    check_size,
)
from daypass.tokens.trade_in_token import Approval, TradeInTokens

_CREATE: Final = "daypass:CreateTradeInToken"
_CALLERS: Final = frozenset(
    {CallerKind.USER, CallerKind.USER_SESSION, CallerKind.ROLE_SESSION}
)
_POLICY: Final = TextRule(
    1, FEDERATION_POLICY_CHARACTERS_MAX, POLICY_CHARACTERS, POLICY_PATTERN
)
_ID_BYTES: Final = 16
_NOT_YET: Final = ""


@dataclass(frozen=True, slots=True)
class CreateTradeInTokenRequest:
    """The parameters as they were sent; None means that one was not."""

    partner_account_id: str | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    session_duration: timedelta | None = None
    token_lifetime: timedelta | None = None


@dataclass(frozen=True, slots=True)
class CreateTradeInTokenResult:
    """The answer of CreateTradeInToken."""

    trade_in_token: Secret
    delegation_id: str
    expire_time: datetime


@dataclass(frozen=True, slots=True)
class _Valid:
    """The parameters after every check that needs no policy and no state."""

    partner_account_id: str
    policies: SessionPolicies
    duration: timedelta
    lifetime: timedelta


class CreateTradeInToken:
    """The operation.

    Args:
        directory: managed policies.
        authorizers: decides.
        session_policies: reads session policies.
        tokens: seals the token.
        guards: knows which calls have approved.
        chains: how far chaining may go.
        clock: dates the approval.
        entropy: draws its name.
    """

    name: ClassVar[str] = "CreateTradeInToken"
    grants: ClassVar[bool] = True

    def __init__(
        self,
        *,
        directory: Snapshot[Directory],
        authorizers: AuthorizerFactory,
        session_policies: SessionPolicyReader,
        tokens: TradeInTokens,
        guards: GuardStore,
        chains: ChainRules,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._directory = directory
        self._authorizers = authorizers
        self._session_policies = session_policies
        self._tokens = tokens
        self._guards = guards
        self._chains = chains
        self._clock = clock
        self._entropy = entropy

    async def perform(
        self, request: CreateTradeInTokenRequest, invocation: Invocation
    ) -> CreateTradeInTokenResult:
        """Checks, decides and seals.

        Raises:
            RejectedError: a parameter is wrong or the answer is no.
            StoreUnavailableError: nothing was approved.
        """
        caller = invocation.caller
        principal = caller.principal
        if caller.kind not in _CALLERS or not isinstance(principal, User | RoleSession):
            raise AccessDeniedError("caller_kind")
        invocation.audit.resource = principal.principal_arn
        valid = self._validate(request)
        directory = self._directory.current()
        target = Target(principal.principal_arn, principal.account_id)
        self._authorizers.authorize(
            target, _context_keys(valid, target), invocation, directory=directory
        ).require(_CREATE)
        if caller.session is not None and caller.session.policies:
            # Two sets of session policies in one session would have to agree, and a
            # session has one.
            raise AccessDeniedError("approver_has_session_policies", message=_LIMITED)
        check_managed_policies(valid.policies, principal.account_id, directory)
        approval = self._approval(valid, caller, principal)
        token = self._tokens.seal(approval)
        await use_call_up(caller, self._guards, now=self._clock.now())
        invocation.audit.attributes |= {
            "delegation_id": approval.delegation_id,
            "partner_account": approval.partner_account_id,
        }
        return CreateTradeInTokenResult(
            token, approval.delegation_id, approval.expire_time
        )

    def _validate(self, request: CreateTradeInTokenRequest) -> _Valid:
        found = Violations()
        partner = request.partner_account_id or ""
        found.require(("partner_account_id",), partner)
        if partner and not is_account_id(partner):
            found.add(
                ("partner_account_id",), f"'{partner}'", _TWELVE_DIGITS, brief="digits"
            )
        if request.policy is None and not request.policy_arns:
            found.require(("policy",), None)
        found.check_text(("policy",), request.policy, _POLICY)
        check_policy_arns(request.policy_arns, found)
        duration = _span(
            "session_duration",
            request.session_duration,
            (limits.DELEGATED_SESSION_MIN, limits.DELEGATED_SESSION_MAX),
            found,
        )
        lifetime = _span(
            "token_lifetime",
            request.token_lifetime,
            (limits.TRADE_IN_LIFETIME_MIN, limits.TRADE_IN_LIFETIME_MAX),
            found,
        )
        found.raise_if_any()
        policies = SessionPolicies(request.policy, request.policy_arns)
        check_size(policies)
        if policies.inline is not None:
            self._session_policies.parse(policies.inline)
        return _Valid(
            partner_account_id=partner,
            policies=policies,
            duration=duration or limits.DELEGATED_SESSION_DEFAULT,
            lifetime=lifetime or limits.TRADE_IN_LIFETIME_DEFAULT,
        )

    def _approval(
        self, valid: _Valid, caller: Caller, principal: User | RoleSession
    ) -> Approval:
        now = whole_second(self._clock.now())
        self._chains.check(caller, now=now, duration=valid.duration)
        session = caller.session
        expire_time = now + valid.lifetime
        if session is not None:
            # Whoever trades it in before then has credentials that end in time.
            expire_time = min(expire_time, session.expire_time - valid.duration)
            if expire_time <= now:
                raise SessionDurationEscalationError("delegation_outlives_session")
        return Approval(
            delegation_id=self._entropy.token_bytes(_ID_BYTES).hex(),
            partner_account_id=valid.partner_account_id,
            expire_time=expire_time,
            session=_template(valid, caller, principal, now),
        )


def _template(
    valid: _Valid, caller: Caller, principal: User | RoleSession, now: datetime
) -> Session:
    """Returns the session to issue: the approver's facts, and what was approved."""
    parent = caller.session
    chain = approver_chain(caller)
    if isinstance(principal, RoleSession):
        principal_id, session_name = principal.role_id, principal.session_name
    else:
        principal_id, session_name = principal.unique_id, ""
    return Session(
        kind=SessionKind.DELEGATED,
        access_key_id=_NOT_YET,
        account_id=principal.account_id,
        principal_id=principal_id,
        session_name=session_name,
        issue_time=now,
        expire_time=now + valid.duration,
        epoch=caller.epoch,
        derivation_key_id=_NOT_YET,
        origin_id=chain.origin_id,
        chain_began=parent.chain_begin if parent else None,
        ancestors=chain.access_key_ids,
        ancestor_principals=chain.principal_ids,
        # What policies ask about stays what it is for the approver itself.
        tags=parent.tags if parent else {},
        source_identity=parent.source_identity if parent else None,
        federated_provider=parent.federated_provider if parent else None,
        federated_keys=parent.federated_keys if parent else {},
        policies=valid.policies,
    )


def _context_keys(valid: _Valid, target: Target) -> Mapping[str, str | Sequence[str]]:
    return {
        "aws:ResourceAccount": target.account_id,
        "daypass:PartnerAccount": valid.partner_account_id,
        "daypass:SessionDurationSeconds": str(int(valid.duration.total_seconds())),
    }


def _span(
    name: str,
    span: timedelta | None,
    bounds: tuple[timedelta, timedelta],
    found: Violations,
) -> timedelta | None:
    """Checks a span that may be absent: its bounds, and that its seconds are whole."""
    if span is None:
        return None
    least, most = (int(bound.total_seconds()) for bound in bounds)
    found.check_range((name,), span // timedelta(seconds=1), least=least, most=most)
    if span % timedelta(seconds=1):
        found.add((name,), f"'{span.total_seconds()}'", _WHOLE, brief="fraction")
    return span


_TWELVE_DIGITS: Final = "Member must be an account id of twelve digits"
_WHOLE: Final = "Member must be whole seconds"
_LIMITED: Final = "A session with session policies may not approve delegated access"
