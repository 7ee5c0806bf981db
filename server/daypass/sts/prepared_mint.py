"""A mint that is prepared: all that one session has in common with the next.

Sidecars and services ask for the same role with the same parameters again and again.
What they get differs in an access key id, a name, times, a place in the revocation log
and the call that it is issued to (`Minting`); all else follows from what was decided
and from where it comes from, and is put together once.

Pure: the same draft, origin and minting make the same session. A mint that is used for
the first time does what it does each time, so that none can come out differently.

SPEC: design 6; sts-operations 0.5, 0.6 and 2.4; decision 0050.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from daypass.core import base64url
from daypass.core.clock import to_epoch_seconds
from daypass.core.credentials import Credentials
from daypass.core.quick import quick_init
from daypass.core.replay_limits import SIGNED_CALL_KEPT_AFTER
from daypass.core.revocation import Epoch
from daypass.core.secret import Secret
from daypass.core.session import CallBinding, Session, SessionRecord
from daypass.keyring.ring import Ring, RingSecret
from daypass.sts.draft import SessionDraft
from daypass.sts.origin import Origin
from daypass.sts.signed_call import SignedCall
from daypass.tokens.secret_key import derive_secret_access_key
from daypass.tokens.session_template import SessionTokenTemplate
from daypass.tokens.session_token import SessionTokenCodec

# The names in a binding: the beginnings of two digests, and a mint's id. Each has
# zeros behind it that fill it up to whole groups of base64.
_NAMES: Final = struct.Struct("16s2x16s2x8sx")
_CALL: Final = slice(0, 22)
_TOKEN: Final = slice(24, 46)
_MINT: Final = slice(48, 59)
# Stands for the times of sessions where they do not count.
_NO_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)


@quick_init
@dataclass(frozen=True, slots=True)
class Minting:
    """What is of one session alone, but for its access key id.

    Attributes:
        session_name: the role session's or federated user's name, else empty.
        epoch: how far revocations were known when its proof was checked.
        ring: signing keys and derivation secrets.
        issue_time: when it is issued, in whole seconds.
        mint_id: tells it from others that are tried for the same call; 8 bytes.
        call: the signed call that it is issued to, or None.
        call_digest: names that call, or the item of it that the session is for.
    """

    session_name: str
    epoch: Epoch
    ring: Ring
    issue_time: datetime
    mint_id: bytes
    call: SignedCall | None
    call_digest: bytes = b""


@quick_init
@dataclass(frozen=True, slots=True)
class _Keys:
    """What a mint makes sessions with as long as one ring is in use."""

    ring: Ring
    derivation: RingSecret
    token: SessionTokenTemplate


@quick_init
@dataclass(frozen=True, slots=True)
class _Times:
    """The times of all sessions that a mint issues within one second.

    `issued_at` and `expires_at` are the same times in seconds since 1970.
    """

    issue_time: datetime
    expire_time: datetime
    issued_at: int
    expires_at: int

    @classmethod
    def of(cls, issue_time: datetime, duration: timedelta) -> _Times:
        expire_time = issue_time + duration
        return cls(
            issue_time,
            expire_time,
            to_epoch_seconds(issue_time),
            to_epoch_seconds(expire_time),
        )


class PreparedMint:
    """Makes the sessions of one draft and one origin.

    Args:
        draft: what has been decided.
        origin: where the sessions come from; its epoch is not theirs.
        codec: makes their tokens.
        ring: what the first of them is made with.

    Raises:
        PackedPolicyTooLargeError: policies and tags do not fit into a token.
        StoreUnavailableError: a key was revoked a moment ago.
    """

    __slots__ = ("_codec", "_keys", "_origin", "_times", "draft")

    def __init__(
        self,
        draft: SessionDraft,
        origin: Origin,
        *,
        codec: SessionTokenCodec,
        ring: Ring,
    ) -> None:
        self.draft = draft
        self._origin = origin
        self._codec = codec
        self._keys = self._keys_anew(ring)
        self._times = _Times.of(_NO_TIME, draft.duration)

    def make(self, minting: Minting, access_key_id: str) -> IssuedSession:
        """Makes the session of this access key id, with the record for the store.

        Raises:
            PackedPolicyTooLargeError: its token is too long.
            StoreUnavailableError: a key was revoked a moment ago.
        """
        keys, times = self._keys, self._times
        # NOTE: the very same ring, and not one of the same version: whoever learns of
        # a change, or of a key that was revoked, uses another one from then on.
        if keys.ring is not minting.ring:
            keys = self._keys = self._keys_anew(minting.ring)
        if times.issue_time != minting.issue_time:
            times = self._times = _Times.of(minting.issue_time, self.draft.duration)
        token = keys.token.sign(
            access_key_id,
            minting.session_name,
            issued_at=times.issued_at,
            expires_at=times.expires_at,
            epoch=minting.epoch,
        )
        credentials = Credentials(
            access_key_id,
            derive_secret_access_key(access_key_id, keys.derivation),
            Secret(token),
            times.expire_time,
        )
        record = self._record(access_key_id, minting, times, token)
        percent = keys.token.packed_percent
        return IssuedSession(credentials, percent, len(token), record, self, minting)

    def session(self, record: SessionRecord, ring: Ring) -> Session:
        """Returns the session of a record, as its token says it."""
        return self._session(
            record.access_key_id,
            record.session_name,
            issue_time=record.issue_time,
            epoch=record.epoch,
            ring=ring,
        )

    def _keys_anew(self, ring: Ring) -> _Keys:
        draft = self.draft
        # Of what sessions are alike in; the rest is none's.
        like = self._session(
            "", "", issue_time=_NO_TIME, epoch=self._origin.epoch, ring=ring
        )
        template = self._codec.template(
            like,
            ring,
            size_min=draft.token_size_min,
            report_packed=draft.report_packed,
        )
        return _Keys(ring, ring.current_derivation, template)

    def _session(
        self,
        access_key_id: str,
        session_name: str,
        *,
        issue_time: datetime,
        epoch: Epoch,
        ring: Ring,
    ) -> Session:
        draft, origin = self.draft, self._origin
        return Session(
            kind=draft.kind,
            access_key_id=access_key_id,
            account_id=draft.account_id,
            principal_id=draft.principal_id,
            session_name=session_name,
            issue_time=issue_time,
            expire_time=issue_time + draft.duration,
            epoch=epoch,
            derivation_key_id=ring.current_derivation.key_id,
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

    def _record(
        self,
        access_key_id: str,
        minting: Minting,
        times: _Times,
        token: bytes,
    ) -> SessionRecord:
        draft, origin, call = self.draft, self._origin, minting.call
        # In the order of its fields, as this is done for each session.
        return SessionRecord(
            access_key_id,
            draft.kind,
            draft.account_id,
            draft.principal_id,
            draft.principal_arn,
            minting.session_name,
            times.issue_time,
            times.expire_time,
            origin.issued_to,
            origin.parent_access_key_id,
            origin.origin_id,
            minting.epoch,
            origin.ancestors,
            draft.source_identity,
            None if call is None else _binding(minting, call.expire_time, token),
        )


@quick_init
@dataclass(frozen=True, slots=True)
class IssuedSession:
    """What is issued; until its record is stored it is nobody's.

    Attributes:
        credentials: what the caller gets.
        packed_policy_percent: how full the budget of policies and tags is, from 1;
            None where the session has neither.
        session_token_bytes: how long its token is.
        record: what the store keeps.
        mint: what it was made by.
        minting: what is of it alone.
    """

    credentials: Credentials
    packed_policy_percent: int | None
    session_token_bytes: int
    record: SessionRecord
    mint: PreparedMint = field(repr=False)
    minting: Minting = field(repr=False)

    @property
    def access_key_id(self) -> str:
        """The name of the session."""
        return self.record.access_key_id

    @property
    def session(self) -> Session:
        """The session, as its token says it; made when it is asked for."""
        return self.mint.session(self.record, self.minting.ring)


def _binding(minting: Minting, expire_time: datetime, token: bytes) -> CallBinding:
    """Binds a session to its call, by what its token says and which key signs it.

    Not by its signature, which some algorithms make another one of each time.
    """
    signed = hashlib.sha256(token[: token.rindex(b".")]).digest()
    # One text of whole groups, of which each name is what it would be by itself.
    names = base64url.encode(_NAMES.pack(minting.call_digest, signed, minting.mint_id))
    return CallBinding(
        names[_CALL],
        names[_MINT],
        names[_TOKEN],
        expire_time + SIGNED_CALL_KEPT_AFTER,
    )
