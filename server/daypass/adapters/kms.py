"""Key management services, by URL.

| URL | Keys are |
|---|---|
| `file:///FOLDER` | files of that folder: `ID.key`, 32 random bytes, private |

A folder is a key management service where it is not on the disk that it protects: a
mounted secret, an encrypted volume, a token that is plugged in. A further service is
one more class here, and one more scheme.

The wrapped form of a folder:

| Bytes | What |
|---|---|
| 1 | the version of this form, 1 |
| 12 | the nonce |
| rest | AES-256-GCM of the data key, and the tag of 16 bytes |

What is authenticated with it: a constant, the version, the id of the key, and the
context, each part behind its length, so that no two of them read the same.

SPEC: NIST SP 800-38D; design 7; decision 0036.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from daypass.adapters.private_files import read_private
from daypass.core import limits
from daypass.core.kms import Kms, KmsRefusedError, KmsUnavailableError
from daypass.core.ports import Entropy
from daypass.core.secret import Secret

_SCHEME: Final = "file"
# An id is part of a path: no dot and no slash, so that it leads nowhere else.
_FILE_KEY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
# How this form evolves: a reader refuses every first byte that it does not know.
_FORM: Final = 1
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_PURPOSE: Final = b"daypass-kms-file"
_LENGTH_BYTES: Final = 4


def kms_folder(url: str) -> Path:
    """Returns the folder that the URL of a key management service names.

    Raises:
        ValueError: it names none.
    """
    parts = urlsplit(url)
    path = Path(unquote(parts.path))
    plain = not (parts.netloc or parts.query or parts.fragment)
    if parts.scheme != _SCHEME or not plain or not path.is_absolute():
        raise ValueError("expected file:///FOLDER, the absolute path of a folder")
    return path


def open_kms(url: str, *, entropy: Entropy) -> Kms:
    """Returns the key management service of a URL; nothing is asked yet.

    Raises:
        ValueError: there is none of that kind.
    """
    return FileKms(kms_folder(url), entropy=entropy)


class FileKms:
    """A `Kms` whose keys are the files of a folder.

    Args:
        folder: where the keys are.
        entropy: gives nonces, which must never come twice under one key.
    """

    def __init__(self, folder: Path, *, entropy: Entropy) -> None:
        self._folder = folder
        self._entropy = entropy

    def wrap(
        self, key_id: str, data_key: Secret, *, context: Mapping[str, str]
    ) -> bytes:
        """Wraps a data key; see the protocol.

        Raises:
            PrivateFileError: others may read the key.
        """
        cipher = self._cipher(key_id)
        nonce = self._entropy.token_bytes(_NONCE_BYTES)
        bound = _bound(key_id, context)
        return bytes([_FORM]) + nonce + cipher.encrypt(nonce, data_key.reveal(), bound)

    def unwrap(
        self, key_id: str, wrapped: bytes, *, context: Mapping[str, str]
    ) -> Secret:
        """Returns the data key; see the protocol.

        Raises:
            PrivateFileError: others may read the key.
        """
        if len(wrapped) < 1 + _NONCE_BYTES + _TAG_BYTES or wrapped[0] != _FORM:
            raise KmsRefusedError("the wrapped key is malformed")
        nonce, sealed = wrapped[1 : 1 + _NONCE_BYTES], wrapped[1 + _NONCE_BYTES :]
        try:
            plain = self._cipher(key_id).decrypt(nonce, sealed, _bound(key_id, context))
        except InvalidTag:
            raise KmsRefusedError(
                "the wrapped key is damaged, or was wrapped under another key or for"
                " another context"
            ) from None
        return Secret(plain)

    def _cipher(self, key_id: str) -> AESGCM:
        if _FILE_KEY_ID.fullmatch(key_id) is None:
            raise KmsRefusedError(
                "the id of a key in a folder is 1 to 64 letters, digits, _ or -"
            )
        path = self._folder / f"{key_id}.key"
        try:
            key = read_private(path, size_max=2 * limits.MASTER_KEY_BYTES)
        except OSError as error:
            # NOTE: a volume that is not mounted has no key either, and is away.
            if isinstance(error, FileNotFoundError) and self._folder.is_dir():
                raise KmsRefusedError(f"there is no {path}") from error
            raise KmsUnavailableError(
                "kms_unavailable",
                message=f"The key management service {self._folder} does not answer",
            ) from error
        if len(key) != limits.MASTER_KEY_BYTES:
            raise KmsRefusedError(
                f"{path} must hold exactly {limits.MASTER_KEY_BYTES} bytes"
            )
        return AESGCM(key)


def _bound(key_id: str, context: Mapping[str, str]) -> bytes:
    """Returns what is authenticated with a data key."""
    pairs = [text for pair in sorted(context.items()) for text in pair]
    parts = [_PURPOSE, bytes([_FORM]), *(text.encode() for text in (key_id, *pairs))]
    return b"".join(len(part).to_bytes(_LENGTH_BYTES, "big") + part for part in parts)
