"""ECDSA on one curve with one hash.

A public key is x and y, a signature r and s, each filled up to the curve's size
and set side by side, as JWS has them; never DER. Both r and s must be between 1
and the order of the group, which refuses the "psychic" zero signature whatever
the library does (attacks J37, J39).

With (r, s) the pair (r, n - s) verifies too. We sign with the smaller s, and
`is_sole_form` lets a token insist on it, so that a token has one form.

SPEC: FIPS 186-5 sections 6.4 and A.2.1; RFC 6979; RFC 7518 sections 3.4, 6.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import HashAlgorithm

from daypass.core import base64url
from daypass.core.ports import Entropy
from daypass.core.secret import Secret
from daypass.keyring.errors import InvalidKeyError, WrongSignatureError


class EcdsaSigner:
    """A private key."""

    def __init__(self, scheme: EcdsaScheme, private: Secret) -> None:
        self._scheme = scheme
        scalar = int.from_bytes(private.reveal(), "big")
        if len(private.reveal()) != scheme.number_bytes or not (
            0 < scalar < scheme.curve.group_order
        ):
            raise InvalidKeyError("not a private key of the curve")
        self._key = ec.derive_private_key(scalar, scheme.curve)
        # RFC 6979: the nonce comes from key and message, so that a broken source
        # of randomness cannot give the key away.
        self._method = ec.ECDSA(scheme.hash_algorithm, deterministic_signing=True)

    @property
    def public(self) -> bytes:
        """The coordinates x and y."""
        numbers = self._key.public_key().public_numbers()
        return self._scheme.join(numbers.x, numbers.y)

    def sign(self, message: bytes) -> bytes:
        """Returns r and the smaller s."""
        r, s = decode_dss_signature(self._key.sign(message, self._method))
        return self._scheme.join(r, min(s, self._scheme.curve.group_order - s))


class EcdsaVerifier:
    """A public key on the curve."""

    def __init__(self, scheme: EcdsaScheme, public: bytes) -> None:
        self._scheme = scheme
        x, y = scheme.split(public, InvalidKeyError("not a public key of the curve"))
        try:
            numbers = ec.EllipticCurvePublicNumbers(x, y, scheme.curve)
            self._key = numbers.public_key()
        except ValueError:
            raise InvalidKeyError("the point is not on the curve") from None
        self._method = ec.ECDSA(scheme.hash_algorithm)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Returns when the signature is right, and raises otherwise."""
        r, s = self._scheme.split(signature, WrongSignatureError())
        order = self._scheme.curve.group_order
        if not (0 < r < order and 0 < s < order):
            raise WrongSignatureError
        try:
            self._key.verify(encode_dss_signature(r, s), message, self._method)
        except InvalidSignature:
            raise WrongSignatureError from None


class EcdsaScheme:
    """ECDSA as a row of the table.

    Args:
        curve: the curve, which fixes the sizes of keys and signatures.
        curve_name: its name in a JWK.
        hash_algorithm: what messages are hashed with.
    """

    def __init__(
        self,
        *,
        curve: ec.EllipticCurve,
        curve_name: str,
        hash_algorithm: HashAlgorithm,
    ) -> None:
        self.curve = curve
        self.hash_algorithm = hash_algorithm
        self.number_bytes = (curve.key_size + 7) // 8
        self.signature_bytes: Final = 2 * self.number_bytes
        self._curve_name = curve_name

    def new_private(self, entropy: Entropy) -> Secret:
        """Draws a private key; 64 bits too many make the bias vanish."""
        drawn = int.from_bytes(entropy.token_bytes(self.number_bytes + 8), "big")
        scalar = drawn % (self.curve.group_order - 1) + 1
        return Secret(scalar.to_bytes(self.number_bytes, "big"))

    def signer(self, private: Secret) -> EcdsaSigner:
        """Loads a private key."""
        return EcdsaSigner(self, private)

    def verifier(self, public: bytes) -> EcdsaVerifier:
        """Loads a public key."""
        return EcdsaVerifier(self, public)

    def jwk(self, public: bytes) -> Mapping[str, str]:
        """Returns the members `crv`, `kty`, `x` and `y`."""
        return {
            "crv": self._curve_name,
            "kty": "EC",
            "x": base64url.encode(public[: self.number_bytes]),
            "y": base64url.encode(public[self.number_bytes :]),
        }

    def is_sole_form(self, signature: bytes) -> bool:
        """Tells whether s is the smaller of the two that verify."""
        s = int.from_bytes(signature[self.number_bytes :], "big")
        return s <= self.curve.group_order // 2

    def join(self, first: int, second: int) -> bytes:
        """Sets two numbers side by side."""
        size = self.number_bytes
        return first.to_bytes(size, "big") + second.to_bytes(size, "big")

    def split(self, pair: bytes, error: Exception) -> tuple[int, int]:
        """Parts what `join` made, or raises the error where the length is wrong."""
        size = self.number_bytes
        if len(pair) != 2 * size:
            raise error
        return int.from_bytes(pair[:size], "big"), int.from_bytes(pair[size:], "big")
