"""ExchangeToken: another token for one that is shown, or credentials of a role.

The caller is the client, proven like any other. An exchange policy of its account
must say yes to the whole request, and IAM policies must allow it that policy; what
comes of it is never more than what was shown.

SPEC: sts-operations 6.1 and detail 60; RFC 8693; attacks C07, J28, J29, J58.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from daypass.core.errors import InternalFailureError, InvalidActionError
from daypass.core.exchange_errors import InvalidExchangeTokenError
from daypass.core.exchanged_token import Party, TokenType
from daypass.core.ports import Clock, GuardStore, Snapshot
from daypass.directory.entities import Account
from daypass.directory.exchange_policies import ExchangePolicy
from daypass.directory.model import Directory
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.context import ContextKeys, names
from daypass.sts.exchange_choice import Asked, choose, targets_of
from daypass.sts.exchange_client import Client, client_of
from daypass.sts.exchange_issue import ExchangeIssuer, ExchangeResult, Grant
from daypass.sts.exchange_request import (
    ExchangeTokenRequest,
    ValidExchange,
    validate,
)
from daypass.sts.exchange_rules import check_may_act, granted_scopes, next_actors
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target
from daypass.sts.presented_token import PresentedTokenReader, TrustedToken
from daypass.sts.single_use import use_up

_ACTION: Final = "daypass:ExchangeToken"


@dataclass(frozen=True, slots=True)
class _Plan:
    """A request, and what is known of it before any token is believed."""

    request: ValidExchange
    directory: Directory
    account: Account
    client: Client
    asked: Asked


class ExchangeToken:
    """The operation.

    Args:
        issuer_url: the issuer of the deployment; None where it has none, and
            nothing can be exchanged.
        directory: exchange policies and identity providers.
        authorizers: decides whether the caller may.
        reader: reads the tokens that are presented.
        guards: remembers subjects that are good once.
        issuer: makes what comes of it.
        clock: dates the use of a subject.
    """

    name: ClassVar[str] = "ExchangeToken"
    grants: ClassVar[bool] = True

    def __init__(
        self,
        *,
        issuer_url: str | None,
        directory: Snapshot[Directory],
        authorizers: AuthorizerFactory,
        reader: PresentedTokenReader,
        guards: GuardStore,
        issuer: ExchangeIssuer,
        clock: Clock,
    ) -> None:
        self._issuer_url = issuer_url
        self._directory = directory
        self._authorizers = authorizers
        self._reader = reader
        self._guards = guards
        self._issuer = issuer
        self._clock = clock

    async def perform(
        self, request: ExchangeTokenRequest, invocation: Invocation
    ) -> ExchangeResult:
        """Checks, decides, reads the tokens, and issues.

        Raises:
            RejectedError: a parameter or a token is wrong, or the answer is no.
            UnavailableError: nothing was issued.
        """
        if self._issuer_url is None:
            raise InvalidActionError(
                "issuer_url_unset", message="Token exchange is not set up here"
            )
        plan = self._plan(validate(request), invocation)
        policy = choose(plan.account.exchange_policies.values(), plan.asked)
        self._authorize(policy, plan, invocation)
        subject, actor = await self._read(policy, plan)
        invocation.audit.attributes.update(_audited(subject, actor, plan.asked))
        grant = self._grant(policy, plan, subject, actor, invocation)
        if policy.single_use or subject.single_use:
            await self._use_up(subject)
        if actor is not None and actor.single_use:
            await self._use_up(actor)
        result = await self._issuer.issue(grant, invocation)
        # NOTE: credentials have named their role there, and AssumeRole what decided.
        invocation.audit.resource = policy.arn
        return result

    def _plan(self, request: ValidExchange, invocation: Invocation) -> _Plan:
        client = client_of(invocation.caller)
        directory = self._directory.current()
        account = directory.account(client.account_id)
        if account is None:
            raise InternalFailureError("account_of_caller_gone")
        actor = request.actor
        asked = Asked(
            client_id=client.unique_id,
            subject=self._reader.claimed(request.subject, account),
            actor=self._reader.claimed(actor, account) if actor else None,
            requested_type=request.requested_type,
            audiences=request.audiences,
            resources=request.resources,
            scopes=request.scopes,
        )
        return _Plan(request, directory, account, client, asked)

    def _authorize(
        self, policy: ExchangePolicy, plan: _Plan, invocation: Invocation
    ) -> None:
        """Asks before a token is read, so that nobody tries tokens out who may not."""
        invocation.audit.resource = policy.arn
        target = Target(policy.arn, policy.account_id)
        self._authorizers.authorize(
            target,
            _context_keys(policy, plan.asked),
            invocation,
            directory=plan.directory,
        ).require(_ACTION)

    async def _read(
        self, policy: ExchangePolicy, plan: _Plan
    ) -> tuple[TrustedToken, TrustedToken | None]:
        request, asked, account = plan.request, plan.asked, plan.account
        subject = await self._reader.read(
            request.subject,
            asked.subject,
            account=account,
            directory=plan.directory,
            sources=policy.subjects,
        )
        if request.actor is None or asked.actor is None:
            return subject, None
        actor = await self._reader.read(
            request.actor,
            asked.actor,
            account=account,
            directory=plan.directory,
            sources=policy.actors,
        )
        return subject, actor

    def _grant(
        self,
        policy: ExchangePolicy,
        plan: _Plan,
        subject: TrustedToken,
        actor: TrustedToken | None,
        invocation: Invocation,
    ) -> Grant:
        own = self._issuer_url or ""
        client = Party(own, plan.client.arn)
        acting = (client,) if actor is None else (actor.speaker, actor.party)
        check_may_act(subject, acting, own_issuer=own)
        session = invocation.caller.session
        requested = plan.request.requested_type
        has_scopes = requested in {TokenType.ACCESS_TOKEN, TokenType.JWT}
        return Grant(
            policy=policy,
            client=plan.client,
            requested_type=requested,
            targets=targets_of(policy, plan.asked),
            scopes=granted_scopes(plan.request.scopes, policy, subject)
            if has_scopes
            else (),
            actors=next_actors(subject, actor),
            subject=subject,
            actor=actor,
            session_end=session.expire_time if session is not None else None,
        )

    async def _use_up(self, token: TrustedToken) -> None:
        """Claims a token that is good once; whoever comes second is refused.

        The last step before the issue, so that a token that was refused for another
        reason is not used up.
        """
        claimed = await use_up(
            self._guards,
            token.once,
            now=self._clock.now(),
            expire_time=token.until,
        )
        if not claimed:
            raise InvalidExchangeTokenError("token_used_before")


def _context_keys(policy: ExchangePolicy, asked: Asked) -> ContextKeys:
    keys: ContextKeys = {
        "aws:ResourceAccount": policy.account_id,
        "daypass:RequestedTokenType": asked.requested_type.value,
    }
    targets = targets_of(policy, asked)
    if targets and asked.requested_type is not TokenType.CREDENTIALS:
        keys["daypass:Audience"] = names(targets)
    if asked.scopes:
        keys["daypass:Scope"] = names(asked.scopes)
    return keys


def _audited(
    subject: TrustedToken, actor: TrustedToken | None, asked: Asked
) -> dict[str, str]:
    """Returns who it was about, who acts, and what was asked for."""
    facts = {
        "subject": subject.party.name,
        "requested_token_type": asked.requested_type.value,
        "audience": " ".join(asked.targets),
        "actor": actor.speaker.name if actor is not None else "",
    }
    return {name: value for name, value in facts.items() if value}
