"""The master key, under which the key ring and sealed secrets rest.

It is 32 random bytes: in a private file as they are, or in a value that the
caller has, such as an environment variable, as base64. In the place of either it may
be as a key management service has wrapped it (see `adapters.wrapped_key`).
"""

from __future__ import annotations

import base64
import binascii
import contextlib
from pathlib import Path

from daypass.adapters.private_files import (
    create_private,
    read_private,
    replace_private,
)
from daypass.adapters.wrapped_key import Wrapping, is_wrapped
from daypass.core import key_limits
from daypass.core.limits import MASTER_KEY_BYTES
from daypass.core.ports import Entropy
from daypass.core.secret import Secret


class MasterKeyError(ValueError):
    """The master key is not 32 bytes in the expected form; the text quotes nothing."""


def load_master_key(path: Path, *, wrapping: Wrapping | None = None) -> Secret:
    """Reads the master key from its file.

    Args:
        path: the file.
        wrapping: unwraps; without it the key must not be wrapped.

    Raises:
        PrivateFileError: others may read the file, or it is no regular file.
        MasterKeyError: it does not hold 32 bytes, or is wrapped and must not be, or
            the other way round.
        WrappedKeyError: the key management service does not unwrap it.
        KmsUnavailableError: that does not answer.
        OSError: it cannot be read; `FileNotFoundError` when it is not there.
    """
    data = read_private(path, size_max=key_limits.WRAPPED_KEY_BYTES_MAX)
    if is_wrapped(data):
        return _unwrapped(data, wrapping, str(path))
    if len(data) != MASTER_KEY_BYTES:
        raise MasterKeyError(f"{path} must hold exactly {MASTER_KEY_BYTES} bytes")
    return _plain(data, wrapping, str(path))


def load_or_create_master_key(
    path: Path, *, entropy: Entropy, wrapping: Wrapping | None = None
) -> Secret:
    """Reads the master key from its file, which is made where it is not there.

    Of several processes that make it at once, one wins and all read its key.

    Raises:
        Exception: as `load_master_key`, and where it cannot be made.
    """
    with contextlib.suppress(FileNotFoundError):
        return load_master_key(path, wrapping=wrapping)
    data = entropy.token_bytes(MASTER_KEY_BYTES)
    if wrapping is not None:
        data = wrapping.wrap(Secret(data)).encode() + b"\n"
    # Where another process was faster, its key counts.
    with contextlib.suppress(FileExistsError):
        create_private(path, data)
    return load_master_key(path, wrapping=wrapping)


def rewrap_master_key(path: Path, wrapping: Wrapping) -> None:
    """Puts the same master key under the key that is to wrap it; see `load_master_key`.

    A crash leaves the file as it was, or as it is to be.
    """
    master_key = load_master_key(path, wrapping=wrapping)
    replace_private(path, wrapping.wrap(master_key).encode() + b"\n")


def parse_master_key(text: str, *, wrapping: Wrapping | None = None) -> Secret:
    """Reads a master key from text, with or without a line end behind it.

    Raises:
        MasterKeyError: it is not 32 bytes in base64, or is wrapped and must not be,
            or the other way round.
        WrappedKeyError: the key management service does not unwrap it.
        KmsUnavailableError: that does not answer.
    """
    if is_wrapped(text.encode()):
        return _unwrapped(text.strip().encode(), wrapping, "the master key")
    try:
        data = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise MasterKeyError("the master key is not base64") from None
    if len(data) != MASTER_KEY_BYTES:
        raise MasterKeyError(
            f"the master key must be {MASTER_KEY_BYTES} bytes in base64"
        )
    return _plain(data, wrapping, "the master key")


def _unwrapped(text: bytes, wrapping: Wrapping | None, name: str) -> Secret:
    if wrapping is None:
        raise MasterKeyError(f"{name} is wrapped: name the key management service, kms")
    return wrapping.unwrap(text)


def _plain(data: bytes, wrapping: Wrapping | None, name: str) -> Secret:
    if wrapping is not None and not wrapping.plain_allowed:
        raise MasterKeyError(f"{name} is not wrapped: run `daypassd keys rewrap`")
    return Secret(data)
