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
from daypass.tokens.known_token import KnownToken
from daypass.tokens.session_claims import read_session
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


class SessionTokenVerifier:
    """Reads session tokens back.

    Revocation, and whether the principal still exists, are not looked at here.

    Args:
        ring: the keys in force.
        checks: remembers signatures that were checked before.

    Attributes:
        ring: returns the keys in force. It raises `StoreUnavailableError` where they
            were not heard of for too long.
        seen: returns a token that was read before, by what `digest_of` gives for it, or
            None; `is_live` tells whether it is good still.
    """

    def __init__(
        self, *, ring: Snapshot[Ring], checks: SignatureChecks | None = None
    ) -> None:
        self.ring = ring.current
        self._checks = SignatureChecks() if checks is None else checks
        self._known: LruCache[bytes, KnownToken] = LruCache(size_max=SESSIONS_READ_MAX)
        self.seen = self._known.get
        # NOTE: another mark with each other ring, so that nothing that is remembered
        # holds a ring that was replaced, and its secrets.
        self._last_ring: Ring | None = None
        self._ring_mark = object()

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
            StoreUnavailableError: the ring was not heard of for too long.
        """
        start = text[: limits.TOKEN_BYTES_MAX + 1].encode("utf-8", "surrogatepass")
        digest = digest_of(start)
        ring, known = self.ring(), self.seen(digest)
        if known is None or not self.is_live(known, ring):
            known = self.read(start, digest, ring)
        session = known.session
        if access_key_id is not None and access_key_id != session.access_key_id:
            raise _refused("of_another_key")
        check_times(session, now)
        return session

    def is_live(self, known: KnownToken, ring: Ring) -> bool:
        """Tells whether the key of a token that was read before is live in a ring."""
        if ring is not self._last_ring:
            self._last_ring, self._ring_mark = ring, object()
        if known.ring_mark is self._ring_mark:
            return True
        if ring.ring_id != known.ring_id or ring.verifying_key(known.kid) is None:
            return False
        known.ring_mark = self._ring_mark
        return True

    def read(self, text: bytes, digest: bytes, ring: Ring) -> KnownToken:
        """Returns what a token says that a live key has signed, and remembers it.

        Args:
            text: the token.
            digest: what `digest_of` gives for it.
            ring: the keys in force.

        Raises:
            InvalidClientTokenIdError: it is not a token of ours.
        """
        try:
            session, kid = self._read_anew(text, digest, ring)
        except TokenRefusedError as error:
            raise _refused(error.reason) from error
        mark = self._ring_mark if ring is self._last_ring else object()
        known = KnownToken(session, kid=kid, ring_id=ring.ring_id, ring_mark=mark)
        self._known.put(digest, known)
        return known

    def _read_anew(self, text: bytes, digest: bytes, ring: Ring) -> tuple[Session, str]:
        token = jws.parse(text)
        key = ring.verifying_key(token.kid)
        if key is None:
            raise TokenRefusedError("key_unknown")
        payload = token.verify(
            key, token_type=TOKEN_TYPE, checks=self._checks, digest=digest
        )
        return read_session(payload, ring_id=ring.ring_id), key.kid


def digest_of(token: bytes) -> bytes:
    """Returns what a token is known by, which rests on every byte of it.

    One that is longer than any token is refused before anybody looks at all of it;
    what it is called here is not its own.
    """
    return hashlib.sha256(token[: limits.TOKEN_BYTES_MAX + 1]).digest()


def check_secret(session: Session, ring: Ring) -> None:
    """Returns when the secret is in force that a session's own is derived from.

    Where that was revoked nobody can sign with the session any more, and its token is
    not to be believed by itself either.

    Raises:
        InvalidClientTokenIdError: it is not.
    """
    if ring.derivation_secret(session.derivation_key_id) is None:
        raise InvalidClientTokenIdError("session_token_derivation_secret_gone")


def check_times(session: Session, now: datetime) -> None:
    """Checks the times; the leeway is for a replica's clock, never for expiry.

    Raises:
        InvalidClientTokenIdError: it was issued in the future, or for too long.
        ExpiredTokenError: it has ended.
    """
    if session.issue_time > now + limits.OWN_TOKEN_LEEWAY:
        raise _refused("issued_in_the_future")
    lifetime = session.expire_time - session.issue_time
    if lifetime > _LIFETIMES_MAX[session.kind]:
        raise _refused("lives_too_long")
    if session.expire_time <= now:
        raise ExpiredTokenError("session_token_expired")
    if lifetime <= timedelta(0):
        raise _refused("lives_no_time")


def _refused(reason: str) -> InvalidClientTokenIdError:
    return InvalidClientTokenIdError(f"session_token_{reason}")
