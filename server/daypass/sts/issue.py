"""Issues sessions: names them, stores their records, and gives out credentials.

The record is stored before anything leaves. A store that does not acknowledge it
means that nothing is issued: the token was never shown to anybody.

A signed call is issued one session, however often and wherever it is sent. Its access
key id is derived from it, so that the store, which takes an id once, is what decides
between all workers; whoever comes second is given the same credentials again, or is
refused.

SPEC: design 6; sts-operations 2.4 and 3.4; attacks V01; decision 0013.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from daypass.core import base64url, limits
from daypass.core.clock import from_epoch_seconds, whole_second
from daypass.core.errors import (
    AccessKeyTakenError,
    InternalFailureError,
    StoreUnavailableError,
)
from daypass.core.identifiers import TEMPORARY_KEY_PREFIX, new_access_key_id
from daypass.core.ports import Clock, Entropy, SessionStore, Snapshot
from daypass.core.replay_limits import RING_SETTLED_AFTER
from daypass.core.revocation import Epoch
from daypass.core.session import CallBinding, SessionRecord
from daypass.keyring.ring import Ring
from daypass.sts.draft import SessionDraft
from daypass.sts.origin import Origin, origin_of_caller
from daypass.sts.pipeline import Invocation
from daypass.sts.prepared_mint import IssuedSession, Minting, PreparedMint
from daypass.sts.revocation_view import RevocationView, SessionRevokedError
from daypass.sts.signed_call import answered_before, call_id
from daypass.tokens.access_key import derive_access_key_id
from daypass.tokens.session_token import SessionTokenCodec

__all__ = ["IssuedSession", "SessionDraft", "SessionIssuer"]

_MINT_ID_BYTES: Final = 8
_NO_TIME: Final = timedelta()
_ONE_SECOND: Final = timedelta(seconds=1)
_ATTEMPTS: Final = limits.ACCESS_KEY_ATTEMPTS_MAX


class SessionIssuer:
    """Issues sessions.

    Args:
        ring: signing keys and derivation secrets.
        codec: makes session tokens.
        store: keeps the records.
        revocations: tells whether a session may be given out again.
        clock: dates the sessions.
        entropy: draws access key ids.
    """

    def __init__(
        self,
        *,
        ring: Snapshot[Ring],
        codec: SessionTokenCodec,
        store: SessionStore,
        revocations: RevocationView,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._ring = ring
        self._codec = codec
        self._store = store
        self._revocations = revocations
        self._clock = clock
        self._entropy = entropy
        self._last_second = from_epoch_seconds(0)

    async def issue(
        self,
        draft: SessionDraft,
        session_name: str,
        invocation: Invocation,
        *,
        origin: Origin | None = None,
    ) -> IssuedSession:
        """Issues a session; a call that fails later takes it back.

        Args:
            draft: what has been decided.
            session_name: the role session's or federated user's name, else empty.
            invocation: the call.
            origin: where it comes from; the caller alone, unless it is named here.

        Raises:
            PackedPolicyTooLargeError: its policies and tags do not fit.
            SignatureDoesNotMatchError: the call has been issued a session before,
                which cannot be given out again.
            StoreUnavailableError: it could not be stored, so it does not exist.
        """
        if origin is None:
            origin = origin_of_caller(invocation.caller, draft.kind, draft.account_id)
        mint = self.prepare(draft, origin)
        return await self.mint(mint, session_name, origin.epoch, invocation)

    def prepare(self, draft: SessionDraft, origin: Origin) -> PreparedMint:
        """Returns what sessions of a draft are issued by, to callers of one origin.

        Raises:
            PackedPolicyTooLargeError: policies and tags do not fit into a token.
            StoreUnavailableError: the keys are not known at this moment.
        """
        ring = self._ring.current()
        return PreparedMint(draft, origin, codec=self._codec, ring=ring)

    async def mint(
        self,
        mint: PreparedMint,
        session_name: str,
        epoch: Epoch,
        invocation: Invocation,
    ) -> IssuedSession:
        """Issues a session of a mint that is prepared; see `issue` and `make`."""
        made = self.make(mint, session_name, epoch, invocation)
        return await self.store(made, invocation)

    def make(
        self,
        mint: PreparedMint,
        session_name: str,
        epoch: Epoch,
        invocation: Invocation,
    ) -> IssuedSession:
        """Makes a session, which is nobody's before it is stored.

        Args:
            mint: what the session is made by.
            session_name: the name of the session.
            epoch: how far revocations were known when its proof was checked.
            invocation: the call.
        """
        # Whoever else a session comes from, a proven call has one (attacks V01).
        proven = invocation.proven
        call = proven.signed_call if proven is not None else None
        ring = self._ring.current()
        if call is None:
            digest = b""
            access_key_id = self._new_id(mint)
        else:
            digest = call.digest_of(invocation.item)
            derivation = ring.derivation_at(call.sign_time - RING_SETTLED_AFTER)
            access_key_id = derive_access_key_id(
                digest, mint.draft.account_id, derivation
            )
        minting = Minting(
            session_name,
            epoch,
            ring,
            self._second(),
            self._entropy.id_bytes(_MINT_ID_BYTES),
            call,
            digest,
        )
        return mint.make(minting, access_key_id)

    async def store(
        self, made: IssuedSession, invocation: Invocation, *, attempts: int = _ATTEMPTS
    ) -> IssuedSession:
        """Stores a session that was made, and returns it; see `issue`.

        Args:
            made: the session.
            invocation: the call that it is for.
            attempts: how often to try, this time included.
        """
        # Noted before the write: one that is cancelled may count.
        invocation.undo.append((made.record, self._store.discard))
        try:
            await self._store.add(made.record)
        except AccessKeyTakenError as error:
            taken = error
        else:
            return made
        invocation.undo.pop()
        return await self.settle(made, taken, invocation, attempts=attempts)

    async def store_all(
        self, sessions: Sequence[tuple[IssuedSession, Invocation]]
    ) -> list[AccessKeyTakenError | StoreUnavailableError | None]:
        """Stores sessions in one go, each by itself and for a call of its own.

        Returns:
            Of each, None where it is stored; what `settle` takes where there is
            one of its name; or that it does not exist.
        """
        discard = self._store.discard
        for made, invocation in sessions:
            invocation.undo.append((made.record, discard))
        outcomes = await self._store.add_many([made.record for made, _ in sessions])
        for (_, invocation), outcome in zip(sessions, outcomes, strict=True):
            if isinstance(outcome, AccessKeyTakenError):
                invocation.undo.pop()
        return outcomes

    async def settle(
        self,
        made: IssuedSession,
        taken: AccessKeyTakenError,
        invocation: Invocation,
        *,
        attempts: int = _ATTEMPTS,
    ) -> IssuedSession:
        """Issues a session whose name was taken when it was to be stored.

        To a signed call that was answered before it is the same one again. Any
        other gets another name.

        Args:
            made: the session.
            taken: who has its name.
            invocation: the call that it is for.
            attempts: how many there may be, the one that has failed included.

        Raises:
            SignatureDoesNotMatchError: that one cannot be given out again.
            StoreUnavailableError: it could not be stored, so it does not exist.
        """
        if made.minting.call is None:
            if attempts == 1:
                raise InternalFailureError("access_key_ids_collide")
            made = made.mint.make(made.minting, self._new_id(made.mint))
        else:
            again = self._made_again(made, taken.holder)
            # Whoever was issued it first cannot take it back any more; where that
            # has happened already, the id is free again.
            if await self._store.share(taken.holder):
                invocation.audit.attributes["repeat"] = "true"
                return again
            if attempts == 1:
                raise _come_back("signed_call_contended")
        return await self.store(made, invocation, attempts=attempts - 1)

    def _second(self) -> datetime:
        """Returns the second that it is; the same object as long as it lasts."""
        now = self._clock.now()
        if not _NO_TIME <= now - self._last_second < _ONE_SECOND:
            self._last_second = whole_second(now)
        return self._last_second

    def _new_id(self, mint: PreparedMint) -> str:
        return new_access_key_id(
            TEMPORARY_KEY_PREFIX, mint.draft.account_id, self._entropy
        )

    def _made_again(self, made: IssuedSession, holder: SessionRecord) -> IssuedSession:
        """Makes the very session again that a record is of.

        Raises:
            SignatureDoesNotMatchError: it has ended, or would be another one today.
            StoreUnavailableError: the record is of another call.
        """
        binding = holder.binding
        if binding is None or binding.call_id != call_id(made.minting.call_digest):
            # Two calls in some hundred thousand million have one id. To try another
            # one could make two sessions of one call, once the first id is free.
            raise _come_back("access_key_id_of_another_call")
        first = replace(
            made.minting,
            epoch=holder.epoch,
            issue_time=holder.issue_time,
            mint_id=_mint_id(binding),
        )
        issued = made.mint.make(first, holder.access_key_id)
        if issued.record != holder:
            raise answered_before("signed_call_changed")
        if holder.expire_time <= self._clock.now():
            raise answered_before("signed_call_session_ended")
        try:
            self._revocations.check(issued.session)
        except SessionRevokedError as error:
            raise answered_before("signed_call_session_revoked") from error
        return issued


def _come_back(detail: str) -> StoreUnavailableError:
    return StoreUnavailableError(detail, retry_after=limits.STORE_RETRY_AFTER)


def _mint_id(binding: CallBinding) -> bytes:
    try:
        return base64url.decode(binding.mint_id)
    except base64url.InvalidBase64UrlError:
        # None that we would name so; what is made by it is no such session.
        return b""
