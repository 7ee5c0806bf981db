"""Keys of SAML: which are strong enough, and of a kind that is used (S32, S35)."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

from daypass.core.secret import Secret
from daypass.federation.saml import keys
from daypass.federation.saml.refusals import SamlRefusedError
from support.saml_idp import PrivateKey, certificate_for, curve_signer, signer
from support.world import START

DER = serialization.Encoding.DER
SECOND = timedelta(seconds=1)


def certificate_reason(der: bytes) -> str:
    """Returns why a certificate is refused."""
    with pytest.raises(SamlRefusedError) as caught:
        keys.load_certificate(der)
    return caught.value.reason


def key_reason(pem: bytes) -> str:
    """Returns why a private key is refused."""
    with pytest.raises(SamlRefusedError) as caught:
        keys.load_decryption_key(Secret(pem))
    return caught.value.reason


def _pem(key: PrivateKey | dsa.DSAPrivateKey, password: bytes | None = None) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption(),
    )


def _weak_rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=1_024)  # noqa: S505 - is refused.


@pytest.mark.parametrize("der", [b"", b"x", b"\x30\x03\x02\x01\x00"])
def test_no_certificate(der: bytes) -> None:
    """What is no certificate is refused."""
    assert "certificate_malformed" == certificate_reason(der)


def test_truncated_certificate() -> None:
    """Half of a certificate is refused."""
    der = signer().certificate.public_bytes(DER)

    assert "certificate_malformed" == certificate_reason(der[:-1])


def test_weak_rsa() -> None:
    """An RSA key of 1,024 bits is refused (S32)."""
    certificate = certificate_for(_weak_rsa())

    assert "key_weak" == certificate_reason(certificate.public_bytes(DER))


@pytest.mark.parametrize("curve", [ec.SECP192R1, ec.SECP224R1, ec.SECP256K1])
def test_other_curves(curve: type[ec.EllipticCurve]) -> None:
    """A curve that is weak or not one of three is refused (S32)."""
    certificate = certificate_for(ec.generate_private_key(curve()))

    assert "key_weak" == certificate_reason(certificate.public_bytes(DER))


@pytest.mark.parametrize("kind", ["dsa", "ed25519"])
def test_other_kinds(kind: str) -> None:
    """A key for another algorithm than RSA and ECDSA is refused (S32)."""
    if kind == "dsa":
        certificate = certificate_for(dsa.generate_private_key(key_size=2_048))
    else:
        certificate = certificate_for(
            ed25519.Ed25519PrivateKey.generate(), hashing=None
        )

    assert "key_type" == certificate_reason(certificate.public_bytes(DER))


@pytest.mark.parametrize("exponent", [3, 65_537])
def test_rsa_exponents(exponent: int) -> None:
    """The usual exponents are taken."""
    key = rsa.generate_private_key(public_exponent=exponent, key_size=2_048)
    certificate = certificate_for(key)

    assert certificate == keys.load_certificate(certificate.public_bytes(DER))


def test_long_exponent() -> None:
    """An exponent that makes each check slow is refused."""
    numbers = signer().key.private_numbers()
    assert isinstance(numbers, rsa.RSAPrivateNumbers)
    phi = (numbers.p - 1) * (numbers.q - 1)
    exponent = (1 << 32) + 1
    while math.gcd(exponent, phi) != 1:
        exponent += 2
    d = pow(exponent, -1, phi)
    key = rsa.RSAPrivateNumbers(
        p=numbers.p,
        q=numbers.q,
        d=d,
        dmp1=d % (numbers.p - 1),
        dmq1=d % (numbers.q - 1),
        iqmp=numbers.iqmp,
        public_numbers=rsa.RSAPublicNumbers(exponent, numbers.p * numbers.q),
    ).private_key()

    certificate = certificate_for(key)
    assert "key_weak" == certificate_reason(certificate.public_bytes(DER))


@pytest.mark.parametrize("curve", [ec.SECP256R1, ec.SECP384R1, ec.SECP521R1])
def test_curves(curve: type[ec.EllipticCurve]) -> None:
    """Three curves are taken."""
    certificate = curve_signer(curve).certificate

    assert certificate == keys.load_certificate(certificate.public_bytes(DER))


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (-timedelta(days=1) - SECOND, False),
        (-timedelta(days=1), True),
        (timedelta(days=1), True),
        (timedelta(days=1) + SECOND, False),
    ],
)
def test_validity(offset: timedelta, expected: bool) -> None:  # noqa: FBT001
    """A certificate is valid at both ends of its validity and between them."""
    assert expected is keys.is_valid_at(signer().certificate, START + offset)


@pytest.mark.parametrize("pem", [b"", b"x", b"-----BEGIN PRIVATE " + b"KEY-----\n"])
def test_no_private_key(pem: bytes) -> None:
    """What is no private key is refused."""
    assert "decryption_key_malformed" == key_reason(pem)


def test_encrypted_private_key() -> None:
    """A private key under a password is refused."""
    pem = _pem(signer().key, b"password")

    assert "decryption_key_malformed" == key_reason(pem)


def test_public_key() -> None:
    """A certificate is no private key."""
    assert "decryption_key_malformed" == key_reason(signer().certificate_pem)


def test_private_key_of_other_kind() -> None:
    """A private key on a curve decrypts nothing."""
    assert "key_type" == key_reason(curve_signer(ec.SECP256R1).key_pem)


def test_weak_private_key() -> None:
    """A private key of 1,024 bits is refused."""
    assert "key_weak" == key_reason(_pem(_weak_rsa()))


def test_private_key() -> None:
    """A private key of 2,048 bits is taken."""
    found = keys.load_decryption_key(Secret(signer().key_pem))

    assert signer().key.private_numbers() == found.private_numbers()


def test_refusal_has_no_cause() -> None:
    """The refusal of a private key keeps nothing that may quote it."""
    with pytest.raises(SamlRefusedError) as caught:
        keys.load_decryption_key(Secret(b"x"))

    assert caught.value.__cause__ is None
