"""Encrypted assertions: RSA-OAEP for the key, AES-GCM for the assertion, no more.

Both tell a changed text from a good one, so that an answer gives away nothing of
what is inside. Every failure is the same failure, and takes the same steps. What
comes out is a document of its own and proves nothing: it must be signed.

SPEC: sts-operations 1.2; XML encryption 1.1, 5.2.4 and 5.5.2; attacks S52 to S54.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from daypass.federation.saml import base64_text
from daypass.federation.saml.names import ENCRYPTION_11_NAMESPACE, ds, xenc
from daypass.federation.saml.options import ServiceProvider
from daypass.federation.saml.refusals import SamlRefusedError
from daypass.federation.saml.xml import XmlElement

_ELEMENT: Final = "http://www.w3.org/2001/04/xmlenc#Element"
_OAEP_SHA1: Final = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
_OAEP: Final = "http://www.w3.org/2009/xmlenc11#rsa-oaep"
_MGF: Final = f"{{{ENCRYPTION_11_NAMESPACE}}}MGF"
_KEY_BYTES: Final = {
    "http://www.w3.org/2009/xmlenc11#aes128-gcm": 16,
    "http://www.w3.org/2009/xmlenc11#aes192-gcm": 24,
    "http://www.w3.org/2009/xmlenc11#aes256-gcm": 32,
}
_NONCE_BYTES: Final = 12
# NOTE: SHA-1 is sound inside of OAEP, where nobody chooses what collides, and the
# older of the two algorithms knows no other mask.
_DIGESTS: Final[dict[str, Callable[[], hashes.HashAlgorithm]]] = {
    "http://www.w3.org/2000/09/xmldsig#sha1": hashes.SHA1,
    "http://www.w3.org/2001/04/xmlenc#sha256": hashes.SHA256,
    "http://www.w3.org/2001/04/xmldsig-more#sha384": hashes.SHA384,
    "http://www.w3.org/2001/04/xmlenc#sha512": hashes.SHA512,
}
_MASKS: Final[dict[str, Callable[[], hashes.HashAlgorithm]]] = {
    "http://www.w3.org/2009/xmlenc11#mgf1sha1": hashes.SHA1,
    "http://www.w3.org/2009/xmlenc11#mgf1sha256": hashes.SHA256,
    "http://www.w3.org/2009/xmlenc11#mgf1sha384": hashes.SHA384,
    "http://www.w3.org/2009/xmlenc11#mgf1sha512": hashes.SHA512,
}


def decrypt(
    encrypted: XmlElement,
    private_keys: Sequence[rsa.RSAPrivateKey],
    service_provider: ServiceProvider,
) -> bytes:
    """Decrypts an assertion.

    Args:
        encrypted: the `EncryptedAssertion`.
        private_keys: of which any may fit.
        service_provider: who an encrypted key that names somebody must name.

    Raises:
        SamlRefusedError: it is not in the one form, or no key opens it; the reason
            is the same for all.
    """
    try:
        return _decrypt(encrypted, private_keys, service_provider)
    except (SamlRefusedError, InvalidTag):
        raise SamlRefusedError("decryption") from None


def _decrypt(
    encrypted: XmlElement,
    private_keys: Sequence[rsa.RSAPrivateKey],
    service_provider: ServiceProvider,
) -> bytes:
    data = encrypted.one(xenc("EncryptedData"))
    if data.attributes.get("Type", _ELEMENT) != _ELEMENT:
        raise SamlRefusedError("decryption")
    method = data.one(xenc("EncryptionMethod"))
    key_bytes = _KEY_BYTES.get(method.attribute("Algorithm"))
    if key_bytes is None or method.children:
        raise SamlRefusedError("decryption")
    sealed = _cipher_value(data)
    encrypted_key = _encrypted_key(encrypted, data)
    recipient = encrypted_key.attributes.get("Recipient")
    if recipient is not None and not service_provider.is_audience(recipient):
        raise SamlRefusedError("decryption")
    key = _unwrap(encrypted_key, private_keys, key_bytes)
    nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    if len(nonce) < _NONCE_BYTES:
        raise SamlRefusedError("decryption")
    # NOTE: without a key the text is tried all the same, so that both failures take
    # equally long; what a key that everybody knows opens is not taken.
    opened = AESGCM(key or bytes(key_bytes)).decrypt(nonce, text, None)
    if key is None:
        raise SamlRefusedError("decryption")
    return opened


def _encrypted_key(encrypted: XmlElement, data: XmlElement) -> XmlElement:
    """Returns the one encrypted key, which stands beside the data or in it."""
    beside = encrypted.all(xenc("EncryptedKey"))
    info = data.optional(ds("KeyInfo"))
    inside = info.all(xenc("EncryptedKey")) if info else ()
    found = (*beside, *inside)
    if len(found) != 1:
        raise SamlRefusedError("decryption")
    return found[0]


def _unwrap(
    encrypted_key: XmlElement, private_keys: Sequence[rsa.RSAPrivateKey], length: int
) -> bytes | None:
    """Returns the key of the text, or None where no private key opens it."""
    scheme = _scheme(encrypted_key.one(xenc("EncryptionMethod")))
    wrapped = _cipher_value(encrypted_key)
    key = None
    for private_key in private_keys:
        try:
            opened = private_key.decrypt(wrapped, scheme)
        except ValueError:
            continue
        if len(opened) == length:
            key = opened
    return key


def _scheme(method: XmlElement) -> padding.OAEP:
    algorithm = method.attribute("Algorithm")
    if algorithm not in {_OAEP, _OAEP_SHA1}:
        raise SamlRefusedError("decryption")
    allowed = {ds("DigestMethod")} | ({_MGF} if algorithm == _OAEP else set())
    method.check_children(frozenset(allowed))
    return padding.OAEP(
        mgf=padding.MGF1(_hash(method.optional(_MGF), _MASKS)),
        algorithm=_hash(method.optional(ds("DigestMethod")), _DIGESTS),
        label=None,
    )


def _hash(
    element: XmlElement | None, known: dict[str, Callable[[], hashes.HashAlgorithm]]
) -> hashes.HashAlgorithm:
    if element is None:
        # The default of the specification, for both.
        return hashes.SHA1()  # noqa: S303 - sound inside of OAEP.
    found = known.get(element.attribute("Algorithm"))
    if found is None:
        raise SamlRefusedError("decryption")
    return found()


def _cipher_value(element: XmlElement) -> bytes:
    data = element.one(xenc("CipherData"))
    data.check_children(frozenset({xenc("CipherValue")}))
    return base64_text.decode_wrapped(data.one(xenc("CipherValue")).plain_text())
