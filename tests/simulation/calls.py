"""Signed calls of simulated clients: sent to one replica or to several, and again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from daypass.core.credentials import Credentials
from daypass.core.errors import DaypassError
from daypass.sts.caller import CallContext, Caller
from daypass.sts.revocation_view import RevocationView, SessionRevokedError
from daypass.tokens import jws
from daypass.tokens.session_token import SessionTokenVerifier
from simulation.history import Given, Issued
from simulation.parties import METHOD, Party
from simulation.replica import Replica
from simulation.verdicts import names_of
from support.sign import Metadata

# What the holder of a session is told where a replica does not know a key of it.
_KEY_UNKNOWN: Final = frozenset({"session_token_key_unknown", "derivation_secret_gone"})


@dataclass(frozen=True, slots=True)
class Call:
    """A signed call, as often as it is sent.

    Attributes:
        name: tells it from others.
        metadata: its signature.
        body: its message.
        parent: the session that signed it, or None.
    """

    name: str
    metadata: Metadata
    body: bytes
    parent: Issued | None


class Doorway:
    """What a door does between the proof of a call and its use.

    Planted bugs do it otherwise.
    """

    def let_in(self, caller: Caller, view: RevocationView) -> Caller:
        """Returns the caller as the use case gets it."""
        del view
        return caller


class CallingParty(Party):
    """Those who sign calls, or bring a proof, for something that is issued.

    Args:
        tokens: reads session tokens that they were given.
        doorway: what lets their calls in.
        common: what every party has.
    """

    def __init__(
        self, *, tokens: SessionTokenVerifier, doorway: Doorway, **common: Any
    ) -> None:
        super().__init__(**common)
        self._tokens = tokens
        self._doorway = doorway

    def _signed(self, who: str | Issued) -> Call:
        name = f"{self.prefix}-{next(self._numbers)}"
        body = name.encode()
        parent = who if isinstance(who, Issued) else None
        return Call(name, self._signature(who, body), body, parent)

    def _chosen(
        self, replicas: Sequence[Replica], counts: Sequence[int]
    ) -> Iterable[Replica]:
        return self._chance.choices(replicas, k=self._chance.choice(counts))

    async def _prove(
        self, call: Call, replica: Replica, context: CallContext
    ) -> Caller:
        """Proves a call at a replica, and lets it in."""
        began_at = asyncio.get_running_loop().time()
        caller = replica.authenticator.authenticate(
            METHOD, call.metadata, call.body, call=context
        )
        proven = self._checker.history.proven
        proven[call.name] = max(began_at, proven.get(call.name, began_at))
        if call.parent is not None:
            self._checker.proven(call.parent, began_at)
        # A replica with much to do lets a call wait here.
        await asyncio.sleep(self._chance.choice((0.0, 0.0, 0.0, 0.02, 0.3)))
        return self._doorway.let_in(caller, replica.view)

    def _refused_call(
        self, call: Call, context: CallContext, replica: Replica, error: DaypassError
    ) -> None:
        """Takes note of a refusal, and holds it to what there is to refuse."""
        if call.parent is not None:
            if isinstance(error, SessionRevokedError):
                self._checker.refused_as_revoked(call.parent, replica)
            if error.detail in _KEY_UNKNOWN:
                self._checker.refused_without_key(call.parent)
        self._refused(context, replica, error)

    def _issued(
        self,
        credentials: Credentials,
        parent: Issued | None,
        proven_at: float,
        asked: timedelta,
        *,
        parents: tuple[Given | None, ...] = (),
    ) -> Issued:
        """Returns what a client makes of credentials that it is given.

        Args:
            credentials: those.
            parent: the session that they were chained from, or None.
            proven_at: when their caller was proven.
            asked: for how long they were asked for.
            parents: what else they were made of.
        """
        token = credentials.session_token
        session = self._tokens.verify(
            token.reveal_text(), credentials.expire_time - asked
        )
        return Issued(
            label=session.access_key_id,
            token=token,
            epoch=session.epoch,
            issue_time=session.issue_time,
            expire_time=session.expire_time,
            parents=tuple(each for each in (parent, *parents) if each is not None),
            proven_at=proven_at,
            proven_last=proven_at,
            names=names_of(session),
            key_ids=(jws.parse(token.reveal()).kid, session.derivation_key_id),
            session=session,
            secret=credentials.secret_access_key,
            parent=parent,
            asked=asked,
        )
