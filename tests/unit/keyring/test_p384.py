"""Keys on P-384 are points of it, and sign with numbers of its group.

SPEC: RFC 7518 section 3.4; attacks J37, J39 and J42.
"""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from daypass.core.secret import Secret
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.errors import InvalidKeyError, WrongSignatureError
from daypass.keyring.key import SigningKey, VerifyingKey
from support.rings import key_of

KEY = key_of(Algorithm.ES384)
ORDER = ec.SECP384R1().group_order
PRIME = 2**384 - 2**128 - 2**96 + 2**32 - 1


@pytest.mark.parametrize("scalar", [0, ORDER, 2**384 - 1])
def test_scalar_out_of_range_refused(scalar: int) -> None:
    """A private scalar lies between one and the order of the group."""
    with pytest.raises(InvalidKeyError):
        SigningKey.from_private_bytes(
            Algorithm.ES384, Secret(scalar.to_bytes(48, "big"))
        )


@pytest.mark.parametrize("scalar", [1, ORDER - 1])
def test_scalar_at_the_edge_taken(scalar: int) -> None:
    """The first and the last private scalar are keys."""
    private = Secret(scalar.to_bytes(48, "big"))
    key = SigningKey.from_private_bytes(Algorithm.ES384, private)

    key.verifying_key.verify(key.sign(b"one"), b"one")


@pytest.mark.parametrize(
    "public",
    [
        b"",
        KEY.verifying_key.public[:48],
        KEY.verifying_key.public[:-1],
        KEY.verifying_key.public + b"\0",
        bytes(96),
        b"\x01" * 96,
        PRIME.to_bytes(48, "big") + bytes(48),
        key_of(Algorithm.ES256).verifying_key.public,
    ],
    ids=["empty", "x", "short", "long", "infinity", "off", "x=p", "P-256"],
)
def test_j42_point_refused(public: bytes) -> None:
    """J42: what is no point of the curve, in 96 bytes, is no public key."""
    with pytest.raises(InvalidKeyError):
        VerifyingKey.from_public_bytes(Algorithm.ES384, public)


@pytest.mark.parametrize("r", [0, ORDER, ORDER + 1])
def test_j37_psychic_signature_refused(r: int) -> None:
    """J37: signatures with numbers outside the range are refused, zero first."""
    for s in (0, 1, ORDER):
        with pytest.raises(WrongSignatureError):
            KEY.verifying_key.verify(
                r.to_bytes(48, "big") + s.to_bytes(48, "big"), b"message"
            )


@pytest.mark.parametrize("size", [0, 64, 95, 97, 132])
def test_j39_signature_of_wrong_size_refused(size: int) -> None:
    """J39: an ES384 signature has exactly 96 bytes."""
    resized = KEY.sign(b"message")[:size].ljust(size, b"\0")

    with pytest.raises(WrongSignatureError):
        KEY.verifying_key.verify(resized, b"message")


def test_twin_is_not_the_sole_form() -> None:
    """Of the two signatures that verify, the one with the larger s has a twin."""
    signature = KEY.sign(b"message")
    s = ORDER - int.from_bytes(signature[48:], "big")
    twin = signature[:48] + s.to_bytes(48, "big")

    KEY.verifying_key.verify(twin, b"message")
    assert not KEY.verifying_key.is_sole_form(twin)
    assert KEY.verifying_key.is_sole_form(signature)
