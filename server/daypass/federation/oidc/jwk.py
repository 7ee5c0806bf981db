"""One key of an identity provider's set.

SPEC: RFC 7517 section 4; RFC 7518 sections 6.2.1 and 6.3.1; sts-operations 1.3.
`use` must be `sig` where it stands, or `jwt-svid` as in the bundle of a SPIFFE trust
domain, and a key with `key_ops` is of no use, as AWS has it. Numbers have the one spelling of RFC 7518. Certificates are not looked at,
but for the digests that a token's header may repeat (attacks J12, J42 to J44).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from daypass.core import base64url
from daypass.core import provider_limits as limits
from daypass.core.strict_json import JsonValue
from daypass.federation.oidc.algorithms import (
    CURVES,
    RSA_HASHES,
    IdTokenAlgorithm,
    algorithm_named,
)
from daypass.federation.oidc.rsa import RsaKey
from daypass.keyring.ecdsa import EcdsaVerifier
from daypass.keyring.errors import InvalidKeyError

RSA: Final = "RSA"
EC: Final = "EC"
_DIGESTS: Final = ("x5t", "x5t#S256")
_SIGNING: Final = "sig"
# SPEC: SPIFFE Trust Domain and Bundle, section 4.2.2.
_JWT_SVID: Final = "jwt-svid"
# Bytes of base64url that a modulus of the largest size takes.
_NUMBER_CHARACTERS_MAX: Final = limits.RSA_MODULUS_BITS_MAX // 6 + 1


class _PublicKey(Protocol):
    """Public mathematics."""

    def verify(
        self, algorithm: IdTokenAlgorithm, signature: bytes, message: bytes
    ) -> None:
        """Returns when the signature is right, or raises `WrongSignatureError`."""
        ...


@dataclass(frozen=True, slots=True)
class ProviderKey:
    """A public key of an identity provider, good to verify with.

    Attributes:
        key_id: its name in the set, or None.
        algorithms: what it verifies, and nothing else.
        digests: `x5t` and `x5t#S256` of its certificate, where the set has them.
        svid_only: whether it vouches for names of its SPIFFE trust domain alone.
    """

    key_id: str | None
    algorithms: frozenset[IdTokenAlgorithm]
    digests: Mapping[str, JsonValue]
    _key: _PublicKey = field(repr=False, compare=False)
    svid_only: bool = False

    def verify(
        self, algorithm: IdTokenAlgorithm, signature: bytes, message: bytes
    ) -> None:
        """Returns when this key made the signature of this message.

        Args:
            algorithm: one of the key's own.
            signature: in the form that JWS has it.
            message: what was signed.

        Raises:
            WrongSignatureError: it did not, or the signature is malformed.
        """
        assert algorithm in self.algorithms
        self._key.verify(algorithm, signature, message)


class _EcKey:
    """A point on a curve, which has one algorithm."""

    def __init__(self, verifier: EcdsaVerifier) -> None:
        self._verifier = verifier

    def verify(self, _: IdTokenAlgorithm, signature: bytes, message: bytes) -> None:
        self._verifier.verify(signature, message)


def parse_jwk(members: Mapping[str, JsonValue]) -> ProviderKey:
    """Reads a key without private members.

    Raises:
        InvalidKeyError: it is malformed, weak or not for this use; its text is a
            stable reason.
    """
    key_id = _key_id(members)
    use = members.get("use", _SIGNING)
    if use not in (_SIGNING, _JWT_SVID):
        raise InvalidKeyError("use_not_signing")
    if "key_ops" in members:
        raise InvalidKeyError("key_ops_present")
    kind = members.get("kty")
    if kind == RSA:
        algorithms, key = _rsa(members)
    elif kind == EC:
        algorithms, key = _ec(members)
    else:
        raise InvalidKeyError("type_unknown")
    return ProviderKey(
        key_id,
        _narrowed(algorithms, members),
        {name: members[name] for name in _DIGESTS if name in members},
        key,
        svid_only=use == _JWT_SVID,
    )


def _key_id(members: Mapping[str, JsonValue]) -> str | None:
    if "kid" not in members:
        return None
    key_id = members["kid"]
    if not isinstance(key_id, str):
        raise InvalidKeyError("key_id_not_a_string")
    if not 0 < len(key_id) <= limits.PROVIDER_KEY_ID_CHARACTERS_MAX:
        raise InvalidKeyError("key_id_length")
    return key_id


def _narrowed(
    algorithms: frozenset[IdTokenAlgorithm], members: Mapping[str, JsonValue]
) -> frozenset[IdTokenAlgorithm]:
    """Returns the one algorithm that the key names, or all that fit its type."""
    if "alg" not in members:
        return algorithms
    algorithm = algorithm_named(members["alg"])
    if algorithm not in algorithms:
        raise InvalidKeyError("algorithm_not_of_type")
    return frozenset({algorithm})


def _rsa(
    members: Mapping[str, JsonValue],
) -> tuple[frozenset[IdTokenAlgorithm], _PublicKey]:
    modulus, exponent = _number(members.get("n")), _number(members.get("e"))
    return frozenset(RSA_HASHES), RsaKey(modulus=modulus, exponent=exponent)


def _ec(
    members: Mapping[str, JsonValue],
) -> tuple[frozenset[IdTokenAlgorithm], _PublicKey]:
    curve = members.get("crv")
    if not isinstance(curve, str) or curve not in CURVES:
        raise InvalidKeyError("curve_unknown")
    algorithm, scheme = CURVES[curve]
    x, y = _bytes(members.get("x")), _bytes(members.get("y"))
    # SPEC: RFC 7518 section 6.2.1.2: a coordinate has the full size of the curve.
    if {len(x), len(y)} != {scheme.number_bytes}:
        raise InvalidKeyError("coordinate_length")
    try:
        verifier = scheme.verifier(x + y)
    except InvalidKeyError:
        raise InvalidKeyError("point_not_on_curve") from None
    return frozenset({algorithm}), _EcKey(verifier)


def _number(value: JsonValue) -> int:
    octets = _bytes(value)
    # SPEC: RFC 7518 section 2: a number has as few octets as it needs.
    if octets[:1] == b"\0":
        raise InvalidKeyError("number_not_minimal")
    return int.from_bytes(octets, "big")


def _bytes(value: JsonValue) -> bytes:
    if not isinstance(value, str) or not value:
        raise InvalidKeyError("member_missing")
    if len(value) > _NUMBER_CHARACTERS_MAX:
        raise InvalidKeyError("number_long")
    try:
        return base64url.decode(value)
    except base64url.InvalidBase64UrlError:
        raise InvalidKeyError("number_not_base64url") from None
