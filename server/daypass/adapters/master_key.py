"""The master key, under which the key ring and sealed secrets rest.

It is 32 random bytes: in a private file as they are, or in a value that the
caller has, such as an environment variable, as base64.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
from pathlib import Path

from daypass.adapters.private_files import create_private, read_private
from daypass.core.limits import MASTER_KEY_BYTES
from daypass.core.ports import Entropy
from daypass.core.secret import Secret


class MasterKeyError(ValueError):
    """The master key is not 32 bytes in the expected form; the text quotes nothing."""


def load_master_key(path: Path) -> Secret:
    """Reads the master key from its file.

    Raises:
        PrivateFileError: others may read the file, or it is no regular file.
        MasterKeyError: it does not hold 32 bytes.
        OSError: it cannot be read; `FileNotFoundError` when it is not there.
    """
    data = read_private(path, size_max=2 * MASTER_KEY_BYTES)
    if len(data) != MASTER_KEY_BYTES:
        raise MasterKeyError(f"{path} must hold exactly {MASTER_KEY_BYTES} bytes")
    return Secret(data)


def load_or_create_master_key(path: Path, *, entropy: Entropy) -> Secret:
    """Reads the master key from its file, which is made where it is not there.

    Of several processes that make it at once, one wins and all read its key.

    Raises:
        PrivateFileError: others may read the file, or it is no regular file.
        MasterKeyError: it does not hold 32 bytes.
        OSError: it cannot be read or made.
    """
    with contextlib.suppress(FileNotFoundError):
        return load_master_key(path)
    # Where another process was faster, its key counts.
    with contextlib.suppress(FileExistsError):
        create_private(path, entropy.token_bytes(MASTER_KEY_BYTES))
    return load_master_key(path)


def parse_master_key(text: str) -> Secret:
    """Reads a master key from base64, with or without a line end behind it.

    Raises:
        MasterKeyError: it is not 32 bytes in base64.
    """
    try:
        data = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise MasterKeyError("the master key is not base64") from None
    if len(data) != MASTER_KEY_BYTES:
        raise MasterKeyError(
            f"the master key must be {MASTER_KEY_BYTES} bytes in base64"
        )
    return Secret(data)
