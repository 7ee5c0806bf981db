"""Keys that sign and keys that verify, each with its algorithm and its name.

SPEC: RFC 7638 (the name of a key is the thumbprint of its JWK); attacks J04, J09.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from daypass.core import base64url
from daypass.core.ports import Entropy
from daypass.core.secret import Secret
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.schemes import SCHEMES


class KeyState(StrEnum):
    """Where a key stands in its life; the values are part of the sealed ring."""

    # Published, so that verifiers know it before it signs. It verifies nothing.
    PREPARED = "prepared"
    # Signs and verifies.
    ACTIVE = "active"
    # Signs no more, and verifies until its last token has expired.
    RETIRING = "retiring"
    # Gone: neither published nor verifying. A derivation secret that was revoked is
    # kept so for a while, to name what was issued before (decision 0078).
    RETIRED = "retired"


# The states in which a key, secret or sealing key answers for what was made by it.
LIVE_STATES = frozenset({KeyState.ACTIVE, KeyState.RETIRING})


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key. Make one with `from_public_bytes`, which checks it.

    Attributes:
        algorithm: what it verifies, and nothing else.
        kid: its RFC 7638 thumbprint, 43 characters of base64url.
        public: the raw public key, in the form of its scheme.
    """

    algorithm: Algorithm
    kid: str
    public: bytes
    # Takes a signature and what it signs; raises `WrongSignatureError` where this key
    # did not make it, or it is malformed.
    verify: Callable[[bytes, bytes], None] = field(repr=False, compare=False)
    # Tells whether a signature that verifies has no twin that does too.
    is_sole_form: Callable[[bytes], bool] = field(repr=False, compare=False)

    @classmethod
    def from_public_bytes(cls, algorithm: Algorithm, public: bytes) -> Self:
        """Loads a public key.

        Args:
            algorithm: the key's algorithm.
            public: 32 bytes for Ed25519; x and y side by side for ECDSA; the
                modulus for RSA.

        Raises:
            InvalidKeyError: the bytes are not a public key that is safe.
        """
        scheme = SCHEMES[algorithm]
        verify = scheme.verifier(public).verify
        kid = thumbprint(scheme.jwk(public))
        return cls(algorithm, kid, public, verify, scheme.is_sole_form)

    def jwk(self) -> dict[str, str]:
        """Returns the public members of the key as RFC 7517 publishes them."""
        return {
            **SCHEMES[self.algorithm].jwk(self.public),
            "alg": self.algorithm.value,
            "kid": self.kid,
            "use": "sig",
        }


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its public half.

    Make one with `generate` or `from_private_bytes`.
    """

    verifying_key: VerifyingKey
    private: Secret
    # Returns the signature of a message, as JWS carries it.
    sign: Callable[[bytes], bytes] = field(repr=False, compare=False)

    @classmethod
    def generate(cls, algorithm: Algorithm, entropy: Entropy) -> Self:
        """Draws a new key."""
        private = SCHEMES[algorithm].new_private(entropy)
        return cls.from_private_bytes(algorithm, private)

    @classmethod
    def from_private_bytes(cls, algorithm: Algorithm, private: Secret) -> Self:
        """Loads a private key.

        Args:
            algorithm: the key's algorithm.
            private: the 32 bytes of RFC 8032 for Ed25519; the scalar, as long as
                a coordinate, for ECDSA; both primes side by side for RSA.

        Raises:
            InvalidKeyError: the bytes are not a private key.
        """
        signer = SCHEMES[algorithm].signer(private)
        verifying_key = VerifyingKey.from_public_bytes(algorithm, signer.public)
        return cls(verifying_key, private, signer.sign)

    @property
    def algorithm(self) -> Algorithm:
        """The key's algorithm."""
        return self.verifying_key.algorithm

    @property
    def kid(self) -> str:
        """The key's name."""
        return self.verifying_key.kid

    @property
    def signature_bytes(self) -> int:
        """How long its signatures are."""
        return SCHEMES[self.algorithm].signature_bytes


def thumbprint(members: Mapping[str, str]) -> str:
    """Returns the RFC 7638 thumbprint of the required members of a JWK."""
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return base64url.encode(hashlib.sha256(text.encode("ascii")).digest())
