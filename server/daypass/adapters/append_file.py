"""A private file that only grows, and is cut back after a write that failed.

What `append` has returned for is on the disk. A write that failed half-way (a
full disk, an I/O error) leaves bytes that nobody was told of; they are cut off
before the next write, so that a torn line never stands in the middle.
"""

from __future__ import annotations

import os
from pathlib import Path

from daypass.adapters.private_files import open_private, sync_folder


class FileReplacedError(OSError):
    """The file at the path is another one than was opened, or is gone."""


class AppendFile:
    """An open file that grows.

    Args:
        path: the file, which is made where it is not there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        # Writes are on the disk when they return, with the length: one call of the
        # kernel, and one that the interpreter is given up for, where a write and a
        # sync would be two.
        self._descriptor = open_private(
            path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_DSYNC
        )
        opened = os.fstat(self._descriptor)
        self._place = (opened.st_dev, opened.st_ino)
        self._length = opened.st_size
        self._damaged = False
        try:
            sync_folder(path.parent)
        except OSError:
            os.close(self._descriptor)
            raise

    @property
    def descriptor(self) -> int:
        """The open file, for reading and for locks."""
        return self._descriptor

    @property
    def length(self) -> int:
        """How many bytes are acknowledged."""
        return self._length

    def cut(self, length: int) -> None:
        """Drops everything behind a length, durably."""
        os.ftruncate(self._descriptor, length)
        os.fsync(self._descriptor)
        self._length = length
        self._damaged = False

    def append(self, data: bytes) -> None:
        """Writes data to the end; it is on the disk on return.

        Raises:
            FileReplacedError: the path leads to another file by now.
            OSError: the disk refused; nothing of the data will stay.
        """
        if self._damaged:
            self.cut(self._length)
        self._check_in_place()
        self._damaged = True
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]
        self._length += len(data)
        self._damaged = False

    def read_all(self) -> bytes:
        """Returns the whole content."""
        return self.read_tail(self._length)

    def read_tail(self, size: int) -> bytes:
        """Returns the last so many acknowledged bytes, or all where there are fewer."""
        start = max(0, self._length - size)
        parts: list[bytes] = []
        while part := os.pread(self._descriptor, self._length - start, start):
            parts.append(part)
            start += len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Closes the file; bytes of a failed write are cut off first."""
        try:
            if self._damaged:
                self.cut(self._length)
        finally:
            os.close(self._descriptor)

    def _check_in_place(self) -> None:
        """Refuses to write where nobody would find it."""
        try:
            found = os.lstat(self._path)
        except FileNotFoundError as error:
            raise FileReplacedError(f"{self._path} is gone") from error
        if (found.st_dev, found.st_ino) != self._place:
            raise FileReplacedError(f"{self._path} was replaced")
