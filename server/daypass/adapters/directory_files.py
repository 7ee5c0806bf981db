"""The directory from a folder of files, replaced whole when the files change.

A snapshot is made of one state of all files or not at all: a faulty edit keeps
the snapshot in force and is reported.

SPEC: design 8; sts-operations 0.11.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Self

from daypass.adapters.directory_folder import FileMark
from daypass.adapters.directory_loader import DirectoryLoader, LoadedDirectory
from daypass.adapters.directory_secrets import SecretResolver
from daypass.adapters.system import SystemClock, giving_way
from daypass.core.ports import Clock, Entropy
from daypass.directory.ahead import Declarer
from daypass.directory.build import declare
from daypass.directory.fault import DirectoryInvalidError, Fault
from daypass.directory.model import Directory
from daypass.directory.registry import Registry

WATCH_INTERVAL: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class ReloadResult:
    """What a reload came to.

    Attributes:
        changed: whether another snapshot is in force now.
        faults: why the snapshot before stays in force, if it does.
        warnings: what went wrong without keeping the snapshot back.
    """

    changed: bool
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()


class DirectoryFiles:
    """A `Snapshot[Directory]` of a folder; `open` makes it.

    Args:
        loader: loads the folder.
        loaded: what it has loaded first.
    """

    def __init__(self, *, loader: DirectoryLoader, loaded: LoadedDirectory) -> None:
        self._loader = loader
        self._loaded = loaded
        self._lock = threading.Lock()
        self._marks = loaded.marks
        self._pending: tuple[FileMark, ...] = ()

    @classmethod
    def open(
        cls,
        *,
        folder: Path,
        registry: Path,
        secrets: SecretResolver,
        entropy: Entropy,
        clock: Clock | None = None,
        declarer: Declarer = declare,
    ) -> Self:
        """Loads the folder; see `DirectoryLoader` for the arguments.

        Raises:
            DirectoryInvalidError: the folder has faults; it names all of them.
        """
        loader = DirectoryLoader(
            folder=folder,
            registry=registry,
            secrets=secrets,
            entropy=entropy,
            clock=clock or SystemClock(),
            declarer=declarer,
        )
        return cls(loader=loader, loaded=loader.load(Registry()))

    def current(self) -> Directory:
        """Returns the snapshot in force."""
        return self._loaded.directory

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """What went wrong when the snapshot in force was loaded."""
        return self._loaded.warnings

    def reload(self) -> ReloadResult:
        """Reads everything anew, secrets too, and swaps the snapshot if all is well."""
        with self._lock, giving_way():
            before = self._loaded
            # NOTE: kept if the load fails, so that a fault is reported once.
            self._marks = self._loader.marks()
            try:
                loaded = self._loader.load(before.registry)
            except DirectoryInvalidError as error:
                return ReloadResult(changed=False, faults=error.faults)
            self._loaded = loaded
            self._marks = loaded.marks
            changed = loaded.differs_from(before)
            return ReloadResult(changed=changed, warnings=loaded.warnings)

    def poll(self) -> ReloadResult | None:
        """Reloads if the files have changed and then stood still for one poll.

        Returns:
            The result, or None when nothing was reloaded.
        """
        marks = self._loader.marks()
        if marks == self._marks:
            self._pending = ()
            return None
        if marks != self._pending:
            # Somebody may be half way through replacing files: an entity that is
            # absent for a moment must not lose its unique id.
            self._pending = marks
            return None
        self._pending = ()
        return self.reload()

    async def watch(
        self,
        *,
        report: Callable[[ReloadResult], None],
        interval: timedelta = WATCH_INTERVAL,
    ) -> None:
        """Polls until it is cancelled.

        Args:
            report: is told of every reload.
            interval: the time between two polls.
        """
        while True:
            await asyncio.sleep(interval.total_seconds())
            # In a thread, because reading thousands of roles takes a while.
            result = await asyncio.to_thread(self.poll)
            if result is not None:
                report(result)
