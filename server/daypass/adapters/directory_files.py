"""The directory from a folder of files, replaced whole when the files change.

A snapshot is made of one state of all files or not at all: a faulty edit keeps
the snapshot in force and is reported. Unique ids are written down before the
snapshot that uses them is shown to anybody.

SPEC: design 8; sts-operations 0.11.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Self

from daypass.adapters.directory_folder import (
    FileMark,
    list_folder,
    mark_file,
    read_texts,
)
from daypass.adapters.directory_saml import SamlProviderReader
from daypass.adapters.directory_secrets import (
    SecretResolver,
    resolve_client_secrets,
    resolve_devices,
    resolve_keys,
)
from daypass.adapters.oauth_client_keys import check_oauth_clients
from daypass.adapters.provider_key_sets import check_providers
from daypass.adapters.registry_file import RegistryFile, RegistryFileError
from daypass.adapters.system import SystemClock, giving_way, keeping_all
from daypass.core.ports import Clock, Entropy
from daypass.directory.ahead import Declarer
from daypass.directory.build import Declaration, build, declare, sample_ids
from daypass.directory.declared import SamlTrust
from daypass.directory.devices import ResolvedDevice
from daypass.directory.fault import DirectoryInvalidError, Fault
from daypass.directory.keys import ResolvedKey
from daypass.directory.model import Directory
from daypass.directory.oauth import ResolvedClientSecret
from daypass.directory.registry import Registry, assign_ids, retire

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


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A snapshot with what it was made of."""

    directory: Directory
    keys: tuple[ResolvedKey, ...]
    devices: tuple[ResolvedDevice, ...]
    saml: Mapping[str, SamlTrust]
    client_secrets: tuple[ResolvedClientSecret, ...]
    registry: Registry
    marks: tuple[FileMark, ...]
    warnings: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Ids:
    """The registry as it is stored, as this process knows it, and as it must be."""

    stored: Registry | None
    existing: Registry
    assigned: Registry


class DirectoryFiles:
    """A `Snapshot[Directory]` of a folder; make it with `open`.

    Args:
        folder: the folder of YAML files.
        registry: the file of unique ids.
        secrets: resolves what the files refer to.
        entropy: where new unique ids come from.
        clock: tells which metadata documents have ended.
        declarer: reads the texts; one that has read them already need not.
    """

    def __init__(
        self,
        *,
        folder: Path,
        registry: Path,
        secrets: SecretResolver,
        entropy: Entropy,
        clock: Clock | None = None,
        declarer: Declarer = declare,
    ) -> None:
        self._declare = declarer
        self._clock = clock or SystemClock()
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
        clock: Clock | None = None,
        declarer: Declarer = declare,
    ) -> Self:
        """Loads the folder; see the class for the arguments.

        Raises:
            DirectoryInvalidError: the folder has faults; it names all of them.
        """
        files = cls(
            folder=folder,
            registry=registry,
            secrets=secrets,
            entropy=entropy,
            clock=clock,
            declarer=declarer,
        )
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
        with self._lock, giving_way():
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
                or before.devices != loaded.devices
                or before.saml != loaded.saml
                or before.client_secrets != loaded.client_secrets
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
            with self._registry_file.locked(), keeping_all():
                return self._load_locked()
        except RegistryFileError as error:
            raise DirectoryInvalidError([_fault(error)]) from error

    def _load_locked(self) -> _Loaded:
        """Loads the folder, and writes the registry if there was no fault."""
        folder = read_texts(self._folder, omit=self._registry_file.path)
        declaration = self._declare(folder.texts)
        faults: list[Fault] = []
        keys = resolve_keys(declaration.keys, self._secrets, faults)
        devices = resolve_devices(declaration.devices, self._secrets, faults)
        warnings: list[Fault] = []
        saml = SamlProviderReader(
            texts=folder.texts,
            secrets=self._secrets,
            now=self._clock.now(),
            faults=faults,
            warnings=warnings,
        ).read(declaration.saml_providers)
        client_secrets = resolve_client_secrets(
            declaration.client_secrets, self._secrets, faults
        )
        ids = self._assign(declaration, faults)
        directory = build(
            declaration,
            ids=ids.assigned.ids,
            keys=keys,
            devices=devices,
            saml=saml,
            client_secrets=client_secrets,
            further_faults=faults,
        )
        check_providers(directory)
        check_oauth_clients(directory)
        warnings += self._save(ids)
        marks = (*folder.marks, *self._registry_mark())
        return _Loaded(
            directory,
            keys,
            devices,
            saml,
            client_secrets,
            ids.assigned,
            marks,
            tuple(warnings),
        )

    def _assign(self, declaration: Declaration, faults: list[Fault]) -> _Ids:
        arns = declaration.principal_arns
        known = self._loaded.registry if self._loaded else Registry()
        try:
            stored = self._registry_file.load()
        except RegistryFileError as error:
            # The rest is checked with ids that are never used: there is a fault.
            faults.append(_fault(error))
            return _Ids(None, known, Registry(sample_ids(arns)))
        # NOTE: what this process saw retired stays so, even if the file forgot.
        existing = retire(known if stored is None else stored, known.retired)
        return _Ids(stored, existing, assign_ids(existing, arns, self._entropy))

    def _save(self, ids: _Ids) -> tuple[Fault, ...]:
        """Writes the registry if it must become another; returns warnings."""
        if ids.assigned == ids.stored:
            return ()
        try:
            self._registry_file.save(ids.assigned)
        except RegistryFileError as error:
            if ids.assigned.ids.items() <= ids.existing.ids.items():
                # Nothing new: a deletion takes effect even if it is not written.
                return (_fault(error),)
            raise
        return ()

    def _list(self) -> tuple[FileMark, ...]:
        """Returns the marks of all files; none where the folder has a fault."""
        try:
            marks = list_folder(self._folder, omit=self._registry_file.path)
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
