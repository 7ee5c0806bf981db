"""The keys of SAML: certificates that vouch, and private keys that decrypt.

SPEC: sts-operations 1.2; attacks S32, S35.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from daypass.core import provider_limits
from daypass.core.secret import Secret
from daypass.federation.saml.refusals import SamlRefusedError

_CURVES: Final = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)


def load_certificate(der: bytes) -> x509.Certificate:
    """Reads a certificate whose key may vouch for assertions.

    The certificate is a container of its key: nobody asks who issued it.

    Raises:
        SamlRefusedError: it is malformed, or its key is weak or of another kind.
    """
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise SamlRefusedError("certificate_malformed") from exc
    if isinstance(key, rsa.RSAPublicKey):
        _check_rsa(key)
    elif not isinstance(key, ec.EllipticCurvePublicKey):
        raise SamlRefusedError("key_type")
    elif not isinstance(key.curve, _CURVES):
        raise SamlRefusedError("key_weak")
    return certificate


def is_valid_at(certificate: x509.Certificate, now: datetime) -> bool:
    """Tells whether a time is within the validity, both ends included."""
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def name_of(certificate: x509.Certificate) -> str:
    """Returns what names the key of a certificate, and of any other that has it."""
    key = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(key).hexdigest()


def load_decryption_key(pem: Secret) -> rsa.RSAPrivateKey:
    """Reads a private key for encrypted assertions, in PEM and not encrypted itself.

    Raises:
        SamlRefusedError: it is malformed, weak or not an RSA key.
    """
    try:
        key = serialization.load_pem_private_key(pem.reveal(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The cause may quote the key, so it is not kept.
        raise SamlRefusedError("decryption_key_malformed") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise SamlRefusedError("key_type")
    _check_rsa(key.public_key())
    return key


def _check_rsa(key: rsa.RSAPublicKey) -> None:
    least, most = (
        provider_limits.RSA_MODULUS_BITS_MIN,
        provider_limits.RSA_MODULUS_BITS_MAX,
    )
    exponent = key.public_numbers().e
    if not least <= key.key_size <= most:
        raise SamlRefusedError("key_weak")
    if exponent.bit_length() > provider_limits.RSA_EXPONENT_BITS_MAX:
        raise SamlRefusedError("key_weak")
