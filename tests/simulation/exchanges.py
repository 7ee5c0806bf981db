"""What the clients of token exchange do: they exchange, hand on, and revoke."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from daypass.core.errors import DaypassError
from daypass.core.exchanged_token import ExchangedToken, TokenType
from daypass.core.ports import GuardKey
from daypass.core.revocation import RevocationScope
from daypass.core.secret import Secret
from daypass.sts.caller import Caller
from daypass.sts.exchange_issue import ExchangeResult
from daypass.sts.exchange_request import ExchangeTokenRequest
from daypass.tokens import jws
from daypass.tokens.claims import VerifiedClaims
from daypass.tokens.exchanged_claims import decode_claims
from daypass.tokens.signature_checks import SignatureChecks
from simulation import organisation
from simulation.calls import Call, CallingParty
from simulation.federation import identity_token, once_of
from simulation.history import Exchanged, Given, Issued, Revoking
from simulation.replica import Replica

_ACCESS: Final = TokenType.ACCESS_TOKEN.value
# Most are revoked before long.
_LATEST: Final = 4
# Some come back with the same subject when it is nearly over.
_PAUSES: Final = (0.0, 0.0, 0.002, 1.0, 60.0)


@dataclass(frozen=True, slots=True)
class Swap:
    """What somebody wants exchanged.

    Attributes:
        request: the parameters.
        once: what the subject is used up as; None where it is good for longer.
        subject: the token of ours that is shown, or None.
        ends: the most that what is issued may last.
    """

    request: ExchangeTokenRequest
    once: GuardKey | None
    subject: Exchanged | None
    ends: timedelta


class Exchangers(CallingParty):
    """Clients of token exchange; see `CallingParty`."""

    prefix = "exchange"

    def exchange(
        self,
        replicas: Sequence[Replica],
        sessions: Sequence[Issued],
        tokens: Sequence[Exchanged],
    ) -> None:
        """A client shows a token, one of ours perhaps, at one replica or several."""
        swap = self._wanted(tokens)
        for _ in range(self._chance.choice((1, 1, 2))):
            call = self._signed(self._client(sessions))
            for replica in self._chosen(replicas, (1, 1, 2)):
                pause = self._chance.choice(_PAUSES)
                replica.spawn(self._deliver(call, swap, replica, pause))

    def revoke(self, replicas: Sequence[Replica], tokens: Sequence[Exchanged]) -> None:
        """A client, or an administrator, ends a token, at one replica or at two."""
        if not tokens:
            return
        token = self._chance.choice(tokens)
        admin = organisation.ADMINS[organisation.DEPOT]
        for replica in self._chosen(replicas, (1, 1, 2)):
            call = self._signed(admin)
            pause = self._chance.choice((0.0, 0.0, 0.001, 0.02))
            replica.spawn(self._revoke(call, token, replica, pause))

    def _client(self, sessions: Sequence[Issued]) -> str | Issued:
        """Returns a user, or the holder of a session of a role that may exchange."""
        able = [each for each in sessions if organisation.exchanges(each.session)]
        if able and self._chance.random() < 0.5:
            return self._chance.choice(able)
        return organisation.CLIENT

    def _wanted(self, tokens: Sequence[Exchanged]) -> Swap:
        now = self._clock.now()
        live = [each for each in tokens if each.expire_time > now][-_LATEST:]
        if live and self._chance.random() < 0.6:
            return self._onward(self._chance.choice(live))
        lasts = self._chance.choice((600, 3600, 3600))
        text = identity_token(f"subject-{next(self._numbers)}", now, lasts)
        request = ExchangeTokenRequest(
            subject_token=Secret(text),
            subject_token_type=TokenType.ID_TOKEN.value,
            audiences=(organisation.IMAGES,),
        )
        return Swap(request, once_of(text), None, organisation.IMAGES_LAST)

    def _onward(self, subject: Exchanged) -> Swap:
        """Returns the exchange of a token of ours, for another one or credentials."""
        token, content = subject.token, subject.content
        if organisation.STORAGE in content.audiences:
            request = ExchangeTokenRequest(
                subject_token=token,
                subject_token_type=_ACCESS,
                requested_token_type=TokenType.CREDENTIALS.value,
            )
            return Swap(request, None, subject, organisation.READER_LASTS)
        request = ExchangeTokenRequest(
            subject_token=token,
            subject_token_type=_ACCESS,
            audiences=(organisation.STORAGE,),
        )
        once = GuardKey("exchanged-token", (content.token_id,))
        return Swap(request, once, subject, organisation.STORAGE_LASTS)

    async def _deliver(
        self, call: Call, swap: Swap, replica: Replica, pause: float
    ) -> None:
        await asyncio.sleep(pause)
        context, began_at = self._context(), asyncio.get_running_loop().time()
        run = replica.use_cases.exchange.exchange_token.run
        try:
            caller = await self._prove(call, replica, context)
            shown_at = asyncio.get_running_loop().time()
            result = await run(swap.request, caller, context)
        except DaypassError as error:
            self._refused_call(call, context, replica, error)
            self._refused_subject(swap, error, replica)
            return
        if swap.once is not None:
            self._checker.used(swap.once)
        if swap.subject is not None:
            self._checker.proven(swap.subject, shown_at)
        if result.credentials is not None:
            given: Given = self._session(result, call, swap, began_at)
        else:
            given = self._token(result, call, swap, began_at)
        given.proven_last = self._checker.history.proven[call.name]
        if isinstance(given, Issued):
            self._checker.answered(given, call.name, context.request_id, replica)
        elif isinstance(given, Exchanged):
            self._checker.handed_out(given, swap.ends, context.request_id, replica)
        self._note(context, replica, f"gave {call.name} {given.label}")

    def _session(
        self, result: ExchangeResult, call: Call, swap: Swap, began_at: float
    ) -> Issued:
        assert result.credentials is not None
        return self._issued(
            result.credentials,
            call.parent,
            began_at,
            result.lifetime,
            parents=(swap.subject,),
        )

    def _token(
        self, result: ExchangeResult, call: Call, swap: Swap, began_at: float
    ) -> Exchanged:
        assert result.token is not None
        content, kid = self._content(result.token)
        parents = (call.parent, swap.subject)
        return Exchanged(
            label=content.token_id,
            token=result.token,
            epoch=content.epoch,
            issue_time=content.issue_time,
            expire_time=content.expire_time,
            parents=tuple(each for each in parents if each is not None),
            proven_at=began_at,
            proven_last=began_at,
            names=names_of_token(content),
            key_ids=(kid,),
            content=content,
        )

    def _content(self, token: Secret) -> tuple[ExchangedToken, str]:
        """Returns what a token says, whatever the time, and the key that signed it."""
        unverified = jws.parse(token.reveal())
        known = self._checker.rings.known
        payload = unverified.verify(
            known.keys[unverified.kid],
            token_type=unverified.token_type,
            checks=SignatureChecks(),
        )
        claims = VerifiedClaims(None, payload=payload)
        issuer = organisation.OUR_ISSUER
        content = decode_claims(claims, issuer=issuer, ring_id=known.ring_id)
        return content, unverified.kid

    async def _revoke(
        self, call: Call, token: Exchanged, replica: Replica, pause: float
    ) -> None:
        await asyncio.sleep(pause)
        context = self._context()
        name = (RevocationScope.TOKEN, token.label)
        revoking = Revoking(name, asyncio.get_running_loop().time())
        everywhere = False
        self._checker.revocation_began(revoking)
        try:
            caller: Caller = await self._prove(call, replica, context)
            known = replica.may_know_key(token.key_id)
            run = replica.use_cases.exchange.revoke_token.run
            result = await run(token.token, caller, context)
            # A key that is being revoked is in no ring any more, and nobody has been
            # told so yet (decision 0061).
            known = known and replica.may_know_key(token.key_id)
            everywhere = result.effective_everywhere and known
            told = result.effective_everywhere
            self._note(context, replica, f"revoked {token.label} {told}, key {known}")
        except DaypassError as error:
            self._refused_call(call, context, replica, error)
        finally:
            self._checker.token_revocation_ended(
                revoking, token, replica, everywhere=everywhere
            )

    def _refused_subject(
        self, swap: Swap, error: DaypassError, replica: Replica
    ) -> None:
        if swap.subject is None:
            return
        if error.detail == "token_revoked":
            self._checker.refused_as_revoked(swap.subject, replica)
        if error.detail == "token_key_unknown":
            self._checker.refused_without_key(swap.subject)


def names_of_token(token: ExchangedToken) -> frozenset[tuple[RevocationScope, str]]:
    """Returns by which names a token of an exchange may be revoked."""
    principal, account = RevocationScope.PRINCIPAL, RevocationScope.ACCOUNT
    return frozenset(
        {
            (RevocationScope.TOKEN, token.token_id),
            (account, token.account_id),
            (principal, token.client_principal_id),
            *((principal, each) for each in token.principals),
            *((account, each) for each in token.principals),
        }
    )
