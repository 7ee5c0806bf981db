"""RSASSA-PKCS1-v1_5 with one hash and keys of one size.

There for verifiers that take nothing newer. A public key is its modulus, 384 bytes,
and a private key its two primes, 192 bytes each, side by side; the exponent is
always 65,537. PKCS #1 padding has no randomness in it, and OpenSSL refuses a
signature that is not below the modulus, so a signature has one form.

NOTE: the primes come from the library's own generator, not from our `Entropy`:
a home-made search for primes would be one more thing to get wrong. It is the one
key that a seed does not repeat.

What foreign RSA keys are checked for, such as the fingerprint of a flawed generator
(attacks J43), is in `federation.oidc.rsa`; here only our own keys pass, in their one
size and with their one exponent.

SPEC: RFC 7518 sections 3.3 and 6.3.1; RFC 8017 section 8.2; FIPS 186-5 section 5.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import HashAlgorithm

from daypass.core import base64url
from daypass.core.ports import Entropy
from daypass.core.secret import Secret
from daypass.keyring.errors import InvalidKeyError, WrongSignatureError

_MODULUS_BITS: Final = 3_072
_MODULUS_BYTES: Final = _MODULUS_BITS // 8
_PRIME_BYTES: Final = _MODULUS_BYTES // 2
_EXPONENT: Final = 65_537
_EXPONENT_BYTES: Final = 3
_PROBE: Final = b"daypass-rsa-key-check"


class RsaSigner:
    """A private key."""

    def __init__(self, scheme: RsaScheme, private: Secret) -> None:
        self._scheme = scheme
        self._key = _load(private.reveal())
        # A number that is no prime, or has lost a bit, makes no right signature.
        # The library's own proof of primes takes a tenth of a second and finds no
        # more in what only we have made, and what rests under seal.
        verifier = RsaVerifier(scheme, self.public)
        try:
            verifier.verify(self.sign(_PROBE), _PROBE)
        except WrongSignatureError:
            raise InvalidKeyError("the two numbers make no RSA key") from None

    @property
    def public(self) -> bytes:
        """The modulus."""
        modulus = self._key.public_key().public_numbers().n
        return modulus.to_bytes(_MODULUS_BYTES, "big")

    def sign(self, message: bytes) -> bytes:
        """Returns the signature, as long as the modulus."""
        return self._key.sign(message, PKCS1v15(), self._scheme.hash_algorithm)


class RsaVerifier:
    """A public key of our size."""

    def __init__(self, scheme: RsaScheme, public: bytes) -> None:
        self._scheme = scheme
        modulus = int.from_bytes(public, "big")
        if len(public) != _MODULUS_BYTES or not _is_modulus(modulus):
            raise InvalidKeyError("not the modulus of an RSA key of 3,072 bits")
        self._key = rsa.RSAPublicNumbers(_EXPONENT, modulus).public_key()

    def verify(self, signature: bytes, message: bytes) -> None:
        """Returns when the signature is right, and raises otherwise."""
        try:
            self._key.verify(
                signature, message, PKCS1v15(), self._scheme.hash_algorithm
            )
        except InvalidSignature:
            raise WrongSignatureError from None


class RsaScheme:
    """RSASSA-PKCS1-v1_5 as a row of the table.

    Args:
        hash_algorithm: what messages are hashed with.
    """

    signature_bytes: Final = _MODULUS_BYTES

    def __init__(self, *, hash_algorithm: HashAlgorithm) -> None:
        self.hash_algorithm = hash_algorithm

    def new_private(self, entropy: Entropy) -> Secret:
        """Makes two primes; see the module for where they come from."""
        del entropy
        key = rsa.generate_private_key(_EXPONENT, _MODULUS_BITS)
        numbers = key.private_numbers()
        first, second = (
            prime.to_bytes(_PRIME_BYTES, "big") for prime in (numbers.p, numbers.q)
        )
        return Secret(first + second)

    def signer(self, private: Secret) -> RsaSigner:
        """Loads a private key."""
        return RsaSigner(self, private)

    def verifier(self, public: bytes) -> RsaVerifier:
        """Loads a public key."""
        return RsaVerifier(self, public)

    def jwk(self, public: bytes) -> Mapping[str, str]:
        """Returns the members `e`, `kty` and `n`."""
        return {
            "e": base64url.encode(_EXPONENT.to_bytes(_EXPONENT_BYTES, "big")),
            "kty": "RSA",
            "n": base64url.encode(public),
        }

    def is_sole_form(self, signature: bytes) -> bool:
        """Returns True: a signature that verifies has no twin."""
        del signature
        return True


def _load(private: bytes) -> rsa.RSAPrivateKey:
    p, q = (
        int.from_bytes(half, "big")
        for half in (private[:_PRIME_BYTES], private[_PRIME_BYTES:])
    )
    if len(private) != 2 * _PRIME_BYTES or p == q or not _is_modulus(p * q):
        raise InvalidKeyError("not two primes of an RSA key of 3,072 bits")
    try:
        exponent = rsa.rsa_recover_private_exponent(_EXPONENT, p, q)
        numbers = rsa.RSAPrivateNumbers(
            p=p,
            q=q,
            d=exponent,
            dmp1=rsa.rsa_crt_dmp1(exponent, p),
            dmq1=rsa.rsa_crt_dmq1(exponent, q),
            iqmp=rsa.rsa_crt_iqmp(p, q),
            public_numbers=rsa.RSAPublicNumbers(_EXPONENT, p * q),
        )
        return numbers.private_key(unsafe_skip_rsa_key_validation=True)
    except ValueError:
        raise InvalidKeyError("the two numbers make no RSA key") from None


def _is_modulus(number: int) -> bool:
    return number.bit_length() == _MODULUS_BITS and number % 2 == 1
