"""An assertion by which a client proves who it is: whether it is good.

The client signs it with a key whose public half the directory declares. It names the
client twice and us once, ends soon, and is good once. What it says is not looked at
before its signature, and the algorithm is that of the key.

SPEC: sts-operations 6.5; RFC 7523 sections 2.2 and 3; RFC 8725. Of the audience only
the issuer identifier is taken, as the one value: the URL of an endpoint is what
another server can make a client sign (audience confusion). `jti` is required, which
RFC 7523 leaves open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from daypass.core import oauth_limits as limits
from daypass.core.clock import from_epoch_seconds
from daypass.core.limits import EPOCH_SECONDS_MAX
from daypass.core.oauth_errors import InvalidClientError
from daypass.core.strict_json import JsonValue
from daypass.federation.oidc.algorithms import IdTokenAlgorithm, algorithm_named
from daypass.federation.oidc.errors import DocumentRefusedError
from daypass.federation.oidc.jwk_set import JwkSet, parse_jwk_set
from daypass.keyring.errors import WrongSignatureError
from daypass.tokens import compact
from daypass.tokens.errors import TokenRefusedError

# What would change what is signed, how it is read or whose key it is.
_FORBIDDEN: Final = frozenset(
    {"b64", "crit", "cty", "enc", "jku", "jwk", "x5c", "x5u", "zip"}
)
# SPEC: RFC 8725 section 3.11; the second is that of draft-ietf-oauth-rfc7523bis.
_TYPES: Final = frozenset({"jwt", "client-authentication+jwt"})
CLIENT_ASSERTION_ALGORITHMS: Final = tuple(IdTokenAlgorithm)


@dataclass(frozen=True, slots=True)
class VerifiedClientAssertion:
    """What an assertion says, once its client's key has signed it.

    Attributes:
        assertion_id: its `jti`, which is used up with it.
        until: when no copy of it is taken any more.
    """

    assertion_id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class UnverifiedClientAssertion:
    """An assertion in the right form, of which nothing is known to be true.

    Attributes:
        client_id: whose it claims to be.
    """

    client_id: str
    _algorithm: IdTokenAlgorithm
    _key_id: str | None
    _claims: Mapping[str, JsonValue] = field(repr=False)
    _signing_input: bytes = field(repr=False)
    _signature: bytes = field(repr=False)

    def verify(
        self, *, keys: JwkSet, audience: str, now: datetime
    ) -> VerifiedClientAssertion:
        """Returns what it says, once it is known to be good.

        Args:
            keys: those of the client that it claims to be of.
            audience: our issuer identifier.
            now: the time.

        Raises:
            InvalidClientError: it is not good.
        """
        self._check_signature(keys)
        for name in ("iss", "sub"):
            if self._claims.get(name) != self.client_id:
                raise InvalidClientError(f"assertion_{name}_not_client")
        if self._claims.get("aud") not in (audience, [audience]):
            raise InvalidClientError("assertion_audience")
        return VerifiedClientAssertion(self._assertion_id(), self._until(now))

    def _check_signature(self, keys: JwkSet) -> None:
        key = keys.find(self._key_id)
        if key is None:
            raise InvalidClientError("assertion_key_unknown")
        if self._algorithm not in key.algorithms:
            raise InvalidClientError("assertion_algorithm_not_of_key")
        try:
            key.verify(self._algorithm, self._signature, self._signing_input)
        except WrongSignatureError:
            raise InvalidClientError("assertion_signature") from None

    def _assertion_id(self) -> str:
        value = self._claims.get("jti")
        if not isinstance(value, str):
            raise InvalidClientError("assertion_id_missing")
        if not 0 < len(value) <= limits.ASSERTION_ID_CHARACTERS_MAX:
            raise InvalidClientError("assertion_id_length")
        return value

    def _until(self, now: datetime) -> datetime:
        """Checks the times, and returns when it ends for us."""
        skew = limits.ASSERTION_CLOCK_SKEW_MAX
        end = self._instant("exp")
        if end is None:
            raise InvalidClientError("assertion_without_exp")
        begin = self._instant("nbf")
        if begin is not None and begin > now + skew:
            raise InvalidClientError("assertion_not_yet_valid")
        issued = self._instant("iat")
        if issued is None:
            # Nothing says how old it is, so that it may only end soon.
            if end > now + limits.ASSERTION_AGE_MAX + skew:
                raise InvalidClientError("assertion_lives_too_long")
            until = end
        else:
            if issued > now + skew:
                raise InvalidClientError("assertion_issued_in_the_future")
            if end - issued > limits.ASSERTION_LIFETIME_MAX:
                raise InvalidClientError("assertion_lives_too_long")
            until = min(end, issued + limits.ASSERTION_AGE_MAX)
        if until + skew <= now:
            detail = "assertion_expired" if end + skew <= now else "assertion_old"
            raise InvalidClientError(detail)
        return until + skew

    def _instant(self, name: str) -> datetime | None:
        """Returns a time in whole seconds, or None where there is none."""
        if name not in self._claims:
            return None
        value = self._claims[name]
        # NOTE: `type` and not `isinstance`, because a bool is an int in Python.
        if type(value) is not int or not 0 <= value <= EPOCH_SECONDS_MAX:
            raise InvalidClientError(f"assertion_{name}_malformed")
        return from_epoch_seconds(value)


def parse_client_assertion(raw: str) -> UnverifiedClientAssertion:
    """Takes an assertion apart without believing any of it.

    Raises:
        InvalidClientError: it is not in the one form.
    """
    most = limits.ASSERTION_CHARACTERS_MAX
    try:
        header, payload, signature = compact.split(raw, ".", size_max=most)
        members = compact.read_header(header, size_max=most)
        algorithm, key_id = _read_header(members)
        claims = compact.read_claims(compact.decode(payload), size_max=most)
        signature_bytes = compact.decode(signature)
    except TokenRefusedError as error:
        raise InvalidClientError(f"assertion_{error.reason}") from None
    subject = claims.get("sub")
    if not isinstance(subject, str):
        raise InvalidClientError("assertion_without_subject")
    return UnverifiedClientAssertion(
        client_id=subject,
        _algorithm=algorithm,
        _key_id=key_id,
        _claims=claims,
        _signing_input=f"{header}.{payload}".encode("ascii"),
        _signature=signature_bytes,
    )


def parse_client_keys(text: str) -> JwkSet:
    """Reads the key set of a client.

    Raises:
        DocumentRefusedError: it is none, has too many keys, or holds what nobody may
            publish.
    """
    found = parse_jwk_set(text)
    if len(found.keys) + len(found.ignored) > limits.CLIENT_KEYS_MAX:
        raise DocumentRefusedError("key_set_too_many_keys")
    return found


def _read_header(
    members: Mapping[str, JsonValue],
) -> tuple[IdTokenAlgorithm, str | None]:
    if not _FORBIDDEN.isdisjoint(members):
        raise TokenRefusedError("header_members")
    algorithm = algorithm_named(members.get("alg"))
    if algorithm is None:
        raise TokenRefusedError("algorithm_not_taken")
    if compact.header_text(members.get("typ", "JWT")).lower() not in _TYPES:
        raise TokenRefusedError("wrong_type")
    key_id = compact.header_text(members["kid"]) if "kid" in members else None
    return algorithm, key_id
