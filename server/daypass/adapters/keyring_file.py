"""The file of the sealed key ring."""

from __future__ import annotations

from pathlib import Path

from daypass.adapters.private_files import read_private, replace_private
from daypass.core import limits


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
