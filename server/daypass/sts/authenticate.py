"""From a signature to a proven caller.

The order of the checks is the order in which a caller learns of faults: the form
of the proof, its scope and date, the key and the token bound to it, the token's
expiry, revocation, whether the principal still exists, and last the signature.

SPEC: sts-operations 3.4 steps 1 to 9, 0.11, 0.12.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from daypass.core.errors import (
    DaypassError,
    InvalidClientTokenIdError,
    MissingAuthenticationTokenError,
)
from daypass.core.ports import Clock, Entropy, Snapshot
from daypass.core.principal import AccountPrincipal
from daypass.core.revocation import Epoch
from daypass.core.secret import Secret
from daypass.core.session import Session
from daypass.directory.model import Directory
from daypass.keyring.ring import Ring
from daypass.sigv4.grpc_proof import GrpcProof, read_proof
from daypass.sigv4.signature import SigningKeyCache
from daypass.sts.audit import AuditEntry, Auditor
from daypass.sts.caller import CallContext, Caller
from daypass.sts.pipeline import record_refusal
from daypass.sts.principals import principal_of_session
from daypass.sts.revocation_view import RevocationView
from daypass.tokens.secret_key import derive_secret_access_key
from daypass.tokens.session_token import SessionTokenVerifier

_AUTHENTICATE = "Authenticate"
_SECRET_BYTES = 30


@dataclass(frozen=True, slots=True)
class _Claimed:
    """Who a proof says it is of, before its signature has been checked."""

    principal: AccountPrincipal
    secret_access_key: Secret
    epoch: Epoch
    session: Session | None


class SigV4Authenticator:
    """Proves callers by signature version 4.

    Args:
        directory: long-term keys, and which principals exist.
        ring: derivation secrets.
        tokens: verifies session tokens.
        revocations: which sessions have been ended.
        signing_keys: remembered signing keys.
        regions: the regions that a signature may name; empty means any.
        clock: dates the check.
        entropy: makes the secret that unknown keys are checked against.
        auditor: records refusals.
    """

    def __init__(
        self,
        *,
        directory: Snapshot[Directory],
        ring: Snapshot[Ring],
        tokens: SessionTokenVerifier,
        revocations: RevocationView,
        signing_keys: SigningKeyCache,
        regions: frozenset[str],
        clock: Clock,
        entropy: Entropy,
        auditor: Auditor,
    ) -> None:
        self._directory = directory
        self._ring = ring
        self._tokens = tokens
        self._revocations = revocations
        self._signing_keys = signing_keys
        self._regions = regions
        self._clock = clock
        self._decoy = Secret(entropy.token_bytes(_SECRET_BYTES).hex())
        self._auditor = auditor

    async def authenticate(
        self,
        method: str,
        metadata: Iterable[tuple[str, str | bytes]],
        body: bytes,
        *,
        call: CallContext,
    ) -> Caller:
        """Proves the caller of a gRPC method.

        Args:
            method: the full method, such as `/daypass.api.sts.v1.…/AssumeRole`.
            metadata: as received.
            body: the request message as received; streams sign the empty string.
            call: for the record of a refusal.

        Raises:
            RejectedError: there is no proof, or it is not good.
            UnavailableError: this worker cannot tell whether a session was ended.
        """
        try:
            proof = read_proof(method=method, metadata=metadata, body=body)
            if proof is None:
                raise MissingAuthenticationTokenError("no_proof")
            return self._prove(proof)
        except DaypassError as error:
            entry = AuditEntry(
                _AUTHENTICATE, call, None, call.request_id, resource=method
            )
            record_refusal(self._auditor, entry, error)
            raise

    def _prove(self, proof: GrpcProof) -> Caller:
        now = self._clock.now()
        proof.check_scope_and_time(now, self._regions)
        claimed = self._claimed(proof, now)
        if claimed is None:
            # The same work as for a known key, so that time does not tell them
            # apart (attacks V15).
            proof.verify_decoy(self._decoy)
            raise InvalidClientTokenIdError("access_key_unknown")
        proof.verify(claimed.secret_access_key, self._signing_keys)
        return Caller(
            principal=claimed.principal,
            access_key_id=proof.access_key_id,
            region=proof.region,
            epoch=claimed.epoch,
            session=claimed.session,
        )

    def _claimed(self, proof: GrpcProof, now: datetime) -> _Claimed | None:
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

    def _claimed_by_token(
        self, proof: GrpcProof, token: Secret, now: datetime
    ) -> _Claimed:
        session = self._tokens.verify(
            token.reveal_text(), now, access_key_id=proof.access_key_id
        )
        epoch = self._revocations.check(session)
        principal = principal_of_session(session, self._directory.current())
        derivation = self._ring.current().derivation_secret(session.derivation_key_id)
        if derivation is None:
            raise InvalidClientTokenIdError("derivation_secret_gone")
        secret = derive_secret_access_key(session.access_key_id, derivation)
        return _Claimed(principal, secret, epoch, session)
