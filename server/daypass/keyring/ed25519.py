"""EdDSA with Ed25519.

Keys are 32 raw bytes, signatures 64. OpenSSL refuses a signature whose S is not
below the group's order, and compares R as bytes, so a signature has one form.

SPEC: RFC 8032 section 5.1; RFC 8037 sections 2 and 3.1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from daypass.core import base64url
from daypass.core.ports import Entropy
from daypass.core.secret import Secret
from daypass.keyring.edwards import is_safe_public_key
from daypass.keyring.errors import InvalidKeyError, WrongSignatureError

_KEY_BYTES: Final = 32


class Ed25519Signer:
    """A private key.

    Attributes:
        sign: returns the 64 bytes of the signature of a message.
    """

    def __init__(self, private: Secret) -> None:
        try:
            self._key = Ed25519PrivateKey.from_private_bytes(private.reveal())
        except ValueError:
            raise InvalidKeyError("an Ed25519 private key has 32 bytes") from None
        # The library's own: there is nothing to add to it.
        self.sign: Callable[[bytes], bytes] = self._key.sign

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public key."""
        return self._key.public_key().public_bytes_raw()


class Ed25519Verifier:
    """A public key of prime order."""

    def __init__(self, public: bytes) -> None:
        if not is_safe_public_key(public):
            raise InvalidKeyError("not a canonical Ed25519 key of prime order")
        self._key = Ed25519PublicKey.from_public_bytes(public)

    def verify(self, signature: bytes, message: bytes) -> None:
        """Returns when the signature is right, and raises otherwise."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            raise WrongSignatureError from None


class Ed25519Scheme:
    """Ed25519 as a row of the table."""

    signature_bytes: Final = 64

    def new_private(self, entropy: Entropy) -> Secret:
        """Draws 32 bytes; each of them is a private key."""
        return Secret(entropy.token_bytes(_KEY_BYTES))

    def signer(self, private: Secret) -> Ed25519Signer:
        """Loads a private key."""
        return Ed25519Signer(private)

    def verifier(self, public: bytes) -> Ed25519Verifier:
        """Loads a public key."""
        return Ed25519Verifier(public)

    def jwk(self, public: bytes) -> Mapping[str, str]:
        """Returns the members `crv`, `kty` and `x`."""
        return {"crv": "Ed25519", "kty": "OKP", "x": base64url.encode(public)}

    def is_sole_form(self, signature: bytes) -> bool:
        """Returns True: a signature that verifies has no twin."""
        del signature
        return True
