"""Secrets that configuration refers to: in the environment, in a file, or sealed.

A sealed secret is AES-256-GCM under a key that HKDF-SHA-256 derives from the master
key, so that it shares no key with the ring (SP 800-38D, RFC 5869). Its text is
`v1.` and the base64url of nonce and ciphertext; another version would be another
prefix.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Final, assert_never

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from daypass.adapters.private_files import read_private
from daypass.core import limits
from daypass.core.ports import Entropy
from daypass.core.secret import Secret
from daypass.directory.declared import SecretReference, SecretSource

_PREFIX: Final = "v1."
_PURPOSE: Final = b"daypass sealed secret v1"
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16


class SecretUnusableError(ValueError):
    """A secret that is referred to cannot be had; the text quotes nothing of it."""


def seal(secret: Secret, master_key: Secret, entropy: Entropy) -> str:
    """Seals a secret, so that its text may stand in a configuration file.

    Raises:
        SecretUnusableError: the secret is empty or too large.
    """
    plain = _checked(secret.reveal(), "the secret")
    nonce = entropy.token_bytes(_NONCE_BYTES)
    sealed = nonce + _cipher(master_key).encrypt(nonce, plain, _PURPOSE)
    return _PREFIX + base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unseal(text: str, master_key: Secret) -> Secret:
    """Opens a sealed secret.

    Raises:
        SecretUnusableError: it was sealed under another key, or is damaged.
    """
    body = text.removeprefix(_PREFIX)
    if body == text:
        raise SecretUnusableError("the sealed secret is of an unknown version")
    try:
        sealed = base64.b64decode(body + "=" * (-len(body) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise SecretUnusableError("the sealed secret is malformed") from None
    if len(sealed) <= _NONCE_BYTES + _TAG_BYTES:
        raise SecretUnusableError("the sealed secret is malformed")
    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        plain = _cipher(master_key).decrypt(nonce, rest, _PURPOSE)
    except InvalidTag:
        raise SecretUnusableError(
            "the sealed secret is damaged, or was sealed under another master key"
        ) from None
    return Secret(plain)


class SecretResolver:
    """Finds the values of secrets that are only referred to.

    Args:
        folder: where `{file: …}` begins; nothing outside of it is read.
        environment: where `{env: …}` is looked up.
        master_key: opens `{sealed: …}`; without it none can be opened.
        next_master_key: opens what it does not open, while master keys change.
    """

    def __init__(
        self,
        *,
        folder: Path,
        environment: Mapping[str, str],
        master_key: Secret | None = None,
        next_master_key: Secret | None = None,
    ) -> None:
        self._folder = folder
        self._environment = environment
        self._master_key = master_key
        self._next_master_key = next_master_key

    def resolve(self, reference: SecretReference) -> Secret:
        """Returns the secret.

        Raises:
            SecretUnusableError: it is not there, is empty or cannot be opened.
            PrivateFileError: others may read its file.
            OSError: its file cannot be read.
        """
        match reference.source:
            case SecretSource.ENVIRONMENT:
                return self._from_environment(reference.value)
            case SecretSource.FILE:
                return self._from_file(reference.value)
            case SecretSource.SEALED:
                return self._from_sealed(reference.value)
            case _:
                assert_never(reference.source)

    def _from_environment(self, name: str) -> Secret:
        value = self._environment.get(name)
        if value is None:
            raise SecretUnusableError(f"the environment has no {name!r}")
        return Secret(_checked(value.encode(), f"{name!r} in the environment"))

    def _from_file(self, relative: str) -> Secret:
        try:
            folder = self._folder.resolve(strict=True)
            path = (folder / relative).resolve(strict=True)
        except (RuntimeError, ValueError):
            # A loop of links, or a NUL in the path.
            raise SecretUnusableError(f"{relative!r} is no path of a file") from None
        # NOTE: links are followed first, so that one that leads outside is seen.
        if Path(relative).is_absolute() or not path.is_relative_to(folder):
            raise SecretUnusableError(f"{relative!r} leads out of {folder}")
        data = read_private(path, size_max=limits.SECRET_FILE_BYTES_MAX)
        # One line end, which an editor leaves behind, is not part of the secret.
        stripped = data.removesuffix(b"\n").removesuffix(b"\r")
        return Secret(_checked(stripped, f"{relative!r}"))

    def _from_sealed(self, text: str) -> Secret:
        if self._master_key is None:
            raise SecretUnusableError("there is no master key to open it")
        if self._next_master_key is None:
            return unseal(text, self._master_key)
        try:
            return unseal(text, self._master_key)
        except SecretUnusableError:
            return unseal(text, self._next_master_key)


def _checked(value: bytes, name: str) -> bytes:
    if not value:
        raise SecretUnusableError(f"{name} is empty")
    if len(value) > limits.SECRET_FILE_BYTES_MAX:
        raise SecretUnusableError(f"{name} is too large")
    return value


def _cipher(master_key: Secret) -> AESGCM:
    if len(master_key.reveal()) != limits.MASTER_KEY_BYTES:
        raise SecretUnusableError("the master key has the wrong length")
    derive = HKDF(
        algorithm=SHA256(), length=limits.MASTER_KEY_BYTES, salt=None, info=_PURPOSE
    )
    return AESGCM(derive.derive(master_key.reveal()))
