"""A token of an identity provider: whether it is good, and what it says.

A token is taken apart without being believed, which shows whose it claims to be and
which key it names. It is believed once a key of just that issuer has signed it, it
is meant for a client id that is registered, and its times are right. The order of
the checks is that of the code: what a token says is not looked at before its
signature, so that an expired token with a wrong signature is a wrong signature
(attacks J53).

SPEC: sts-operations 1.3; OpenID Connect Core sections 2 and 3.1.3.7; RFC 8725;
attacks J01 to J36 for the form, O16 to O21 for the claims.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from daypass.core import provider_limits as limits
from daypass.core.strict_json import JsonValue
from daypass.directory.declared import OidcProvider
from daypass.federation.oidc import refusals
from daypass.federation.oidc.algorithms import IdTokenAlgorithm, algorithm_named
from daypass.federation.oidc.claims import IdTokenClaims
from daypass.federation.oidc.jwk import ProviderKey
from daypass.federation.oidc.jwk_set import JwkSet
from daypass.federation.oidc.verified import VerifiedIdToken, read_verified
from daypass.keyring.errors import WrongSignatureError
from daypass.tokens import compact
from daypass.tokens.errors import TokenRefusedError

_BLANKS: Final = " \t\r\n"
# Members that would change what is signed, how it is read or whose key it is. All
# others mean nothing here and are ignored, as RFC 7515 section 4 has it.
_FORBIDDEN: Final = frozenset(
    {"b64", "crit", "cty", "enc", "jku", "jwk", "x5c", "x5u", "zip"}
)
# SPEC: RFC 8725 section 3.11: no kind of token is taken for another. Those that say
# what they are say JWT; JOSE is what a SPIFFE token may say instead.
_TYPES: Final = frozenset({"jwt", "jose"})
# SPEC: JWT-SVID section 3.1: the subject is the SPIFFE ID.
_SPIFFE: Final = "spiffe://"
_REQUIRED: Final = ("iss", "sub", "aud", "iat", "exp")


@dataclass(frozen=True, slots=True)
class UnverifiedIdToken:
    """A token in the right form, of which nothing is known to be true.

    It shows what is needed to find the provider and the key, and no other claim.

    Attributes:
        issuer: whose token it claims to be.
        algorithm: what it says signed it; the key decides.
        key_id: the name of the key that it claims, or None.
    """

    issuer: str
    algorithm: IdTokenAlgorithm
    key_id: str | None
    _header: Mapping[str, JsonValue] = field(repr=False)
    _claims: Mapping[str, JsonValue] = field(repr=False)
    _signing_input: bytes = field(repr=False)
    _signature: bytes = field(repr=False)

    def verify(
        self,
        *,
        provider: OidcProvider,
        keys: JwkSet,
        now: datetime,
        clock_skew: timedelta = limits.ID_TOKEN_CLOCK_SKEW_MAX,
    ) -> VerifiedIdToken:
        """Returns what the token says, once it is known to be good.

        Args:
            provider: the provider of the token's issuer in the role's account.
            keys: the keys of that issuer, and of no other.
            now: the time.
            clock_skew: how far the provider's clock may be off, either way.

        Raises:
            InvalidIdentityTokenError: the token is not good.
            ExpiredIdentityTokenError: it was good once.
        """
        if self.issuer != provider.url:
            raise refusals.no_provider(self.issuer)
        if self.algorithm not in provider.algorithms:
            raise refusals.untrusted("algorithm_not_of_provider")
        key = self._key(keys)
        self._check_signature(key)
        claims = IdTokenClaims(self._claims)
        claims.check_present(*_REQUIRED)
        # NOTE: of the signed bytes and not of the signature: anybody can turn an
        # ECDSA signature into its twin.
        replay_id = hashlib.sha256(self._signing_input).hexdigest()
        token = read_verified(claims, provider=provider, replay_id=replay_id)
        if key.svid_only and not token.subject.startswith(_SPIFFE):
            raise refusals.wrong_claim("sub")
        token.check_times(now=now, clock_skew=clock_skew)
        return token

    def _key(self, keys: JwkSet) -> ProviderKey:
        if not keys.keys:
            raise refusals.no_key("no_usable_key")
        key = keys.find(self.key_id)
        if key is None:
            reason = "key_not_named" if self.key_id is None else "key_unknown"
            raise refusals.no_key(reason)
        if self.algorithm not in key.algorithms:
            raise refusals.untrusted("algorithm_not_of_key")
        return key

    def _check_signature(self, key: ProviderKey) -> None:
        for name in self._header.keys() & key.digests.keys():
            if self._header[name] != key.digests[name]:
                raise refusals.untrusted("certificate_not_of_key")
        try:
            key.verify(self.algorithm, self._signature, self._signing_input)
        except WrongSignatureError:
            raise refusals.untrusted("wrong_signature") from None


def parse(raw: str) -> UnverifiedIdToken:
    """Takes a token apart without believing any of it.

    Args:
        raw: the token; blanks around it are not part of it, for clients send the
            whole of a file.

    Raises:
        InvalidIdentityTokenError: it is too long, not in the one form, signed in a
            way that is not taken, or does not say whose it is.
    """
    token = raw.strip(_BLANKS)
    try:
        header, payload, signature = compact.split(
            token, ".", size_max=limits.ID_TOKEN_CHARACTERS_MAX
        )
        members = compact.read_header(header, size_max=limits.ID_TOKEN_CHARACTERS_MAX)
        algorithm, key_id = _read_header(members)
        claims = compact.read_claims(
            compact.decode(payload), size_max=limits.ID_TOKEN_CHARACTERS_MAX
        )
        signature_bytes = compact.decode(signature)
    except TokenRefusedError as error:
        raise refusals.malformed(error.reason) from None
    IdTokenClaims(claims).check_present("iss")
    return UnverifiedIdToken(
        issuer=IdTokenClaims(claims).text("iss"),
        algorithm=algorithm,
        key_id=key_id,
        _header=members,
        _claims=claims,
        _signing_input=f"{header}.{payload}".encode("ascii"),
        _signature=signature_bytes,
    )


def verify(
    raw: str,
    *,
    provider: OidcProvider,
    keys: JwkSet,
    now: datetime,
    clock_skew: timedelta = limits.ID_TOKEN_CLOCK_SKEW_MAX,
) -> VerifiedIdToken:
    """Does `parse` and `UnverifiedIdToken.verify` in one go; see there."""
    return parse(raw).verify(
        provider=provider, keys=keys, now=now, clock_skew=clock_skew
    )


def _read_header(
    members: Mapping[str, JsonValue],
) -> tuple[IdTokenAlgorithm, str | None]:
    """Returns the algorithm and the name of the key.

    Raises:
        TokenRefusedError: the header says what is not taken.
    """
    if not _FORBIDDEN.isdisjoint(members):
        raise TokenRefusedError("header_members")
    algorithm = algorithm_named(members.get("alg"))
    if algorithm is None:
        raise TokenRefusedError("algorithm_not_taken")
    if compact.header_text(members.get("typ", "JWT")).lower() not in _TYPES:
        raise TokenRefusedError("wrong_type")
    key_id = compact.header_text(members["kid"]) if "kid" in members else None
    return algorithm, key_id
