"""RSA keys of identity providers, and the signatures that they verify.

SPEC: RFC 7518 sections 3.3 and 6.3.1; RFC 8017 section 8.2.2; attacks J43. The
fingerprint is that of Nemec et al., "The Return of Coppersmith's Attack" (2017):
moduli of the flawed generator are powers of 65,537 modulo every small prime.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from daypass.core import provider_limits as limits
from daypass.federation.oidc.algorithms import RSA_HASHES, IdTokenAlgorithm
from daypass.keyring.errors import InvalidKeyError, WrongSignatureError

_ROCA_PRIMES: Final = (
    *(11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157),
)
_ROCA_GENERATOR: Final = 65_537


class RsaKey:
    """A public key that is neither weak nor costly.

    Args:
        modulus: the product of the primes.
        exponent: the public exponent.

    Raises:
        InvalidKeyError: the key is weak, malformed or would take long to use. Its
            text is a stable reason.
    """

    def __init__(self, *, modulus: int, exponent: int) -> None:
        _check_modulus(modulus)
        _check_exponent(exponent)
        self._key = RSAPublicNumbers(exponent, modulus).public_key()

    def verify(
        self, algorithm: IdTokenAlgorithm, signature: bytes, message: bytes
    ) -> None:
        """Returns when this key made the signature of this message.

        Raises:
            WrongSignatureError: it did not.
        """
        try:
            self._key.verify(signature, message, PKCS1v15(), RSA_HASHES[algorithm])
        except InvalidSignature:
            raise WrongSignatureError from None


def _check_modulus(modulus: int) -> None:
    bits = modulus.bit_length()
    if bits < limits.RSA_MODULUS_BITS_MIN:
        raise InvalidKeyError("rsa_modulus_short")
    if bits > limits.RSA_MODULUS_BITS_MAX:
        raise InvalidKeyError("rsa_modulus_long")
    if modulus % 2 == 0:
        raise InvalidKeyError("rsa_modulus_even")
    if all(modulus % prime in _powers(prime) for prime in _ROCA_PRIMES):
        raise InvalidKeyError("rsa_modulus_roca")


def _check_exponent(exponent: int) -> None:
    if exponent < limits.RSA_EXPONENT_MIN or exponent % 2 == 0:
        raise InvalidKeyError("rsa_exponent_weak")
    if exponent.bit_length() > limits.RSA_EXPONENT_BITS_MAX:
        raise InvalidKeyError("rsa_exponent_long")


@lru_cache(maxsize=len(_ROCA_PRIMES))
def _powers(prime: int) -> frozenset[int]:
    """Returns the powers of the generator modulo a prime."""
    return frozenset(pow(_ROCA_GENERATOR, power, prime) for power in range(prime))
