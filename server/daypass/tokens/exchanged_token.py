"""Tokens that come of an exchange: how they are made, and how they are read back.

Each is a compact JWS of the ring, in the same strict form as a session token and
with another type, so that neither is ever taken for the other (attacks J28). Its
claims are listed in `tokens.exchanged_claims`.

SPEC: sts-operations 6.1 and 6.5; RFC 9068 section 2.1; RFC 8725 section 3.11.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from daypass.core import exchange_limits, limits
from daypass.core.errors import ValidationError
from daypass.core.exchanged_token import ExchangedToken, TokenUse
from daypass.core.ports import Snapshot
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.ring import Ring
from daypass.tokens import jws
from daypass.tokens.claims import VerifiedClaims
from daypass.tokens.errors import TokenRefusedError
from daypass.tokens.exchanged_claims import decode_claims, encode_claims
from daypass.tokens.signature_checks import SignatureChecks

ACCESS_TOKEN: Final = "at+jwt"  # noqa: S105 - a media type.
_JWT: Final = "JWT"

# The media type that a token says it is, by what it is good for.
MEDIA_TYPES: Final[Mapping[TokenUse, str]] = MappingProxyType(
    {TokenUse.ACCESS: ACCESS_TOKEN, TokenUse.ID: _JWT, TokenUse.JWT: _JWT}
)
_TOKEN_TYPES: Final = frozenset(MEDIA_TYPES.values())
# What the reader says of a token that was good once.
EXPIRED: Final = "expired"


def claims_to_be_one(token: bytes) -> bool:
    """Tells whether a token says that it is of this kind; no more is known of it."""
    return jws.claimed_type(token) in _TOKEN_TYPES


class ExchangedTokenCodec:
    """Makes tokens.

    Args:
        issuer: the issuer of the deployment, an https URL.
        algorithm: which of the ring's active keys signs.
    """

    def __init__(self, *, issuer: str, algorithm: Algorithm = Algorithm.EDDSA) -> None:
        self._issuer = issuer
        self._algorithm = algorithm

    def encode(self, token: ExchangedToken, ring: Ring) -> str:
        """Signs a token.

        Raises:
            ValidationError: it names so many targets and scopes that no reader
                would take it.
        """
        claims = encode_claims(token, issuer=self._issuer, ring_id=ring.ring_id)
        key = ring.signing_key(self._algorithm)
        text = jws.sign(claims, key, token_type=MEDIA_TYPES[token.use])
        if len(text) > limits.TOKEN_BYTES_MAX:
            raise ValidationError(
                "token_too_large",
                message="The token would be too large: ask for fewer targets or scopes",
            )
        return text


class ExchangedTokenVerifier:
    """Reads tokens back.

    Revocation, and whether the client still exists, are not looked at here.

    Args:
        ring: the keys in force.
        issuer: the issuer of the deployment; None where it has none, and no such
            token is good.
        checks: remembers signatures that were checked before.
    """

    def __init__(
        self,
        *,
        ring: Snapshot[Ring],
        issuer: str | None,
        checks: SignatureChecks | None = None,
    ) -> None:
        self._ring = ring
        self._issuer = issuer
        self._checks = SignatureChecks() if checks is None else checks

    @property
    def issuer(self) -> str | None:
        """The issuer of the deployment, or None."""
        return self._issuer

    def verify(self, text: str, now: datetime) -> ExchangedToken:
        """Returns what a token says that is good now.

        Raises:
            TokenRefusedError: it is not; the reason is `EXPIRED` where it was.
        """
        token = self._verified(text)
        _check_times(token, now)
        return token

    def verify_before(self, text: str, now: datetime) -> ExchangedToken:
        """Returns what a token says that is good now, or is going to be.

        To another worker, whose clock is ahead of this one's, it may be good already.

        Raises:
            TokenRefusedError: it is not; see `verify`.
        """
        token = self._verified(text)
        _check_times(token, max(now, token.issue_time))
        return token

    def has_unknown_key(self, text: str) -> bool:
        """Tells whether a token says that it is ours, by a key that the ring has not.

        It may be another worker's, which knows of a later ring, or made up.

        Raises:
            StoreUnavailableError: the ring was not heard of for too long.
        """
        try:
            unverified = _parse(text)
        except TokenRefusedError:
            return False
        return (
            self._issuer is not None
            and unverified.token_type in _TOKEN_TYPES
            and self._ring.current().verifying_key(unverified.kid) is None
            and unverified.claims_issuer(self._issuer)
        )

    def _verified(self, text: str) -> ExchangedToken:
        if self._issuer is None:
            raise TokenRefusedError("issuer_not_ours")
        unverified = _parse(text)
        if unverified.token_type not in _TOKEN_TYPES:
            raise TokenRefusedError("wrong_type")
        ring = self._ring.current()
        key = ring.verifying_key(unverified.kid)
        if key is None:
            raise TokenRefusedError("key_unknown")
        payload = unverified.verify(
            key, token_type=unverified.token_type, checks=self._checks
        )
        claims = VerifiedClaims(None, payload=payload)
        token = decode_claims(claims, issuer=self._issuer, ring_id=ring.ring_id)
        if MEDIA_TYPES[token.use] != unverified.token_type:
            raise TokenRefusedError("use_not_of_type")
        return token


def _parse(text: str) -> jws.UnverifiedToken:
    # What is not ASCII is refused as such.
    return jws.parse(text.encode("utf-8", "surrogatepass"))


def _check_times(token: ExchangedToken, now: datetime) -> None:
    """Checks the times; the leeway is for a replica's clock, never for expiry."""
    if token.issue_time > now + limits.OWN_TOKEN_LEEWAY:
        raise TokenRefusedError("issued_in_the_future")
    lifetime = token.expire_time - token.issue_time
    if lifetime > exchange_limits.EXCHANGED_LIFETIME_MAX:
        raise TokenRefusedError("lives_too_long")
    if lifetime <= timedelta(0):
        raise TokenRefusedError("lives_no_time")
    if token.expire_time <= now:
        raise TokenRefusedError(EXPIRED)
