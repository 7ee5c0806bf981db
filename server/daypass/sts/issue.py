"""Makes a session: its identifiers, its token, its record, its credentials.

The record is stored before anything leaves. A store that does not acknowledge it
means that nothing is issued: the token was never shown to anybody.

SPEC: design 6; sts-operations 0.5, 0.6 and 2.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from daypass.core import limits
from daypass.core.clock import whole_second
from daypass.core.credentials import Credentials
from daypass.core.errors import AccessKeyTakenError, InternalFailureError
from daypass.core.identifiers import TEMPORARY_KEY_PREFIX, new_access_key_id
from daypass.core.ports import Clock, Entropy, SessionStore, Snapshot
from daypass.core.secret import Secret
from daypass.core.session import (
    Session,
    SessionKind,
    SessionPolicies,
    SessionRecord,
)
from daypass.keyring.ring import Ring
from daypass.sts.origin import Origin, origin_of_caller
from daypass.sts.pipeline import Invocation, TakeBack
from daypass.tokens.secret_key import derive_secret_access_key
from daypass.tokens.session_token import EncodedSessionToken, SessionTokenCodec


@dataclass(frozen=True, slots=True)
class SessionDraft:
    """A session that has been decided and is to be issued.

    The issuer adds its name and its times, and the origin where it comes from.

    Attributes:
        kind: the operation.
        account_id: the account that will own it.
        principal_id: the unique id of its role or user.
        principal_arn: the ARN of its role or user, for the record.
        session_name: the role session's or federated user's name, else empty.
        duration: how long it lasts.
        tags: session tags, the inherited ones included.
        transitive_tag_keys: those that pass on.
        source_identity: sent or inherited, or None.
        policies: the session policies.
        token_size_min: the fewest bytes that its token shall have.
        mfa_time: when a second factor was shown, for a session of a user.
        report_packed: whether the answer says how much is packed even where that
            is neither policies nor tags.
    """

    kind: SessionKind
    account_id: str
    principal_id: str
    principal_arn: str
    session_name: str
    duration: timedelta
    tags: Mapping[str, str]
    transitive_tag_keys: frozenset[str]
    source_identity: str | None
    policies: SessionPolicies
    token_size_min: int
    mfa_time: datetime | None = None
    report_packed: bool = False


@dataclass(frozen=True, slots=True)
class IssuedSession:
    """What was issued."""

    session: Session
    credentials: Credentials
    token: EncodedSessionToken


class SessionIssuer:
    """Issues sessions.

    Args:
        ring: signing keys and derivation secrets.
        codec: makes session tokens.
        store: keeps the records.
        clock: dates the sessions.
        entropy: draws access key ids.
    """

    def __init__(
        self,
        *,
        ring: Snapshot[Ring],
        codec: SessionTokenCodec,
        store: SessionStore,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._ring = ring
        self._codec = codec
        self._store = store
        self._clock = clock
        self._entropy = entropy

    async def issue(
        self,
        draft: SessionDraft,
        invocation: Invocation,
        *,
        origin: Origin | None = None,
    ) -> IssuedSession:
        """Issues a session; a call that fails later takes it back.

        Args:
            draft: what has been decided.
            invocation: the call.
            origin: where it comes from; the caller, unless a proof is named here.

        Raises:
            PackedPolicyTooLargeError: its policies and tags do not fit.
            StoreUnavailableError: it could not be stored, so it does not exist.
        """
        if origin is None:
            origin = origin_of_caller(invocation.caller, draft.kind)
        ring = self._ring.current()
        derivation = ring.current_derivation
        issue_time = whole_second(self._clock.now())
        for _ in range(limits.ACCESS_KEY_ATTEMPTS_MAX):
            access_key_id = new_access_key_id(
                TEMPORARY_KEY_PREFIX, draft.account_id, self._entropy
            )
            session = _session(
                draft, origin, access_key_id, issue_time, derivation.key_id
            )
            token = self._codec.encode(
                session,
                ring,
                size_min=draft.token_size_min,
                report_packed=draft.report_packed,
            )
            record = _record(session, draft.principal_arn, origin)
            # Before the write, because a cancelled write may have been made.
            discard = partial(self._store.discard, record)
            invocation.undo.append(TakeBack(access_key_id, discard))
            try:
                await self._store.add(record)
            except AccessKeyTakenError:
                invocation.undo.pop()
                continue
            secret = derive_secret_access_key(access_key_id, derivation)
            credentials = Credentials(
                access_key_id, secret, Secret(token.text), session.expire_time
            )
            return IssuedSession(session, credentials, token)
        raise InternalFailureError("access_key_ids_collide")


def _session(
    draft: SessionDraft,
    origin: Origin,
    access_key_id: str,
    issue_time: datetime,
    derivation_key_id: str,
) -> Session:
    return Session(
        kind=draft.kind,
        access_key_id=access_key_id,
        account_id=draft.account_id,
        principal_id=draft.principal_id,
        session_name=draft.session_name,
        issue_time=issue_time,
        expire_time=issue_time + draft.duration,
        epoch=origin.epoch,
        derivation_key_id=derivation_key_id,
        origin_id=origin.origin_id,
        chain_began=origin.chain_began,
        ancestors=origin.ancestors,
        ancestor_principals=origin.ancestor_principals,
        tags=draft.tags,
        transitive_tag_keys=draft.transitive_tag_keys,
        source_identity=draft.source_identity,
        mfa_time=draft.mfa_time,
        federated_provider=origin.federated_provider,
        federated_keys=origin.federated_keys,
        policies=draft.policies,
    )


def _record(session: Session, principal_arn: str, origin: Origin) -> SessionRecord:
    return SessionRecord(
        access_key_id=session.access_key_id,
        kind=session.kind,
        account_id=session.account_id,
        principal_id=session.principal_id,
        principal_arn=principal_arn,
        session_name=session.session_name,
        issue_time=session.issue_time,
        expire_time=session.expire_time,
        issued_to=origin.issued_to,
        parent_access_key_id=origin.parent_access_key_id,
        origin_id=session.origin_id,
        epoch=session.epoch,
        ancestors=session.ancestors,
        source_identity=session.source_identity,
    )
