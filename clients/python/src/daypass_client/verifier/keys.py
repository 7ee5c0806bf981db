"""Public keys, each bound to the one algorithm that it verifies.

The list is closed: EdDSA with Ed25519, ES256 on P-256, ES384 on P-384, and RS256. A
token never chooses: it is refused where it names another algorithm than its key has.
Of two signatures that would both verify only one is taken: an ECDSA signature must
have the smaller s, as every server signs.

SPEC: RFC 7518 sections 3.1, 3.3, 3.4 and 6; RFC 8037 section 3.1; FIPS 186-5.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, HashAlgorithm

from daypass_client import limits
from daypass_client.values import PublicKey
from daypass_client.verifier import base64url
from daypass_client.verifier.edwards import is_safe_public_key
from daypass_client.verifier.errors import untrusted

# Takes a signature and what it signs, and raises `InvalidSignature`.
_Check = Callable[[bytes, bytes], None]

_RSA_EXPONENT: Final = 65_537


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key that may be used. Make one with `of`, which checks it."""

    kid: str
    algorithm: str
    _check: _Check = field(repr=False, compare=False)

    @classmethod
    def of(cls, key: PublicKey) -> VerifyingKey:
        """Loads a key.

        Raises:
            ValueError: it is of no algorithm that is known, or is unsafe.
        """
        load = _LOADERS.get((key.alg, key.kty, key.crv))
        if load is None or key.use != "sig" or not key.kid:
            raise ValueError("no key of the closed list")
        if len(key.kid) > limits.KEY_ID_CHARACTERS_MAX:
            raise ValueError("the name of the key is too long")
        return cls(key.kid, key.alg, load(key))

    def verify(self, signature: bytes, message: bytes) -> None:
        """Returns when this key made the signature of this message.

        Raises:
            RefusedError: it did not, or the signature is not in its one form.
        """
        try:
            self._check(signature, message)
        except InvalidSignature:
            raise untrusted() from None


def _ed25519(key: PublicKey) -> _Check:
    public = _bytes(key.x)
    if key.y or key.n or key.e or not is_safe_public_key(public):
        raise ValueError("not a canonical Ed25519 key of prime order")
    return Ed25519PublicKey.from_public_bytes(public).verify


def _ecdsa(
    curve: ec.EllipticCurve, hash_algorithm: HashAlgorithm
) -> Callable[[PublicKey], _Check]:
    size = (curve.key_size + 7) // 8
    order = curve.group_order
    method = ec.ECDSA(hash_algorithm)

    def load(key: PublicKey) -> _Check:
        x, y = _bytes(key.x), _bytes(key.y)
        if key.n or key.e or len(x) != size or len(y) != size:
            raise ValueError("not the coordinates of a point of the curve")
        numbers = ec.EllipticCurvePublicNumbers(
            int.from_bytes(x, "big"), int.from_bytes(y, "big"), curve
        )
        public = numbers.public_key()

        def check(signature: bytes, message: bytes) -> None:
            if len(signature) != 2 * size:
                raise InvalidSignature
            r = int.from_bytes(signature[:size], "big")
            s = int.from_bytes(signature[size:], "big")
            # The larger s, and the zeros of a "psychic" signature, are refused.
            if not (0 < r < order and 0 < s <= order // 2):
                raise InvalidSignature
            public.verify(encode_dss_signature(r, s), message, method)

        return check

    return load


def _rsa(key: PublicKey) -> _Check:
    modulus = int.from_bytes(_bytes(key.n), "big")
    exponent = int.from_bytes(_bytes(key.e), "big")
    bits = modulus.bit_length()
    if key.x or key.y or exponent != _RSA_EXPONENT or modulus % 2 == 0:
        raise ValueError("not an RSA key as servers make them")
    if not limits.RSA_MODULUS_BITS_MIN <= bits <= limits.RSA_MODULUS_BITS_MAX:
        raise ValueError("the modulus is too short or too long")
    public = RSAPublicNumbers(exponent, modulus).public_key()
    padding, hash_algorithm = PKCS1v15(), SHA256()

    def check(signature: bytes, message: bytes) -> None:
        public.verify(signature, message, padding, hash_algorithm)

    return check


def _bytes(text: str) -> bytes:
    return base64url.decode(text.encode("ascii"))


_LOADERS: Final[Mapping[tuple[str, str, str], Callable[[PublicKey], _Check]]] = (
    MappingProxyType(
        {
            ("EdDSA", "OKP", "Ed25519"): _ed25519,
            ("ES256", "EC", "P-256"): _ecdsa(ec.SECP256R1(), SHA256()),
            ("ES384", "EC", "P-384"): _ecdsa(ec.SECP384R1(), SHA384()),
            ("RS256", "RSA", ""): _rsa,
        }
    )
)
