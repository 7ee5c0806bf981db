"""Keys sign, verify, and are named by their thumbprint."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import base64url
from daypass.core.secret import Secret
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.errors import InvalidKeyError, WrongSignatureError
from daypass.keyring.key import SigningKey, VerifyingKey, thumbprint
from daypass.keyring.schemes import SCHEMES
from support.rings import key_of

KEYS = {algorithm: key_of(algorithm) for algorithm in Algorithm}
P256_ORDER = ec.SECP256R1().group_order
P256_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
each_algorithm = pytest.mark.parametrize("algorithm", Algorithm)

# RFC 8037 appendix A.1, a published example key.
RFC8037_PRIVATE = base64url.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
RFC8037_PUBLIC = base64url.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
# RFC 7515 appendix A.3, a published example key.
RFC7515_X = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
RFC7515_Y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"


def test_every_algorithm_has_a_row() -> None:
    """The table has a scheme for each algorithm, and for nothing else."""
    assert set(Algorithm) == set(SCHEMES)


@each_algorithm
def test_wrong_message_refused(algorithm: Algorithm) -> None:
    """A signature does not fit another message."""
    key = KEYS[algorithm]
    signature = key.sign(b"one")

    with pytest.raises(WrongSignatureError):
        key.verifying_key.verify(signature, b"two")


@each_algorithm
def test_other_key_refused(algorithm: Algorithm) -> None:
    """A signature does not fit another key of the same algorithm."""
    other = key_of(algorithm, 1)
    signature = KEYS[algorithm].sign(b"one")

    with pytest.raises(WrongSignatureError):
        other.verifying_key.verify(signature, b"one")


@each_algorithm
def test_own_signature_taken(algorithm: Algorithm) -> None:
    """A key takes what it signed, in as many bytes as it says."""
    key = KEYS[algorithm]
    signature = key.sign(b"one")

    key.verifying_key.verify(signature, b"one")
    assert key.signature_bytes == len(signature)
    assert key.verifying_key.is_sole_form(signature)


@each_algorithm
@given(data=st.data())
def test_flipped_bit_refused(algorithm: Algorithm, data: st.DataObject) -> None:
    """A signature with any one bit changed is refused."""
    key = KEYS[algorithm]
    size = key.signature_bytes
    bit = data.draw(st.integers(0, 8 * size - 1))
    number = int.from_bytes(key.sign(b"message"), "big") ^ (1 << bit)

    with pytest.raises(WrongSignatureError):
        key.verifying_key.verify(number.to_bytes(size, "big"), b"message")


@each_algorithm
def test_signatures_repeat(algorithm: Algorithm) -> None:
    """Signing needs no randomness: the same message gives the same signature."""
    assert KEYS[algorithm].sign(b"one") == KEYS[algorithm].sign(b"one")


@each_algorithm
def test_private_key_does_not_print(algorithm: Algorithm) -> None:
    """The text form of a signing key holds nothing of its private half."""
    key = KEYS[algorithm]

    assert "<redacted>" in repr(key)
    assert repr(key.private.reveal()) not in repr(key)


@pytest.mark.parametrize("more", [None, -1, 1])
@each_algorithm
def test_private_key_of_wrong_size_refused(
    algorithm: Algorithm, more: int | None
) -> None:
    """A private key has exactly the bytes of its scheme, none less or more."""
    private = KEYS[algorithm].private.reveal()
    resized = b"" if more is None else (private + b"\x01")[: len(private) + more]

    with pytest.raises(InvalidKeyError):
        SigningKey.from_private_bytes(algorithm, Secret(resized))


@pytest.mark.parametrize("scalar", [0, P256_ORDER, 2**256 - 1])
def test_p256_scalar_out_of_range_refused(scalar: int) -> None:
    """A private scalar lies between one and the order of the group."""
    private = Secret(scalar.to_bytes(32, "big"))

    with pytest.raises(InvalidKeyError):
        SigningKey.from_private_bytes(Algorithm.ES256, private)


@pytest.mark.parametrize("scalar", [1, P256_ORDER - 1])
def test_p256_scalar_at_the_edge_taken(scalar: int) -> None:
    """The first and the last private scalar are keys."""
    private = Secret(scalar.to_bytes(32, "big"))
    key = SigningKey.from_private_bytes(Algorithm.ES256, private)

    key.verifying_key.verify(key.sign(b"one"), b"one")


@pytest.mark.parametrize(
    "public",
    [
        b"",
        b"\x01" * 63,
        b"\x01" * 65,
        bytes(64),
        b"\x01" * 64,
        (P256_PRIME).to_bytes(32, "big") + bytes(32),
        b"\xff" * 64,
    ],
    ids=["empty", "short", "long", "infinity", "off-curve", "x=p", "huge"],
)
def test_p256_point_refused(public: bytes) -> None:
    """What is no point of the curve is no public key."""
    with pytest.raises(InvalidKeyError):
        VerifyingKey.from_public_bytes(Algorithm.ES256, public)


@pytest.mark.parametrize("r", [0, P256_ORDER, P256_ORDER + 1])
def test_j37_psychic_signature_refused(r: int) -> None:
    """Signatures with numbers outside the range are refused, zero first."""
    key = KEYS[Algorithm.ES256].verifying_key

    for s in (0, 1, P256_ORDER):
        with pytest.raises(WrongSignatureError):
            key.verify(r.to_bytes(32, "big") + s.to_bytes(32, "big"), b"message")


def _der(signature: bytes) -> bytes:
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    return encode_dss_signature(r, s)


@pytest.mark.parametrize("size", [0, 63, 65, 72, 132])
def test_j39_signature_of_wrong_size_refused(size: int) -> None:
    """An ES256 signature has exactly 64 bytes."""
    key = KEYS[Algorithm.ES256]
    signature = key.sign(b"message")
    resized = signature[:size].ljust(size, b"\0")

    with pytest.raises(WrongSignatureError):
        key.verifying_key.verify(resized, b"message")


def test_j39_der_signature_refused() -> None:
    """An ES256 signature in DER is refused."""
    key = KEYS[Algorithm.ES256]

    with pytest.raises(WrongSignatureError):
        key.verifying_key.verify(_der(key.sign(b"message")), b"message")


def test_es256_twin_is_not_the_sole_form() -> None:
    """Of the two signatures that verify, the one with the larger s has a twin."""
    key = KEYS[Algorithm.ES256]
    signature = key.sign(b"message")
    s = P256_ORDER - int.from_bytes(signature[32:], "big")
    twin = signature[:32] + s.to_bytes(32, "big")

    key.verifying_key.verify(twin, b"message")
    assert not key.verifying_key.is_sole_form(twin)


@given(message=st.binary(max_size=64))
def test_es256_signs_with_the_smaller_s(message: bytes) -> None:
    """Our own signatures are always the sole form."""
    key = KEYS[Algorithm.ES256]

    assert key.verifying_key.is_sole_form(key.sign(message))


def test_rfc8037_public_key() -> None:
    """The public half of the key of RFC 8037 A.1 is that of A.2."""
    private = Secret(RFC8037_PRIVATE)
    key = SigningKey.from_private_bytes(Algorithm.EDDSA, private)

    assert key.verifying_key.public == RFC8037_PUBLIC


def test_rfc8037_thumbprint() -> None:
    """The name of the key of RFC 8037 is the thumbprint of its A.3."""
    key = VerifyingKey.from_public_bytes(Algorithm.EDDSA, RFC8037_PUBLIC)

    assert key.kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_rfc8037_signature() -> None:
    """Signing as RFC 8037 A.4 does gives its signature."""
    key = SigningKey.from_private_bytes(Algorithm.EDDSA, Secret(RFC8037_PRIVATE))
    message = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"

    assert base64url.encode(key.sign(message)) == (
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5B"
        "hVsPt9g7sVvpAr_MuM0KAg"
    )


def test_rfc7515_es256_signature() -> None:
    """The signature of RFC 7515 A.3 verifies under its key."""
    public = base64url.decode(RFC7515_X) + base64url.decode(RFC7515_Y)
    key = VerifyingKey.from_public_bytes(Algorithm.ES256, public)
    message = (
        b"eyJhbGciOiJFUzI1NiJ9"
        b".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
        b"cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    )

    key.verify(
        base64url.decode(
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA"
            "pmWQxfKTUJqPP3-Kg6NU1Q"
        ),
        message,
    )


def test_rfc7638_thumbprint() -> None:
    """The thumbprint of the key of RFC 7638 section 3.1 is the one given there."""
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86z"
        "wu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5Js"
        "GY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMic"
        "AtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"
        "bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csF"
        "Cur-kEgU8awapJzKnqDKgw"
    )

    assert thumbprint({"kty": "RSA", "e": "AQAB", "n": modulus}) == (
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    )


@each_algorithm
def test_kid_covers_required_members_only(algorithm: Algorithm) -> None:
    """A kid is 43 characters: SHA-256 of the members that make up the key."""
    key = KEYS[algorithm].verifying_key
    members = {
        name: value
        for name, value in key.jwk().items()
        if name not in {"alg", "kid", "use"}
    }

    assert key.kid == thumbprint(members)
    assert len(key.kid) == len(base64url.encode(hashlib.sha256().digest()))
