"""The identity provider of a developer's machine, and for whom it stands in."""

from __future__ import annotations

import stat
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from daypass.adapters.demo_provider import DemoProvider, is_reserved
from daypass.adapters.private_files import PrivateFileError, create_private
from daypass.federation.oidc.jwk_set import parse_jwk_set
from support.oidc_issuer import claims
from support.oidc_refusal import verified


def test_token_is_good(tmp_path: Path) -> None:
    """What it signs is a token that its key set vouches for, and PyJWT agrees."""
    provider = DemoProvider.load_or_create(tmp_path)

    token = provider.sign(claims())

    keys = parse_jwk_set(provider.key_set())
    judge = jwt.PyJWKSet.from_json(provider.key_set())
    assert "user-1" == verified(token, keys=keys).subject
    assert (
        "user-1"
        == jwt.decode(
            token,
            judge.keys[0],
            algorithms=["ES256"],
            audience="daypass-client",
            options={"verify_exp": False, "verify_iat": False},
        )["sub"]
    )


def test_key_is_made_once_and_private(tmp_path: Path) -> None:
    """The key is made at the first start, for its owner only, and then found."""
    first = DemoProvider.load_or_create(tmp_path).key_set()

    assert first == DemoProvider.load_or_create(tmp_path).key_set()
    assert first == DemoProvider.load(tmp_path).key_set()
    (path,) = (tmp_path / "demo").iterdir()
    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_no_key(tmp_path: Path) -> None:
    """Without a first start there is no provider."""
    with pytest.raises(FileNotFoundError):
        DemoProvider.load(tmp_path)


def pem(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, secret: bytes = b""
) -> bytes:
    """Returns a key in PEM."""
    protection = BestAvailableEncryption(secret) if secret else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no PEM",
        pem(ec.generate_private_key(ec.SECP384R1())),
        pem(rsa.generate_private_key(public_exponent=65_537, key_size=2_048)),
        pem(ec.generate_private_key(ec.SECP256R1()), b"password"),
    ],
    ids=["empty", "text", "P-384", "RSA", "encrypted"],
)
def test_file_of_no_use(tmp_path: Path, content: bytes) -> None:
    """A file that holds no key of P-256 is refused, and is not replaced."""
    (tmp_path / "demo").mkdir()
    path = tmp_path / "demo" / "identity-provider.pem"
    create_private(path, content)

    with pytest.raises(PrivateFileError):
        DemoProvider.load_or_create(tmp_path)

    assert content == path.read_bytes()


def test_file_that_others_may_read(tmp_path: Path) -> None:
    """A key that others may read is refused."""
    DemoProvider.load_or_create(tmp_path)
    (tmp_path / "demo" / "identity-provider.pem").chmod(0o644)

    with pytest.raises(PrivateFileError):
        DemoProvider.load_or_create(tmp_path)


@pytest.mark.parametrize(
    ("issuer", "reserved"),
    [
        ("https://ci.securecart.example", True),
        ("https://login.securecart.example/customers", True),
        ("https://a.test", True),
        ("https://a.INVALID/x", True),
        ("https://a.localhost", True),
        ("https://example.com", False),
        ("https://token.actions.githubusercontent.com", False),
        ("https://idp.com/a.example", False),
        ("https://myexample", False),
        ("https://localhost", False),
    ],
)
def test_stands_in_for_what_cannot_exist(
    tmp_path: Path, issuer: str, *, reserved: bool
) -> None:
    """It stands in for issuers at reserved names, and for nobody who may exist."""
    provider = DemoProvider.load_or_create(tmp_path)

    assert reserved is is_reserved(issuer)
    assert (provider.key_set() if reserved else None) == provider.key_set_of(issuer)
