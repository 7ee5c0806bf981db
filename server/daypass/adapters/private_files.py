"""Files that only the service may read: opened with care, replaced whole.

A private file is a regular file, no symbolic link, owned by the user that the
service runs as, and closed to its group and to the world (attacks L17). It is
replaced by writing a new file beside it and renaming that one, so that a crash
at any byte leaves the old or the new content (attacks L21).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import Final

_MODE: Final = 0o600
_OTHERS: Final = 0o077
# NOTE: O_NONBLOCK, so that opening a FIFO that was put there does not hang.
_SAFE: Final = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class PrivateFileError(ValueError):
    """A file that must be private is not, or is not what it should be."""


def open_private(path: Path, flags: int) -> int:
    """Opens a private file and returns its descriptor.

    Args:
        path: the file; its last part must not be a symbolic link.
        flags: as of `os.open`; with `O_CREAT` it is made with mode 0600.

    Raises:
        PrivateFileError: the file is not private.
        OSError: it cannot be opened; `FileNotFoundError` when it is not there.
    """
    try:
        descriptor = os.open(path, flags | _SAFE, _MODE)
    except OSError as error:
        if path.is_symlink():
            raise PrivateFileError(f"{path} is a symbolic link") from error
        raise
    try:
        _check(path, os.fstat(descriptor))
    except PrivateFileError:
        os.close(descriptor)
        raise
    return descriptor


def read_private(path: Path, *, size_max: int) -> bytes:
    """Reads a private file.

    Raises:
        PrivateFileError: the file is not private, or is too large.
        OSError: it cannot be read; `FileNotFoundError` when it is not there.
    """
    with os.fdopen(open_private(path, os.O_RDONLY), "rb") as file:
        data = file.read(size_max + 1)
    if len(data) > size_max:
        raise PrivateFileError(f"{path} is larger than {size_max} bytes")
    return data


def replace_private(path: Path, data: bytes) -> None:
    """Writes a private file whole; a crash leaves the old content or the new."""
    temporary = write_beside(path, data)
    try:
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def create_private(path: Path, data: bytes) -> None:
    """Writes a private file that must not be there yet.

    Raises:
        FileExistsError: it is there; of two who create it at once, one wins.
    """
    temporary = write_beside(path, data)
    try:
        # NOTE: unlike a rename, a link never replaces what is there.
        os.link(temporary, path, follow_symlinks=False)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def write_beside(path: Path, data: bytes) -> Path:
    """Writes data to a new private file in the same folder, and syncs it."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _SAFE, _MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # Some file systems cannot sync a folder, and need not.
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise PrivateFileError(f"{path} is not a regular file")
    if found.st_uid != os.geteuid():
        raise PrivateFileError(f"{path} belongs to another user")
    if found.st_mode & _OTHERS:
        mode = stat.S_IMODE(found.st_mode)
        raise PrivateFileError(
            f"{path} has mode {mode:04o} and is open to others: chmod 600 {path}"
        )
