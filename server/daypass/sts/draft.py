"""A session that has been decided, and all that is made of it.

Pure: the same draft, identifiers, times and keys make the same session.

SPEC: design 6; sts-operations 0.5, 0.6 and 2.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from daypass.core.credentials import Credentials
from daypass.core.quick import quick_init
from daypass.core.replay_limits import SIGNED_CALL_KEPT_AFTER
from daypass.core.secret import Secret
from daypass.core.session import (
    CallBinding,
    Session,
    SessionKind,
    SessionPolicies,
    SessionRecord,
)
from daypass.keyring.ring import Ring
from daypass.sts.origin import Origin
from daypass.sts.signed_call import SignedCall
from daypass.tokens.secret_key import derive_secret_access_key
from daypass.tokens.session_token import EncodedSessionToken, SessionTokenCodec


@quick_init
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


@quick_init
@dataclass(frozen=True, slots=True)
class IssuedSession:
    """What was issued."""

    session: Session
    credentials: Credentials
    token: EncodedSessionToken


@quick_init
@dataclass(frozen=True, slots=True)
class Minting:
    """What a session is made of, but for its name.

    Attributes:
        draft: what has been decided.
        origin: where it comes from.
        ring: signing keys and derivation secrets.
        issue_time: when it is issued, in whole seconds.
        mint_id: tells it from others that are tried for the same call.
        call: the signed call that it is issued to, or None.
    """

    draft: SessionDraft
    origin: Origin
    ring: Ring
    issue_time: datetime
    mint_id: str
    call: SignedCall | None

    def make(
        self, access_key_id: str, codec: SessionTokenCodec
    ) -> tuple[IssuedSession, SessionRecord]:
        """Makes the session of this name, with the record for the store.

        Raises:
            PackedPolicyTooLargeError: its policies and tags do not fit.
        """
        draft, derivation = self.draft, self.ring.current_derivation
        session = self._session(access_key_id, derivation.key_id)
        token = codec.encode(
            session,
            self.ring,
            size_min=draft.token_size_min,
            report_packed=draft.report_packed,
        )
        credentials = Credentials(
            access_key_id,
            derive_secret_access_key(access_key_id, derivation),
            Secret(token.text),
            session.expire_time,
        )
        record = self._record(session, self._binding(token))
        return IssuedSession(session, credentials, token), record

    def _session(self, access_key_id: str, derivation_key_id: str) -> Session:
        draft, origin = self.draft, self.origin
        return Session(
            kind=draft.kind,
            access_key_id=access_key_id,
            account_id=draft.account_id,
            principal_id=draft.principal_id,
            session_name=draft.session_name,
            issue_time=self.issue_time,
            expire_time=self.issue_time + draft.duration,
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

    def _record(self, session: Session, binding: CallBinding | None) -> SessionRecord:
        origin = self.origin
        return SessionRecord(
            access_key_id=session.access_key_id,
            kind=session.kind,
            account_id=session.account_id,
            principal_id=session.principal_id,
            principal_arn=self.draft.principal_arn,
            session_name=session.session_name,
            issue_time=session.issue_time,
            expire_time=session.expire_time,
            issued_to=origin.issued_to,
            parent_access_key_id=origin.parent_access_key_id,
            origin_id=session.origin_id,
            epoch=session.epoch,
            ancestors=session.ancestors,
            source_identity=session.source_identity,
            binding=binding,
        )

    def _binding(self, token: EncodedSessionToken) -> CallBinding | None:
        if self.call is None:
            return None
        return CallBinding(
            call_id=self.call.call_id,
            mint_id=self.mint_id,
            token_digest=token.digest,
            keep_until=self.call.expire_time + SIGNED_CALL_KEPT_AFTER,
        )
