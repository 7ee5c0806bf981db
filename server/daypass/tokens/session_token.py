"""Session tokens: how they are made, and how they are read back.

A session token is a compact JWS of the ring with the type `daypass-session+jwt`.
Its claims are listed in `tokens.session_claims`.

SPEC: design 6; sts-operations 0.5, 0.6 and 3.4 step 6; attacks J22 to J25, J28,
J53 to J56, J59.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from daypass.core import limits
from daypass.core.clock import to_epoch_seconds
from daypass.core.delegation_limits import DELEGATED_SESSION_MAX
from daypass.core.errors import ExpiredTokenError, InvalidClientTokenIdError
from daypass.core.lru import LruCache
from daypass.core.ports import Snapshot
from daypass.core.quick import quick_init
from daypass.core.session import Session, SessionKind
from daypass.core.token_limits import SESSIONS_READ_MAX
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.ring import Ring
from daypass.tokens import jws
from daypass.tokens.errors import TokenRefusedError
from daypass.tokens.jws import TokenSigner
from daypass.tokens.session_claims import decode_claims
from daypass.tokens.session_template import SessionTokenTemplate
from daypass.tokens.signature_checks import SignatureChecks

TOKEN_TYPE: Final = "daypass-session+jwt"  # noqa: S105 - a media type.

# The longest session of each kind; no token of ours says more.
_LIFETIMES_MAX: Final[Mapping[SessionKind, timedelta]] = {
    SessionKind.ROLE: timedelta(seconds=limits.ROLE_SESSION_SECONDS_MAX),
    SessionKind.USER: timedelta(seconds=limits.USER_SESSION_SECONDS_MAX),
    SessionKind.FEDERATED_USER: timedelta(seconds=limits.USER_SESSION_SECONDS_MAX),
    SessionKind.ROOT_TASK: timedelta(seconds=limits.ROOT_TASK_SESSION_SECONDS_MAX),
    SessionKind.DELEGATED: DELEGATED_SESSION_MAX,
}


@quick_init
@dataclass(frozen=True, slots=True)
class EncodedSessionToken:
    """A session token.

    Attributes:
        text: the token. It is a secret: it goes to its owner and nowhere else.
        packed_percent: how full the budget of policies and tags is, from 1; None
            where the session has neither.
    """

    text: str
    packed_percent: int | None

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return len(self.text)

    def __repr__(self) -> str:
        """Shows the size, and nothing of the token."""
        return f"EncodedSessionToken(size={self.size})"


class SessionTokenCodec:
    """Makes session tokens.

    Args:
        algorithm: which of the ring's active keys signs.
    """

    def __init__(self, *, algorithm: Algorithm = Algorithm.EDDSA) -> None:
        self._algorithm = algorithm

    def encode(
        self,
        session: Session,
        ring: Ring,
        *,
        size_min: int = 0,
        report_packed: bool = False,
    ) -> EncodedSessionToken:
        """Signs a session; see `template`."""
        template = self.template(
            session, ring, size_min=size_min, report_packed=report_packed
        )
        token = template.sign(
            session.access_key_id,
            session.session_name,
            issued_at=to_epoch_seconds(session.issue_time),
            expires_at=to_epoch_seconds(session.expire_time),
            epoch=session.epoch,
        )
        return EncodedSessionToken(token.decode("ascii"), template.packed_percent)

    def template(
        self,
        session: Session,
        ring: Ring,
        *,
        size_min: int = 0,
        report_packed: bool = False,
    ) -> SessionTokenTemplate:
        """Returns what signs sessions like this one.

        Args:
            session: what they are like; what they differ in is not looked at.
            ring: whose active key signs, and which the tokens name as their issuer.
            size_min: the fewest bytes that a token shall have.
            report_packed: report at least 1 per cent even where nothing is
                packed, as operations do that take a federated identity.

        Raises:
            PackedPolicyTooLargeError: policies and tags pass their budget.
            StoreUnavailableError: the key was revoked a moment ago.
        """
        key = ring.signing_key(self._algorithm)
        return SessionTokenTemplate(
            session,
            ring_id=ring.ring_id,
            signer=TokenSigner(key, token_type=TOKEN_TYPE, size_min=size_min),
            percent_min=1 if report_packed else None,
        )


@quick_init
@dataclass(frozen=True, slots=True)
class _Read:
    """What a token said whose signature was good, and whose it was."""

    session: Session
    ring_id: str
    kid: str

    def is_of(self, ring: Ring) -> bool:
        """Tells whether the key that signed it is a live one of this ring."""
        return ring.ring_id == self.ring_id and ring.verifying_key(self.kid) is not None


class SessionTokenVerifier:
    """Reads session tokens back.

    Revocation, and whether the principal still exists, are not looked at here.

    Args:
        ring: the keys in force.
        checks: remembers signatures that were checked before.
    """

    def __init__(
        self, *, ring: Snapshot[Ring], checks: SignatureChecks | None = None
    ) -> None:
        self._ring = ring
        self._checks = SignatureChecks() if checks is None else checks
        self._read: LruCache[bytes, _Read] = LruCache(size_max=SESSIONS_READ_MAX)

    def verify(
        self, text: str, now: datetime, *, access_key_id: str | None = None
    ) -> Session:
        """Returns the session of a token that is good now.

        Args:
            text: the token as it was received.
            now: the time.
            access_key_id: the credentials that it came with, to which it must be
                bound; None where it came alone.

        Raises:
            InvalidClientTokenIdError: it is not a token of ours, or is another's.
            ExpiredTokenError: it is, and its session has ended.
        """
        try:
            session = self._verified(text)
            _check_binding(session, access_key_id)
            _check_times(session, now)
        except TokenRefusedError as error:
            detail = f"session_token_{error.reason}"
            raise InvalidClientTokenIdError(detail) from error
        return session

    def check_secret(self, session: Session) -> None:
        """Returns when the secret is in force that a session's own is derived from.

        Where that was revoked nobody can sign with the session any more, and its
        token is not to be believed by itself either.

        Raises:
            InvalidClientTokenIdError: it is not.
        """
        if self._ring.current().derivation_secret(session.derivation_key_id) is None:
            raise InvalidClientTokenIdError("session_token_derivation_secret_gone")

    def _verified(self, text: str) -> Session:
        """Returns what a token says that a live key has signed.

        What was read of a token before is remembered by every byte of it; whether the
        key is still one of the ring is looked at every time.
        """
        ring = self._ring.current()
        if len(text) > limits.TOKEN_BYTES_MAX:
            # Refused there, before anything looks at all of it.
            return self._verified_anew(text, ring)[1]
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        read = self._read.get(digest)
        if read is not None and read.is_of(ring):
            return read.session
        token, session = self._verified_anew(text, ring)
        self._read.put(digest, _Read(session, ring.ring_id, token.kid))
        return session

    def _verified_anew(
        self, text: str, ring: Ring
    ) -> tuple[jws.UnverifiedToken, Session]:
        token = jws.parse(text)
        key = ring.verifying_key(token.kid)
        if key is None:
            raise TokenRefusedError("key_unknown")
        claims = token.verify(key, token_type=TOKEN_TYPE, checks=self._checks)
        return token, decode_claims(claims, ring_id=ring.ring_id)


def _check_binding(session: Session, access_key_id: str | None) -> None:
    if access_key_id is not None and access_key_id != session.access_key_id:
        raise TokenRefusedError("of_another_key")


def _check_times(session: Session, now: datetime) -> None:
    """Checks the times; the leeway is for a replica's clock, never for expiry."""
    if session.issue_time > now + limits.OWN_TOKEN_LEEWAY:
        raise TokenRefusedError("issued_in_the_future")
    lifetime = session.expire_time - session.issue_time
    if lifetime > _LIFETIMES_MAX[session.kind]:
        raise TokenRefusedError("lives_too_long")
    if session.expire_time <= now:
        raise ExpiredTokenError("session_token_expired")
    if lifetime <= timedelta(0):
        raise TokenRefusedError("lives_no_time")
