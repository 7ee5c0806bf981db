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
from datetime import datetime, timedelta
from typing import Final, Protocol

from daypass.core import limits
from daypass.core.errors import DaypassError, InvalidClientTokenIdError
from daypass.core.ports import Clock, Entropy, Snapshot
from daypass.core.principal import AccountPrincipal
from daypass.core.revocation import Epoch
from daypass.core.secret import Secret
from daypass.core.session import Session
from daypass.directory.model import Directory
from daypass.keyring.ring import Ring
from daypass.sigv4.scope import check_scope, check_time
from daypass.sigv4.signature import Credential, SigningKeyCache
from daypass.sts.audit import AuditEntry, Auditor
from daypass.sts.caller import CallContext, Caller
from daypass.sts.known_sessions import KnownSession, KnownSessions
from daypass.sts.pipeline import record_refusal
from daypass.sts.principals import principal_of_session
from daypass.sts.revocation_view import RevocationView
from daypass.sts.signed_call import SignedCall
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
    def credential(self) -> Credential:
        """Whose key it claims to be signed with, and within which scope."""
        ...

    @property
    def session_token(self) -> Secret | None:
        """The token that came with it, or None."""
        ...

    @property
    def signature(self) -> str:
        """The signature in its one form, which nothing rests on before `verify`."""
        ...

    @property
    def timestamp(self) -> str:
        """When it says it was signed, as it was signed."""
        ...

    @property
    def signed_at(self) -> datetime:
        """The same instant."""
        ...

    @property
    def service(self) -> str:
        """The service that it has to be signed for."""
        ...

    @property
    def lifetime(self) -> timedelta:
        """How long it is good for."""
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

    def prove(self, proof: Proof, *, regions: Collection[str]) -> Caller:
        """Proves whose proof it is.

        Args:
            proof: as it was read.
            regions: the regions that its scope may name; empty means any.

        Returns:
            The caller, with its signed call.

        Raises:
            RejectedError: it is not good.
            UnavailableError: this worker cannot tell whether a session was ended.
        """
        now = self._clock.now()
        credential, token = proof.credential, proof.session_token
        signed_at, lifetime = proof.signed_at, proof.lifetime
        check_scope(credential.scope, proof.timestamp, regions, service=proof.service)
        check_time(signed_at, now, lifetime=lifetime)
        principal: AccountPrincipal
        session: Session | None
        if token is None:
            found = self._directory.current().access_keys.get(credential.access_key_id)
            if found is None or not found[0].active:
                raise self._unknown_key(proof)
            key, owner = found
            principal, secret, session = owner.principal, key.secret_access_key, None
            epoch = self._revocations.epoch
        else:
            known, epoch = self._known(token, credential.access_key_id, now)
            principal, secret = known.principal, known.secret_access_key
            session = known.session
        payload_sha256 = proof.verify(secret, self._signing_keys)
        call = SignedCall(
            credential.access_key_id,
            proof.signature,
            signed_at,
            signed_at + lifetime,
            payload_sha256,
        )
        region = credential.scope.region
        return Caller(principal, credential.access_key_id, region, epoch, session, call)

    def _unknown_key(self, proof: Proof) -> InvalidClientTokenIdError:
        """Returns the refusal of a key that there is not, or that is not active.

        After the same work as for a known key, so that time does not tell them apart
        (attacks V15).
        """
        proof.verify_decoy(self._decoy)
        return InvalidClientTokenIdError("access_key_unknown")

    def _known(
        self, token: Secret, access_key_id: str, now: datetime
    ) -> tuple[KnownSession, Epoch]:
        """Returns the session of a token, and how far revocations were known."""
        session = self._tokens.verify(
            token.reveal_text(), now, access_key_id=access_key_id
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
        return known, epoch


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
    access_key_id = proof.credential.access_key_id
    if _CLAIMED_KEY.fullmatch(access_key_id):
        entry.attributes["claimed_access_key_id"] = access_key_id
