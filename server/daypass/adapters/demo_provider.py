"""An identity provider for one developer's machine, of which only the key exists.

`daypassd dev` believes its tokens in the name of every issuer that cannot exist:
those whose host ends in a name that is reserved for examples and tests. `daypassd
demo` signs such tokens. The key lies in the state folder and is nobody else's.

SPEC: RFC 2606 section 2 and RFC 6761 for the names; RFC 7515 and 7518 for tokens.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from daypass.adapters.private_files import (
    PrivateFileError,
    create_private,
    read_private,
)
from daypass.core import base64url

KEY_ID: Final = "daypassd-dev"
_RESERVED: Final = (".example", ".test", ".invalid", ".localhost")
_FOLDER: Final = "demo"
_FILE: Final = "identity-provider.pem"
_FOLDER_MODE: Final = 0o700
_PEM_BYTES_MAX: Final = 4_096
_COORDINATE_BYTES: Final = 32


class DemoProvider:
    """The provider; make one with `load` or `load_or_create`.

    Args:
        key: signs its tokens, ES256.
    """

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    @classmethod
    def load(cls, state: Path) -> Self:
        """Returns the provider of a state folder.

        Raises:
            FileNotFoundError: there is none.
            PrivateFileError: its key is not private, or is none.
        """
        path = state / _FOLDER / _FILE
        pem = read_private(path, size_max=_PEM_BYTES_MAX)
        try:
            key = load_pem_private_key(pem, password=None)
        except (TypeError, ValueError):
            key = None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != (
            ec.SECP256R1.name
        ):
            raise PrivateFileError(f"{path} holds no key of P-256 in PEM")
        return cls(key)

    @classmethod
    def load_or_create(cls, state: Path) -> Self:
        """Returns the provider of a state folder, and makes it where there is none.

        Raises:
            PrivateFileError: its key is not private, or is none.
            OSError: it cannot be written.
        """
        (state / _FOLDER).mkdir(mode=_FOLDER_MODE, exist_ok=True)
        try:
            return cls.load(state)
        except FileNotFoundError:
            key = ec.generate_private_key(ec.SECP256R1())
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            create_private(state / _FOLDER / _FILE, pem)
            return cls(key)

    def key_set_of(self, issuer: str) -> str | None:
        """Returns its key set for an issuer that it stands in for, or None."""
        return self.key_set() if is_reserved(issuer) else None

    def key_set(self) -> str:
        """Returns its public key as a key set."""
        numbers = self._key.public_key().public_numbers()
        x, y = (
            base64url.encode(number.to_bytes(_COORDINATE_BYTES, "big"))
            for number in (numbers.x, numbers.y)
        )
        public = {"kty": "EC", "crv": "P-256", "x": x, "y": y}
        return json.dumps({"keys": [{**public, "use": "sig", "kid": KEY_ID}]})

    def sign(self, claims: Mapping[str, object]) -> str:
        """Returns a token that says this, as a compact JWS."""
        header = {"alg": "ES256", "typ": "JWT", "kid": KEY_ID}
        signing_input = ".".join(
            base64url.encode(json.dumps(part, separators=(",", ":")).encode())
            for part in (header, claims)
        )
        encoded = self._key.sign(signing_input.encode("ascii"), ec.ECDSA(SHA256()))
        signature = b"".join(
            number.to_bytes(_COORDINATE_BYTES, "big")
            for number in decode_dss_signature(encoded)
        )
        return f"{signing_input}.{base64url.encode(signature)}"


def is_reserved(issuer: str) -> bool:
    """Tells whether no such issuer can exist, by the name of its host."""
    host = issuer.removeprefix("https://").partition("/")[0].lower()
    return host.endswith(_RESERVED)
