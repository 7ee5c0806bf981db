"""The file of unique ids beside the directory, shared by the workers of a host.

Reading the folder, assigning ids and writing them down is one step under a lock:
two workers that start at once agree on every id.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from daypass.adapters.private_files import (
    PrivateFileError,
    open_private,
    read_private,
    replace_private,
)
from daypass.core import limits
from daypass.directory.registry import (
    Registry,
    RegistryInvalidError,
    dump_registry,
    load_registry,
)

_LOCK_SUFFIX: Final = ".lock"
_PAUSE_SECONDS: Final = 0.01


class RegistryFileError(Exception):
    """The registry cannot be read, written or locked; the text says why."""


class RegistryFile:
    """The registry of unique ids in a file of mode 0600.

    Args:
        path: the file; its lock stands beside it.
        lock_time_max: how long to wait for the lock.
    """

    def __init__(
        self,
        *,
        path: Path,
        lock_time_max: timedelta = limits.DIRECTORY_LOCK_TIME_MAX,
    ) -> None:
        self._path = path
        self._lock_time_max = lock_time_max
        self._lock = path.with_name(path.name + _LOCK_SUFFIX)

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps others from reading and writing, while they use this lock.

        Where the lock's file cannot be made, nobody can write the registry
        either, and no lock is needed.

        Raises:
            RegistryFileError: somebody else holds the lock for too long.
        """
        try:
            descriptor = open_private(self._lock, os.O_RDWR | os.O_CREAT)
        except OSError:
            yield
            return
        except PrivateFileError as error:
            raise RegistryFileError(str(error)) from error
        try:
            self._wait(descriptor)
            yield
        finally:
            # Closing the descriptor gives the lock back.
            os.close(descriptor)

    def load(self) -> Registry | None:
        """Returns the registry, or None where there is no file yet.

        Raises:
            RegistryFileError: the file cannot be read, or is damaged.
        """
        try:
            size_max = limits.DIRECTORY_REGISTRY_BYTES_MAX
            return load_registry(read_private(self._path, size_max=size_max))
        except FileNotFoundError:
            return None
        except (PrivateFileError, RegistryInvalidError, OSError) as error:
            message = f"the registry of unique ids cannot be read: {error}"
            raise RegistryFileError(message) from error

    def save(self, registry: Registry) -> None:
        """Writes the registry whole.

        Raises:
            RegistryFileError: it was not written.
        """
        try:
            replace_private(self._path, dump_registry(registry))
        except OSError as error:
            message = f"the registry of unique ids cannot be written: {error.strerror}"
            raise RegistryFileError(message) from error

    def _wait(self, descriptor: int) -> None:
        deadline = time.monotonic() + self._lock_time_max.total_seconds()
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    message = "another process holds the registry of unique ids"
                    raise RegistryFileError(message) from None
                time.sleep(_PAUSE_SECONDS)
            else:
                return
