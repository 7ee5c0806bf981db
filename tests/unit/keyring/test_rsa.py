"""RSA keys of the ring have one size and one exponent, and sign in one form.

SPEC: sts-operations 6.4 and 6.5; attacks J43.
"""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import base64url
from daypass.core.secret import Secret
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.errors import InvalidKeyError, WrongSignatureError
from daypass.keyring.key import SigningKey, VerifyingKey
from support.rings import rsa_key

KEY = rsa_key()
PRIMES = KEY.private.reveal()
MODULUS = int.from_bytes(KEY.verifying_key.public, "big")
# One more than a multiple of the exponent, which then has no inverse.
UNFIT = ((0xC0 << 1_528) // 131_074 + 1) * 131_074 + 1
LARGEST = 2**3_072 - 1


def _refused(private: bytes) -> None:
    with pytest.raises(InvalidKeyError):
        SigningKey.from_private_bytes(Algorithm.RS256, Secret(private))


@pytest.mark.parametrize(
    "private",
    [
        bytes(384),
        b"\x01" + bytes(383),
        PRIMES[:192] * 2,
        b"\xff" * 384,
        PRIMES[:192] + (b"\x40" + bytes(190) + b"\x01"),
        UNFIT.to_bytes(192, "big") + PRIMES[192:],
    ],
    ids=["zeros", "zero", "square", "equal", "composite", "unfit"],
)
def test_j43_no_two_primes_refused(private: bytes) -> None:
    """J43: two numbers that are not the primes of a key of our size are no key."""
    _refused(private)


@given(bit=st.integers(0, 8 * len(PRIMES) - 1))
def test_damaged_prime_is_not_this_key(bit: int) -> None:
    """A key with any one bit changed is refused, or is whole and has another name.

    One change in some five hundred makes another prime.
    """
    number = int.from_bytes(PRIMES, "big") ^ (1 << bit)
    private = Secret(number.to_bytes(len(PRIMES), "big"))

    try:
        other = SigningKey.from_private_bytes(Algorithm.RS256, private)
    except InvalidKeyError:
        return
    other.verifying_key.verify(other.sign(b"message"), b"message")
    assert KEY.kid != other.kid


@pytest.mark.parametrize(
    "modulus",
    [0, 1, MODULUS - 1, MODULUS >> 1 | 1, LARGEST - 1],
    ids=["zero", "one", "even", "3071-bits", "largest-even"],
)
def test_j43_modulus_refused(modulus: int) -> None:
    """J43: a modulus that is even or a bit too short is no public key."""
    public = modulus.to_bytes(384, "big")

    with pytest.raises(InvalidKeyError):
        VerifyingKey.from_public_bytes(Algorithm.RS256, public)


@pytest.mark.parametrize("bits", [1_024, 2_048, 4_096])
def test_j43_modulus_of_another_size_refused(bits: int) -> None:
    """J43: a modulus of another size is no public key of ours."""
    public = (2**bits - 1).to_bytes(bits // 8, "big")

    with pytest.raises(InvalidKeyError):
        VerifyingKey.from_public_bytes(Algorithm.RS256, public)


@pytest.mark.parametrize("size", [0, 383, 385, 512])
def test_j39_signature_of_wrong_size_refused(size: int) -> None:
    """J39: an RS256 signature has exactly the bytes of the modulus."""
    signature = KEY.sign(b"message")
    resized = signature[:size].ljust(size, b"\0")

    with pytest.raises(WrongSignatureError):
        KEY.verifying_key.verify(resized, b"message")


def test_signature_has_no_twin() -> None:
    """A signature beyond the modulus is refused, so that each has one form."""
    number = int.from_bytes(KEY.sign(b"message"), "big")
    twins = [number + MODULUS, MODULUS - number]

    for twin in twins:
        if twin <= LARGEST:
            with pytest.raises(WrongSignatureError):
                KEY.verifying_key.verify(twin.to_bytes(384, "big"), b"message")
    assert KEY.verifying_key.is_sole_form(KEY.sign(b"message"))


def test_other_padding_and_hash_refused() -> None:
    """A PSS signature, or one over another hash, is none of RS256."""
    private = rsa.generate_private_key(65_537, 3_072)
    public = private.public_key().public_numbers().n.to_bytes(384, "big")
    key = VerifyingKey.from_public_bytes(Algorithm.RS256, public)
    others = [
        private.sign(b"message", PSS(MGF1(SHA256()), PSS.DIGEST_LENGTH), SHA256()),
        private.sign(b"message", PKCS1v15(), SHA384()),
    ]

    for signature in others:
        with pytest.raises(WrongSignatureError):
            key.verify(signature, b"message")
    key.verify(private.sign(b"message", PKCS1v15(), SHA256()), b"message")


def test_jwk_has_modulus_and_exponent() -> None:
    """The published key says its modulus and its exponent, and nothing private."""
    jwk = KEY.verifying_key.jwk()

    assert ("RSA", "AQAB") == (jwk["kty"], jwk["e"])
    assert base64url.encode(MODULUS.to_bytes(384, "big")) == jwk["n"]
    assert {"kty", "e", "n", "alg", "kid", "use"} == set(jwk)
