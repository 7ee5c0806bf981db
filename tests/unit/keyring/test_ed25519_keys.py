"""Ed25519 public keys that are not safe to trust are refused when loaded.

Source of the rule: attacks J40 and F10; RFC 8032 section 5.1.3.
"""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from daypass.core.secret import Secret
from daypass.keyring import edwards
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.errors import InvalidKeyError, WrongSignatureError
from daypass.keyring.key import SigningKey, VerifyingKey

_P = 2**255 - 19
_SIGN = 1 << 255
# A point of order eight; its multiples are all eight points of small order.
_TORSION = bytes.fromhex(
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"
)


def _encode(number: int) -> bytes:
    return number.to_bytes(32, "little")


def _compress(point: tuple[int, int, int, int]) -> bytes:
    inverse = pow(point[2], _P - 2, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return _encode(y | (x & 1) << 255)


def _point(public: bytes) -> tuple[int, int, int, int]:
    point = edwards._decompress(public)
    assert point is not None
    return point


SMALL_ORDER = {
    multiple: _compress(edwards._multiply(multiple, _point(_TORSION)))
    for multiple in range(8)
}
NON_CANONICAL = {
    "identity, y = p + 1": _encode(_P + 1),
    "identity, sign set": _encode(1 | _SIGN),
    "order two, sign set": _encode((_P - 1) | _SIGN),
    "order four, y = p": _encode(_P),
    "order four, y = p, sign set": _encode(_P | _SIGN),
    "largest y": _encode(2**255 - 1),
}


@pytest.mark.parametrize("multiple", SMALL_ORDER)
def test_j40_small_order_key_refused(multiple: int) -> None:
    """A key of one of the eight points of small order is refused."""
    with pytest.raises(InvalidKeyError):
        VerifyingKey.from_public_bytes(Algorithm.EDDSA, SMALL_ORDER[multiple])


def test_j40_there_are_eight_small_orders() -> None:
    """The points of small order that the tests use are eight different ones."""
    assert len(set(SMALL_ORDER.values())) == 8
    assert SMALL_ORDER[0] == _encode(1)


@pytest.mark.parametrize("name", NON_CANONICAL)
def test_j40_non_canonical_key_refused(name: str) -> None:
    """A key in another spelling than its one is refused."""
    with pytest.raises(InvalidKeyError):
        VerifyingKey.from_public_bytes(Algorithm.EDDSA, NON_CANONICAL[name])


@pytest.mark.parametrize("multiple", range(1, 8))
def test_j40_mixed_order_key_refused(multiple: int) -> None:
    """A good key plus a point of small order is refused, though OpenSSL takes it."""
    good = SigningKey.from_private_bytes(Algorithm.EDDSA, Secret(b"k" * 32))
    torsion = _point(SMALL_ORDER[multiple])
    mixed = _compress(edwards._add(_point(good.verifying_key.public), torsion))
    Ed25519PublicKey.from_public_bytes(mixed)

    with pytest.raises(InvalidKeyError):
        VerifyingKey.from_public_bytes(Algorithm.EDDSA, mixed)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_wrong_size_refused(size: int) -> None:
    """A public key has exactly 32 bytes."""
    with pytest.raises(InvalidKeyError):
        VerifyingKey.from_public_bytes(Algorithm.EDDSA, bytes([9]) * size)


def test_point_off_the_curve_refused() -> None:
    """A y for which the curve has no x is refused."""
    with pytest.raises(InvalidKeyError):
        VerifyingKey.from_public_bytes(Algorithm.EDDSA, _encode(2))


@settings(max_examples=20)
@given(seed=st.binary(min_size=32, max_size=32))
def test_every_derived_key_is_safe(seed: bytes) -> None:
    """The public half of any private key passes the check."""
    key = SigningKey.from_private_bytes(Algorithm.EDDSA, Secret(seed))

    assert edwards.is_safe_public_key(key.verifying_key.public)


def test_j40_identity_signature_refused() -> None:
    """The signature that fits any message under the identity key is refused."""
    key = SigningKey.from_private_bytes(Algorithm.EDDSA, Secret(b"k" * 32))

    with pytest.raises(WrongSignatureError):
        key.verifying_key.verify(_encode(1) + bytes(32), b"anything")


def test_j40_large_s_refused() -> None:
    """A signature whose S was raised by the order of the group is refused."""
    key = SigningKey.from_private_bytes(Algorithm.EDDSA, Secret(b"k" * 32))
    signature = key.sign(b"message")
    s = int.from_bytes(signature[32:], "little")

    with pytest.raises(WrongSignatureError):
        key.verifying_key.verify(signature[:32] + _encode(s + edwards._L), b"message")


@pytest.mark.parametrize(
    ("public", "signature", "message"),
    [
        (
            "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            (
                "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41"
                "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
            ),
            "616263",
        ),
        (
            "dfc9425e4f968f7f0c29f0259cf5f9aed6851c2bb4ad8bfb860cfee0ab248292",
            (
                "55a4cc2f70a54e04288c5f4cd1e45a7bb520b36292911876cada7323198dd87a"
                "8b36950b95130022907a7fb7c4e9b2d5f6cca685a587b4b21f4b888e4e7edb0d"
            ),
            "f726936d19c800494e3fdaff20b276a8",
        ),
    ],
    ids=["Ed25519ph", "Ed25519ctx"],
)
def test_j41_other_variants_refused(public: str, signature: str, message: str) -> None:
    """J41: the signatures of RFC 8032 7.2 and 7.3, of other variants, are refused."""
    key = VerifyingKey.from_public_bytes(Algorithm.EDDSA, bytes.fromhex(public))

    with pytest.raises(WrongSignatureError):
        key.verify(bytes.fromhex(signature), bytes.fromhex(message))
