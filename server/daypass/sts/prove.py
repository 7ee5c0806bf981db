"""From a proof to a proven caller, whatever the proof came with.

The order of the checks is the order in which a caller learns of faults: the scope
and date of the proof, the key and the token bound to it, the token's expiry,
revocation, whether the principal still exists, and last the signature. The form of
the proof was checked when it was read.

SPEC: sts-operations 3.4 steps 3 to 9, 0.11, 0.12.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from daypass.core import limits
from daypass.core.errors import DaypassError, InvalidClientTokenIdError
from daypass.core.ports import Clock, Entropy, Snapshot
from daypass.core.principal import AccountPrincipal
from daypass.core.quick import quick_init
from daypass.core.revocation import Epoch
from daypass.core.secret import Secret
from daypass.core.session import Session
from daypass.directory.model import Directory
from daypass.keyring.ring import Ring
from daypass.sigv4.signature import SigningKeyCache
from daypass.sts.audit import AuditEntry, Auditor
from daypass.sts.caller import CallContext, Caller
from daypass.sts.known_sessions import KnownSession, KnownSessions
from daypass.sts.pipeline import record_refusal
from daypass.sts.principals import principal_of_session
from daypass.sts.revocation_view import RevocationView
from daypass.sts.signed_call import SignedCall, signed_call
from daypass.tokens.secret_key import derive_secret_access_key
from daypass.tokens.session_token import SessionTokenVerifier

_AUTHENTICATE: Final = "Authenticate"
_SECRET_BYTES: Final = 30
_CLAIMED_KEY: Final = re.compile(
    rf"\w{{{limits.ACCESS_KEY_ID_CHARACTERS_MIN},{limits.ACCESS_KEY_ID_CHARACTERS_MAX}}}",
    re.ASCII,
)


class Proof(Protocol):
    """A proof in the right form, of which nothing is known to be true."""

    @property
    def access_key_id(self) -> str:
        """Whose key it claims to be signed with."""
        ...

    @property
    def session_token(self) -> Secret | None:
        """The token that came with it, or None."""
        ...

    @property
    def region(self) -> str:
        """The region of its scope."""
        ...

    @property
    def signature(self) -> str:
        """The signature in its one form, which nothing rests on before `verify`."""
        ...

    @property
    def signed_at(self) -> datetime:
        """When it says it was signed."""
        ...

    @property
    def expire_time(self) -> datetime | None:
        """The last instant that a presigned request is good at; otherwise None."""
        ...

    def check_scope_and_time(self, now: datetime, regions: Collection[str]) -> None:
        """Returns when it is meant for us and for now.

        Raises:
            SignatureDoesNotMatchError: it is not.
        """
        ...

    def verify(self, secret_access_key: Secret, keys: SigningKeyCache) -> str | None:
        """Returns the hash of the payload that the secret signed, None for none.

        Raises:
            SignatureDoesNotMatchError: it did not sign what the proof came with.
        """
        ...

    def verify_decoy(self, decoy: Secret) -> None:
        """Takes as long as a refusal does, and says nothing."""
        ...


@quick_init
@dataclass(frozen=True, slots=True)
class Proven:
    """A caller, and which payload the proof covers: its hash, or None for none."""

    caller: Caller
    payload_sha256: str | None


@quick_init
@dataclass(frozen=True, slots=True)
class _Claimed:
    """Who a proof says it is of, before its signature has been checked."""

    principal: AccountPrincipal
    secret_access_key: Secret
    epoch: Epoch
    session: Session | None


class SigV4Prover:
    """Proves callers by signature version 4.

    Args:
        directory: long-term keys, and which principals exist.
        ring: derivation secrets.
        tokens: verifies session tokens.
        revocations: which sessions have been ended.
        signing_keys: remembered signing keys.
        clock: dates the check.
        entropy: makes the secret that unknown keys are checked against.
    """

    def __init__(
        self,
        *,
        directory: Snapshot[Directory],
        ring: Snapshot[Ring],
        tokens: SessionTokenVerifier,
        revocations: RevocationView,
        signing_keys: SigningKeyCache,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._directory = directory
        self._ring = ring
        self._tokens = tokens
        self._revocations = revocations
        self._signing_keys = signing_keys
        self._clock = clock
        self._sessions = KnownSessions()
        self._decoy = Secret(entropy.token_bytes(_SECRET_BYTES).hex())

    def prove(self, proof: Proof, *, regions: Collection[str]) -> Proven:
        """Proves whose proof it is.

        Args:
            proof: as it was read.
            regions: the regions that its scope may name; empty means any.

        Raises:
            RejectedError: it is not good.
            UnavailableError: this worker cannot tell whether a session was ended.
        """
        now = self._clock.now()
        proof.check_scope_and_time(now, regions)
        claimed = self._claimed(proof, now)
        if claimed is None:
            # The same work as for a known key, so that time does not tell them
            # apart (attacks V15).
            proof.verify_decoy(self._decoy)
            raise InvalidClientTokenIdError("access_key_unknown")
        payload = proof.verify(claimed.secret_access_key, self._signing_keys)
        caller = Caller(
            principal=claimed.principal,
            access_key_id=proof.access_key_id,
            region=proof.region,
            epoch=claimed.epoch,
            session=claimed.session,
            signed_call=_signed_call(proof),
        )
        return Proven(caller, payload)

    def _claimed(self, proof: Proof, now: datetime) -> _Claimed | None:
        if proof.session_token is not None:
            return self._claimed_by_token(proof, proof.session_token, now)
        found = self._directory.current().access_key(proof.access_key_id)
        if found is None:
            return None
        key, owner = found
        if not key.active:
            return None
        epoch = self._revocations.epoch
        return _Claimed(owner.principal, key.secret_access_key, epoch, None)

    def _claimed_by_token(self, proof: Proof, token: Secret, now: datetime) -> _Claimed:
        session = self._tokens.verify(
            token.reveal_text(), now, access_key_id=proof.access_key_id
        )
        epoch = self._revocations.check(session)
        directory = self._directory.current()
        known = self._sessions.find(session, directory)
        principal = (
            principal_of_session(session, directory)
            if known is None
            else known.principal
        )
        derivation = self._ring.current().derivation_secret(session.derivation_key_id)
        if derivation is None:
            raise InvalidClientTokenIdError("derivation_secret_gone")
        if known is None or known.derivation is not derivation:
            secret = derive_secret_access_key(session.access_key_id, derivation)
            known = KnownSession(session, principal, derivation, secret)
            self._sessions.remember(known, directory)
        return _Claimed(principal, known.secret_access_key, epoch, session)


def _signed_call(proof: Proof) -> SignedCall:
    """Returns the call of a proof that has been verified."""
    expire_time = proof.expire_time
    if expire_time is None:
        expire_time = proof.signed_at + limits.SIGNATURE_SKEW_MAX
    return signed_call(
        access_key_id=proof.access_key_id,
        signature=proof.signature,
        sign_time=proof.signed_at,
        expire_time=expire_time,
    )


def record_unproven(
    auditor: Auditor,
    resource: str,
    proof: Proof | None,
    error: DaypassError,
    *,
    call: CallContext,
) -> None:
    """Records that a caller was refused as such.

    Args:
        auditor: records it.
        resource: the method or operation that was called.
        proof: what the call brought, or None where that cannot be read.
        error: why it was refused.
        call: the call.
    """
    entry = AuditEntry(_AUTHENTICATE, call, None, call.request_id, resource=resource)
    if proof is not None:
        record_claim(entry, proof)
    record_refusal(auditor, entry, error)


def record_claim(entry: AuditEntry, proof: Proof) -> None:
    """Notes whose key a proof claims, if that has the form of an access key id.

    It says who was attacked, or whose credentials have gone stale; not who called.
    """
    if _CLAIMED_KEY.fullmatch(proof.access_key_id):
        entry.attributes["claimed_access_key_id"] = proof.access_key_id
