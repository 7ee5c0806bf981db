"""The file of the sealed key ring."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from daypass.adapters.private_files import (
    PrivateFileError,
    open_private,
    read_private,
    replace_private,
)
from daypass.core import limits
from daypass.core.errors import StoreUnavailableError


class KeyringFile:
    """Holds the bytes of a sealed ring in a private file.

    It knows nothing of what is in them. Calls block on the disk.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> bytes | None:
        """Returns the stored bytes, or None where there is no file.

        Raises:
            PrivateFileError: others may read the file, or it is no regular file.
            OSError: it cannot be read.
        """
        try:
            return read_private(self._path, size_max=limits.KEYRING_FILE_BYTES_MAX)
        except FileNotFoundError:
            return None

    def store(self, data: bytes) -> None:
        """Replaces the stored bytes; a crash leaves the old ones or the new.

        Raises:
            ValueError: there are more bytes than `load` would read.
            OSError: the disk refused; the old bytes are still there.
        """
        if len(data) > limits.KEYRING_FILE_BYTES_MAX:
            raise ValueError("the ring is larger than a ring file may be")
        replace_private(self._path, data)

    def swap(self, data: bytes, *, expected: bytes | None) -> bool:
        """Replaces the stored bytes if they are the expected ones; None means no file.

        Processes of one host take turns, by a lock on a file beside it.

        Returns:
            Whether they were.

        Raises:
            ValueError: there are more bytes than `load` would read.
            PrivateFileError: others may read the file, or it is no regular file.
            OSError: the disk refused; the old bytes are still there.
        """
        with self._locked():
            if self.load() != expected:
                return False
            self.store(data)
            return True

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        path = self._path.with_name(f".{self._path.name}.lock")
        descriptor = open_private(path, os.O_RDWR | os.O_CREAT)
        try:
            # Whoever has the lock writes one small file, and dies with it.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


class FileKeyringStore:
    """A `KeyringStore` in a file, for the processes of one host.

    Args:
        file: the file.
    """

    def __init__(self, file: KeyringFile) -> None:
        self._file = file

    async def load(self) -> bytes | None:
        """Returns the sealed ring; see the port."""
        try:
            return await asyncio.to_thread(self._file.load)
        except (OSError, PrivateFileError) as error:
            raise _unavailable() from error

    async def replace(self, sealed: bytes, *, expected: bytes | None) -> bool:
        """Stores a ring in the place of another one; see the port."""
        try:
            return await asyncio.to_thread(self._file.swap, sealed, expected=expected)
        except (OSError, PrivateFileError) as error:
            raise _unavailable() from error


def _unavailable() -> StoreUnavailableError:
    return StoreUnavailableError(
        "key_ring_file_unusable", retry_after=limits.STORE_RETRY_AFTER
    )
