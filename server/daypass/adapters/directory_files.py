"""The directory from a folder of files, replaced whole when the files change.

A snapshot is made of one state of all files or not at all: a faulty edit keeps
the snapshot in force and is reported. Unique ids are written down before the
snapshot that uses them is shown to anybody.

SPEC: design 8; sts-operations 0.11.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol, Self

from daypass.adapters.directory_check import check_folder, note_secrets
from daypass.adapters.directory_folder import (
    FileMark,
    list_folder,
    mark_file,
    read_texts,
)
from daypass.adapters.directory_keys import generate_missing_secrets
from daypass.adapters.registry_file import RegistryFile, RegistryFileError
from daypass.core.ports import Entropy
from daypass.core.secret import Secret
from daypass.directory.build import Declaration, build, declare, sample_ids
from daypass.directory.declared import SecretReference
from daypass.directory.fault import DirectoryInvalidError, Fault
from daypass.directory.keys import DeclaredKey, ResolvedKey
from daypass.directory.model import Directory
from daypass.directory.registry import Registry, assign_ids, retire
from daypass.directory.yaml_tree import Place

__all__ = [
    "DirectoryFiles",
    "ReloadResult",
    "SecretResolver",
    "check_folder",
    "generate_missing_secrets",
    "note_secrets",
]

WATCH_INTERVAL: Final = timedelta(seconds=1)


class SecretResolver(Protocol):
    """Finds the values of secrets that the files only refer to."""

    def resolve(self, reference: SecretReference) -> Secret:
        """Returns the secret.

        Raises:
            OSError: it cannot be read.
            ValueError: it is not usable. The text quotes nothing of it.
        """
        ...


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


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A snapshot with what it was made of."""

    directory: Directory
    keys: tuple[ResolvedKey, ...]
    registry: Registry
    marks: tuple[FileMark, ...]
    warnings: tuple[Fault, ...]


class DirectoryFiles:
    """A `Snapshot[Directory]` of a folder; make it with `open`.

    Args:
        folder: the folder of YAML files.
        registry: the file of unique ids.
        secrets: resolves what the files refer to.
        entropy: where new unique ids come from.
    """

    def __init__(
        self,
        *,
        folder: Path,
        registry: Path,
        secrets: SecretResolver,
        entropy: Entropy,
    ) -> None:
        self._folder = folder
        self._registry_file = RegistryFile(path=registry)
        self._secrets = secrets
        self._entropy = entropy
        self._lock = threading.Lock()
        self._marks: tuple[FileMark, ...] = ()
        self._pending: tuple[FileMark, ...] = ()
        self._loaded: _Loaded | None = None

    @classmethod
    def open(
        cls,
        *,
        folder: Path,
        registry: Path,
        secrets: SecretResolver,
        entropy: Entropy,
    ) -> Self:
        """Loads the folder; see the class for the arguments.

        Raises:
            DirectoryInvalidError: the folder has faults; it names all of them.
        """
        files = cls(folder=folder, registry=registry, secrets=secrets, entropy=entropy)
        files._loaded = files._load()
        files._marks = files._loaded.marks
        return files

    def current(self) -> Directory:
        """Returns the snapshot in force."""
        assert self._loaded is not None, "a directory is made with open()"
        return self._loaded.directory

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """What went wrong when the snapshot in force was loaded."""
        return self._loaded.warnings if self._loaded else ()

    def reload(self) -> ReloadResult:
        """Reads everything anew, secrets too, and swaps the snapshot if all is well."""
        with self._lock:
            before = self._loaded
            # NOTE: kept if the load fails, so that a fault is reported once.
            self._marks = self._list()
            try:
                loaded = self._load()
            except DirectoryInvalidError as error:
                return ReloadResult(changed=False, faults=error.faults)
            self._loaded = loaded
            self._marks = loaded.marks
            changed = before is None or (
                before.directory.digest != loaded.directory.digest
                or before.keys != loaded.keys
            )
            return ReloadResult(changed=changed, warnings=loaded.warnings)

    def poll(self) -> ReloadResult | None:
        """Reloads if the files have changed and then stood still for one poll.

        Returns:
            The result, or None when nothing was reloaded.
        """
        marks = self._list()
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

    def _load(self) -> _Loaded:
        try:
            with self._registry_file.locked():
                return self._load_locked()
        except RegistryFileError as error:
            raise DirectoryInvalidError([_fault(error)]) from error

    def _load_locked(self) -> _Loaded:
        """Loads the folder, and writes the registry if there was no fault."""
        folder = read_texts(self._folder)
        declaration = declare(folder.texts)
        faults: list[Fault] = []
        keys = self._resolve(declaration, faults)
        stored, assigned = self._assign(declaration, faults)
        directory = build(
            declaration, ids=assigned.ids, keys=keys, further_faults=faults
        )
        warnings = self._save(stored, assigned)
        marks = (*folder.marks, *self._registry_mark())
        return _Loaded(directory, keys, assigned, marks, warnings)

    def _resolve(
        self, declaration: Declaration, faults: list[Fault]
    ) -> tuple[ResolvedKey, ...]:
        """Returns the access keys whose references lead to something."""
        resolved: list[ResolvedKey] = []
        for key in declaration.keys:
            access_key_id = self._access_key_id(key, faults)
            secret = self._secret(key.place.at("secret"), key.secret, faults)
            if access_key_id is not None and secret is not None:
                resolved.append(ResolvedKey(key, access_key_id, secret))
        return tuple(resolved)

    def _access_key_id(self, key: DeclaredKey, faults: list[Fault]) -> str | None:
        if isinstance(key.access_key_id, str):
            return key.access_key_id
        place = key.place.at("id")
        found = self._secret(place, key.access_key_id, faults)
        # NOTE: bytes that are no text give an id that is none, and a fault for that.
        return found and found.reveal().decode("ascii", errors="replace")

    def _secret(
        self, place: Place, reference: SecretReference, faults: list[Fault]
    ) -> Secret | None:
        try:
            return self._secrets.resolve(reference)
        except (OSError, ValueError) as error:
            faults.append(place.fault(f"it cannot be resolved: {error}"))
            return None

    def _assign(
        self, declaration: Declaration, faults: list[Fault]
    ) -> tuple[Registry | None, Registry]:
        """Returns the registry as it is stored, and as it must become."""
        arns = declaration.principal_arns
        try:
            stored = self._registry_file.load()
        except RegistryFileError as error:
            # The rest is checked with ids that are never used: there is a fault.
            faults.append(_fault(error))
            return None, Registry(sample_ids(arns))
        known = self._loaded.registry if self._loaded else Registry()
        # NOTE: what this process saw retired stays so, even if the file forgot.
        existing = retire(known if stored is None else stored, known.retired)
        return stored, assign_ids(existing, arns, self._entropy)

    def _save(self, stored: Registry | None, assigned: Registry) -> tuple[Fault, ...]:
        """Writes the registry if it must become another; returns warnings."""
        if assigned == stored:
            return ()
        try:
            self._registry_file.save(assigned)
        except RegistryFileError as error:
            before = stored.ids if stored else {}
            if assigned.ids.items() <= before.items():
                return (_fault(error),)
            raise
        return ()

    def _list(self) -> tuple[FileMark, ...]:
        """Returns the marks of all files; none where the folder has a fault."""
        try:
            marks = list_folder(self._folder)
        except DirectoryInvalidError:
            marks = ()
        return (*marks, *self._registry_mark())

    def _registry_mark(self) -> tuple[FileMark, ...]:
        path = self._registry_file.path
        try:
            return (mark_file(path.name, path),)
        except OSError:
            return ()


def _fault(error: RegistryFileError) -> Fault:
    return Fault("", 0, "", str(error))
