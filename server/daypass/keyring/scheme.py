"""What every signature scheme can do, whatever its mathematics.

Private keys travel as secret bytes and public keys as plain bytes; each scheme
says which bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from daypass.core.ports import Entropy
from daypass.core.secret import Secret


class Signer(Protocol):
    """A private key, loaded once and used many times."""

    @property
    def public(self) -> bytes:
        """The public key that belongs to it."""
        ...

    @property
    def sign(self) -> Callable[[bytes], bytes]:
        """Returns the signature of a message, in the form that JWS carries."""
        ...


class Verifier(Protocol):
    """A public key, loaded once and used many times."""

    def verify(self, signature: bytes, message: bytes) -> None:
        """Returns when the signature is right.

        Raises:
            WrongSignatureError: it is not.
        """
        ...


class Scheme(Protocol):
    """A signature scheme: how keys are made, loaded and published."""

    @property
    def signature_bytes(self) -> int:
        """How long its signatures are."""
        ...

    def new_private(self, entropy: Entropy) -> Secret:
        """Draws a private key; RSA alone does not draw it from this entropy."""
        ...

    def signer(self, private: Secret) -> Signer:
        """Loads a private key.

        Raises:
            InvalidKeyError: the bytes are not a private key.
        """
        ...

    def verifier(self, public: bytes) -> Verifier:
        """Loads a public key.

        Raises:
            InvalidKeyError: the bytes are not a public key that is safe.
        """
        ...

    def jwk(self, public: bytes) -> Mapping[str, str]:
        """Returns the members of the JWK that RFC 7638 makes the thumbprint of."""
        ...

    def is_sole_form(self, signature: bytes) -> bool:
        """Tells whether nobody can make another valid signature out of this one."""
        ...
