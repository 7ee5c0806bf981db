"""Encrypted assertions made in tests; every part may be wrong on purpose."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field, replace
from functools import lru_cache

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from support.saml_idp import SAML_NAMESPACES, in_response

XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
XMLDSIG = SAML_NAMESPACES["ds"]
SHA256_DIGEST = f'<ds:DigestMethod Algorithm="{XENC}sha256"/>'
SHA256_MASK = f'<xenc11:MGF xmlns:xenc11="{XENC11}" Algorithm="{XENC11}mgf1sha256"/>'


@lru_cache
def decryption_key(number: int) -> rsa.RSAPrivateKey:
    """Returns a private key of ours, the same for the same number."""
    assert number >= 0
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


@dataclass(frozen=True)
class Sealing:
    """How an assertion is encrypted.

    Attributes:
        number: to which of our keys.
        key: the key of the text; 16, 24 or 32 bytes.
        algorithm: the name of the text's cipher.
        transport: the name of the key's cipher.
        parameters: what stands in the key's method.
        digest: the hash of OAEP.
        mask: the hash of its mask.
        key_attributes: what the encrypted key says of itself.
        data_attributes: what the data say of themselves.
        inside: whether the key stands in the data instead of beside them.
    """

    number: int = 0
    key: bytes = field(default=bytes(range(16)), repr=False)
    algorithm: str = f"{XENC11}aes128-gcm"
    transport: str = f"{XENC11}rsa-oaep"
    parameters: str = SHA256_DIGEST + SHA256_MASK
    digest: hashes.HashAlgorithm = field(default_factory=hashes.SHA256)
    mask: hashes.HashAlgorithm = field(default_factory=hashes.SHA256)
    key_attributes: str = ""
    data_attributes: str = f' Type="{XENC}Element"'
    inside: bool = True

    def wrapped(self) -> bytes:
        """Returns the encrypted key."""
        scheme = padding.OAEP(padding.MGF1(self.mask), self.digest, label=None)
        return decryption_key(self.number).public_key().encrypt(self.key, scheme)

    def sealed(self, text: str) -> bytes:
        """Returns the encrypted text."""
        nonce = os.urandom(12)
        return nonce + AESGCM(self.key).encrypt(nonce, text.encode(), None)

    def key_element(self, *, wrapped: bytes | None = None) -> str:
        """Returns the element of the encrypted key."""
        value = base64.b64encode(wrapped or self.wrapped()).decode()
        return (
            f'<xenc:EncryptedKey xmlns:xenc="{XENC}"{self.key_attributes}>'
            f'<xenc:EncryptionMethod Algorithm="{self.transport}">{self.parameters}'
            "</xenc:EncryptionMethod>"
            f"<xenc:CipherData><xenc:CipherValue>{value}</xenc:CipherValue>"
            "</xenc:CipherData></xenc:EncryptedKey>"
        )

    def element(self, text: str, *, sealed: bytes | None = None) -> str:
        """Returns the encrypted assertion of a text."""
        octets = self.sealed(text) if sealed is None else sealed
        value = base64.b64encode(octets).decode()
        key = self.key_element()
        info = f"<ds:KeyInfo>{key}</ds:KeyInfo>" if self.inside else ""
        return (
            f'<saml:EncryptedAssertion xmlns:ds="{XMLDSIG}">'
            f'<xenc:EncryptedData xmlns:xenc="{XENC}"{self.data_attributes}>'
            f'<xenc:EncryptionMethod Algorithm="{self.algorithm}"/>{info}'
            f"<xenc:CipherData><xenc:CipherValue>{value}</xenc:CipherValue>"
            f"</xenc:CipherData></xenc:EncryptedData>{'' if self.inside else key}"
            "</saml:EncryptedAssertion>"
        )


def in_sealed_response(text: str, sealing: Sealing | None = None) -> str:
    """Returns a response around a document that is encrypted."""
    return in_response((sealing or Sealing()).element(text))


def sealing(**changes: object) -> Sealing:
    """Returns a way of encrypting that differs in some parts."""
    return replace(Sealing(), **changes)  # type: ignore[arg-type]
