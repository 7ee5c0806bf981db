"""RSA keys that are weak or costly are refused (attacks J43)."""

from __future__ import annotations

import math

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from daypass.core import provider_limits as limits
from daypass.federation.oidc.algorithms import IdTokenAlgorithm
from daypass.federation.oidc.rsa import RsaKey
from daypass.keyring.errors import InvalidKeyError, WrongSignatureError
from support.oidc_issuer import key_for

ODD = (1 << 2_047) + 1


def _modulus() -> int:
    key = key_for("RS256")
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.public_key().public_numbers().n


def _refusal(modulus: int, exponent: int = 65_537) -> str:
    with pytest.raises(InvalidKeyError) as caught:
        RsaKey(modulus=modulus, exponent=exponent)
    return str(caught.value)


def _flawed_modulus() -> int:
    """Returns a number that is a power of 65,537 modulo every small prime."""
    primes = math.prod(
        number
        for number in range(2, 168)
        if all(number % divisor for divisor in range(2, number))
    )
    return ((1 << 2_047) // primes + 1) * primes + pow(65_537, 12, primes)


@pytest.mark.parametrize("bits", [0, 1, 512, 1_024, 2_047])
def test_short_modulus_refused(bits: int) -> None:
    """A modulus of fewer than 2,048 bits is refused."""
    assert "rsa_modulus_short" == _refusal((1 << bits) - 1)


def test_long_modulus_refused() -> None:
    """A modulus of 8,192 bits passes, one of a bit more does not."""
    longest = (1 << limits.RSA_MODULUS_BITS_MAX) - 1

    assert "rsa_modulus_long" == _refusal(longest + 2)
    RsaKey(modulus=longest, exponent=65_537)


def test_even_modulus_refused() -> None:
    """An even modulus is refused."""
    assert "rsa_modulus_even" == _refusal(1 << 2_047)
    RsaKey(modulus=ODD, exponent=65_537)


@pytest.mark.parametrize("exponent", [0, 1, 2, 4, 65_536])
def test_weak_exponent_refused(exponent: int) -> None:
    """An exponent that is even or below 3 is refused."""
    assert "rsa_exponent_weak" == _refusal(_modulus(), exponent)


def test_long_exponent_refused() -> None:
    """An exponent of 32 bits passes, one of 33 would cost too much."""
    assert "rsa_exponent_long" == _refusal(_modulus(), (1 << 32) + 1)
    RsaKey(modulus=_modulus(), exponent=(1 << 32) - 1)


def test_least_exponent_passes() -> None:
    """The exponent 3 is small and not weak for signatures."""
    RsaKey(modulus=_modulus(), exponent=3)


def test_flawed_generator_refused() -> None:
    """A modulus with the fingerprint of the flawed generator is refused."""
    assert "rsa_modulus_roca" == _refusal(_flawed_modulus())
    RsaKey(modulus=_flawed_modulus() + 2, exponent=65_537)


@pytest.mark.parametrize("size", [0, 1, 255, 257, 512])
def test_signature_of_other_size_refused(size: int) -> None:
    """A signature that is not as long as the modulus is wrong, and no other error."""
    key = RsaKey(modulus=_modulus(), exponent=65_537)

    with pytest.raises(WrongSignatureError):
        key.verify(IdTokenAlgorithm.RS256, b"\1" * size, b"message")
