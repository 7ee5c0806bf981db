"""Judges tokens by what is known: keys, revocations, and tokens that were seen.

It makes no call and waits for nothing. Signature, kind, issuer and lineage of a token
are looked at once and remembered by a digest of every byte of it; times, the life of
its key, revocations and freshness are looked at every time.

SPEC: design 6; RFC 8725.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Generic

from daypass_client import limits
from daypass_client.answers import rejected
from daypass_client.errors import CannotVouchError
from daypass_client.verifier import exchanged_claims, identity_claims, session_claims
from daypass_client.verifier.claims import Claims
from daypass_client.verifier.compact import UnverifiedToken, parse
from daypass_client.verifier.errors import RefusedError, malformed, untrusted
from daypass_client.verifier.key_ring import KeyRing
from daypass_client.verifier.keys import VerifyingKey
from daypass_client.verifier.lineage import Origin
from daypass_client.verifier.memory import Memory
from daypass_client.verifier.revocations import Revocations
from daypass_client.verifier.values import (
    ClaimsT,
    ExchangedClaims,
    IdentityClaims,
    SessionClaims,
    Verified,
)

_ZERO: Final = timedelta(0)


class _Seen(Generic[ClaimsT]):
    """A token that a key has vouched for; the marks say what it was judged under."""

    __slots__ = ("begin", "claims", "end", "key", "keys", "origin", "revocations")

    def __init__(
        self,
        claims: ClaimsT,
        key: VerifyingKey,
        origin: Origin | None,
        begin: datetime,
    ) -> None:
        self.claims: ClaimsT = claims
        self.key = key
        self.origin = origin
        self.begin = begin.timestamp()
        self.end = claims.expire_time.timestamp()
        self.keys: object = None
        self.revocations: object = None


class Judge:
    """Judges tokens.

    Args:
        keys: the keys that there are.
        revocations: what is known to have ended; None where that is not followed.
        unsafe_without_revocations: whether sessions and exchanged tokens are vouched
            for though nobody says what was revoked.
        seconds: tells the time, in seconds since 1970.
        monotonic: tells seconds from an arbitrary start, sleep included.
        tolerance: how far the clock of a server may be ahead.
        ring_id: the deployment whose sessions are taken; None for any that has the
            keys.
        size_max: how many tokens are remembered, of each kind.
    """

    def __init__(
        self,
        *,
        keys: KeyRing,
        revocations: Revocations | None,
        unsafe_without_revocations: bool,
        seconds: Callable[[], float],
        monotonic: Callable[[], float],
        tolerance: timedelta,
        ring_id: str | None,
        size_max: int = limits.REMEMBERED_TOKENS_MAX,
    ) -> None:
        if not _ZERO <= tolerance <= limits.CLOCK_TOLERANCE_MAX:
            raise ValueError("a clock tolerance is 0 to 60 seconds")
        self._keys = keys
        self._revocations = revocations
        self._unsafe = unsafe_without_revocations
        self._seconds = seconds
        self._monotonic = monotonic
        self._tolerance = tolerance.total_seconds()
        self._ring_id = ring_id
        self._sessions: Memory[_Seen[SessionClaims]] = Memory(size_max)
        self._exchanged: Memory[_Seen[ExchangedClaims]] = Memory(size_max)
        self._identities: Memory[_Seen[IdentityClaims]] = Memory(size_max)

    def session(self, token: str) -> Verified[SessionClaims]:
        """Judges a session token.

        Raises:
            TokenRejectedError: it is not good.
            CannotVouchError: not enough is known.
        """
        try:
            if len(token) > limits.TOKEN_CHARACTERS_MAX:
                raise malformed()
            data = token.encode()
            digest = sha256(data).digest()
            seen = self._sessions.get(digest)
            if seen is None:
                seen = self._read_session(parse(data))
                self._sessions.put(digest, seen)
            return self._in_force(seen)
        except UnicodeEncodeError:
            raise rejected("malformed") from None
        except RefusedError as refusal:
            raise rejected(refusal.reason) from None

    def exchanged(
        self, token: str, *, issuer: str, audience: str
    ) -> Verified[ExchangedClaims]:
        """Judges a token that came of an exchange; see `session`."""
        try:
            if len(token) > limits.TOKEN_CHARACTERS_MAX:
                raise malformed()
            data = token.encode()
            digest = sha256(data).digest()
            seen = self._exchanged.get(digest)
            if seen is None:
                seen = self._read_exchanged(parse(data))
                self._exchanged.put(digest, seen)
            _check_parties(seen.claims, issuer, audience)
            return self._in_force(seen)
        except UnicodeEncodeError:
            raise rejected("malformed") from None
        except RefusedError as refusal:
            raise rejected(refusal.reason) from None

    def identity(
        self, token: str, *, issuer: str, audience: str
    ) -> Verified[IdentityClaims]:
        """Judges an identity token; see `session`."""
        try:
            if len(token) > limits.IDENTITY_TOKEN_READ_MAX:
                raise malformed()
            data = token.encode()
            digest = sha256(data).digest()
            seen = self._identities.get(digest)
            if seen is None:
                seen = self._read_identity(parse(data))
                self._identities.put(digest, seen)
            _check_parties(seen.claims, issuer, audience)
            return self._in_force(seen)
        except UnicodeEncodeError:
            raise rejected("malformed") from None
        except RefusedError as refusal:
            raise rejected(refusal.reason) from None

    def _read_session(self, token: UnverifiedToken) -> _Seen[SessionClaims]:
        if token.header.token_type != session_claims.TOKEN_TYPE:
            raise RefusedError("not_a_session_token")
        key = self._vouched(token)
        claims, origin = session_claims.read(token.payload)
        if self._ring_id is not None and claims.ring_id != self._ring_id:
            raise untrusted()
        return _Seen(claims, key, origin, claims.issue_time)

    def _read_exchanged(self, token: UnverifiedToken) -> _Seen[ExchangedClaims]:
        token_type = token.header.token_type
        if token_type not in exchanged_claims.TOKEN_TYPES.values():
            raise RefusedError("not_an_exchanged_token")
        key = self._vouched(token)
        members = Claims.of(token.payload)
        if not members.has("token_use"):
            raise RefusedError("not_an_exchanged_token")
        claims, origin = exchanged_claims.read(members, token_type)
        return _Seen(claims, key, origin, claims.issue_time)

    def _read_identity(self, token: UnverifiedToken) -> _Seen[IdentityClaims]:
        if token.header.token_type != identity_claims.TOKEN_TYPE:
            raise RefusedError("not_an_identity_token")
        key = self._vouched(token)
        claims, begin = identity_claims.read(Claims.of(token.payload))
        return _Seen(claims, key, None, begin)

    def _vouched(self, token: UnverifiedToken) -> VerifyingKey:
        """Returns the key of a token, once it has vouched for the bytes."""
        monotonic = self._monotonic()
        if monotonic > self._keys.fresh_until:
            raise self._keys.stale(monotonic)
        key = self._keys.get(token.header.kid)
        if key is None or self._is_revoked(key):
            raise RefusedError("unknown_key")
        if key.algorithm != token.header.algorithm:
            raise untrusted()
        key.verify(token.signature, token.signing_input)
        return key

    def _in_force(self, seen: _Seen[ClaimsT]) -> Verified[ClaimsT]:
        """Looks at what may change, and answers."""
        monotonic = self._monotonic()
        keys, revocations = self._keys, self._revocations
        if monotonic > keys.fresh_until:
            raise keys.stale(monotonic)
        mark = keys.mark
        if seen.keys is not mark:
            if keys.get(seen.key.kid) is not seen.key:
                raise RefusedError("unknown_key")
            seen.keys = mark
        now = self._seconds()
        if seen.end <= now:
            raise RefusedError("expired")
        if seen.begin > now + self._tolerance:
            raise RefusedError("not_yet_valid")
        if revocations is None:
            self._require_no_origin(seen.origin)
            return Verified(seen.claims, None)
        age = monotonic - revocations.read_at
        if monotonic > revocations.fresh_until:
            raise revocations.stale(monotonic)
        if seen.revocations is not revocations.mark:
            _check_revocations(seen, revocations)
        return Verified(seen.claims, age)

    def _is_revoked(self, key: VerifyingKey) -> bool:
        found = self._revocations
        return found is not None and found.is_revoked_key(key.kid)

    def _require_no_origin(self, origin: Origin | None) -> None:
        """Refuses what can be revoked where nobody says whether it was."""
        if origin is not None and not self._unsafe:
            raise CannotVouchError(
                "revocations_not_followed",
                "This verifier does not follow revocations, and the token may be"
                " revoked.",
                hint="Give the verifier a client, or ask VerifyToken.",
            )


def _check_revocations(seen: _Seen[ClaimsT], revocations: Revocations) -> None:
    # NOTE: taken first; what comes in meanwhile brings another mark.
    mark = revocations.mark
    if revocations.is_revoked_key(seen.key.kid):
        raise RefusedError("unknown_key")
    if seen.origin is not None:
        revocations.check(seen.origin)
    seen.revocations = mark


def _check_parties(
    claims: ExchangedClaims | IdentityClaims, issuer: str, audience: str
) -> None:
    if claims.issuer != issuer:
        raise RefusedError("wrong_issuer")
    if audience not in claims.audiences:
        raise RefusedError("wrong_audience")
