"""What approvers and partners of a simulated world do: approve, and trade in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from daypass.core import base64url
from daypass.core.errors import DaypassError
from daypass.core.ports import GuardKey
from daypass.core.revocation import RevocationScope
from daypass.core.secret import Secret
from daypass.sts.caller import Caller
from daypass.sts.create_trade_in_token import (
    CreateTradeInTokenRequest,
    CreateTradeInTokenResult,
)
from daypass.sts.delegation import approver_chain
from daypass.tokens.trade_in_token import digest_of
from simulation import organisation
from simulation.calls import Call, CallingParty
from simulation.history import Given, Issued
from simulation.replica import Replica

_ASKED: Final = timedelta(seconds=900)
_LASTS: Final = (timedelta(minutes=2), timedelta(hours=1), timedelta(hours=1))
_PAUSES: Final = (0.0, 0.0, 0.001, 0.5, 30.0)
_POLICY: Final = (
    '{"Version":"2012-10-17","Statement":'
    '{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}'
)
# What a partner is told of a token that nobody here has sealed.
_NOT_OURS: Final = "trade_in_token_not_ours"
_REVOKED: Final = frozenset(
    {"approver_session_revoked", "approver_revocation_log_lost"}
)


class Delegators(CallingParty):
    """Those who approve, and those who trade approvals in; see `CallingParty`."""

    prefix = "delegation"

    def approve(self, replicas: Sequence[Replica], sessions: Sequence[Issued]) -> None:
        """A user, or the holder of a session, approves what a partner may do."""
        able = [each for each in sessions if organisation.approves(each.session)]
        who: str | Issued = self._chance.choice(organisation.USERS)
        if able and self._chance.random() < 0.5:
            who = self._chance.choice(able)
        call, lasts = self._signed(who), self._chance.choice(_LASTS)
        for replica in self._chosen(replicas, (1, 1, 2)):
            pause = self._chance.choice(_PAUSES)
            replica.spawn(self._approve(call, lasts, replica, pause))

    def trade_in(self, replicas: Sequence[Replica], approvals: Sequence[Given]) -> None:
        """Partners trade one approval in, at one replica or at several."""
        if not approvals:
            return
        approval = self._chance.choice(approvals)
        for replica in self._chosen(replicas, (1, 2, 3)):
            # Each is signed by itself, so that the approval alone is the same.
            call = self._signed(organisation.PARTNER)
            pause = self._chance.choice(_PAUSES)
            replica.spawn(self._trade_in(call, approval, replica, pause))

    async def _approve(
        self, call: Call, lasts: timedelta, replica: Replica, pause: float
    ) -> None:
        await asyncio.sleep(pause)
        context, began_at = self._context(), asyncio.get_running_loop().time()
        request = CreateTradeInTokenRequest(
            partner_account_id=organisation.DEPOT,
            policy=_POLICY,
            session_duration=_ASKED,
            token_lifetime=lasts,
        )
        run = replica.use_cases.delegations.create_trade_in_token.run
        try:
            caller = await self._prove(call, replica, context)
            result = await run(request, caller, context)
        except DaypassError as error:
            self._refused_call(call, context, replica, error)
            return
        assert caller.signed_call is not None
        self._checker.used(GuardKey("approving-call", (caller.signed_call.call_id,)))
        approval = self._approval(result, caller, call.parent, began_at)
        self._checker.approved(approval, context.request_id, replica)
        self._note(context, replica, f"approved {call.name}")

    def _approval(
        self,
        result: CreateTradeInTokenResult,
        caller: Caller,
        parent: Issued | None,
        began_at: float,
    ) -> Given:
        token = result.trade_in_token
        return Given(
            label=result.delegation_id,
            token=token,
            epoch=caller.epoch,
            issue_time=self._clock.now(),
            expire_time=result.expire_time,
            parents=(parent,) if parent is not None else (),
            proven_at=began_at,
            proven_last=began_at,
            names=_names_of_approver(caller),
            key_ids=(_sealing_key_of(token),),
        )

    async def _trade_in(
        self, call: Call, approval: Given, replica: Replica, pause: float
    ) -> None:
        await asyncio.sleep(pause)
        context, began_at = self._context(), asyncio.get_running_loop().time()
        run = replica.use_cases.delegations.get_delegated_access_token.run
        try:
            caller = await self._prove(call, replica, context)
            shown_at = asyncio.get_running_loop().time()
            result = await run(approval.token, caller, context)
        except DaypassError as error:
            self._refused_call(call, context, replica, error)
            self._refused_approval(approval, error, replica)
            return
        self._checker.used(GuardKey("trade-in-token", (digest_of(approval.token),)))
        self._checker.proven(approval, shown_at)
        (approver,) = approval.parents or (None,)
        issued = self._issued(
            result.credentials,
            approver if isinstance(approver, Issued) else None,
            began_at,
            _ASKED,
            parents=(approval,),
        )
        self._checker.answered(issued, call.name, context.request_id, replica)
        self._note(context, replica, f"traded in for {issued.label}")

    def _refused_approval(
        self, approval: Given, error: DaypassError, replica: Replica
    ) -> None:
        """Holds the refusal of an approval to what there is to refuse."""
        if error.detail in _REVOKED:
            self._checker.refused_as_revoked(approval, replica)
        if error.detail == _NOT_OURS:
            self._checker.refused_without_key(approval)


def _names_of_approver(caller: Caller) -> frozenset[tuple[RevocationScope, str]]:
    """Returns by which names a revocation ends what somebody approves."""
    chain, principal = approver_chain(caller), RevocationScope.PRINCIPAL
    return frozenset(
        {
            (RevocationScope.ACCOUNT, caller.principal.account_id),
            *((principal, each) for each in chain.principal_ids),
        }
    )


def _sealing_key_of(token: Secret) -> str:
    """Returns the name of the key that a trade-in token says it is sealed with."""
    data = base64url.decode(token.reveal_text())
    return data[2 : 2 + data[1]].decode("ascii")
