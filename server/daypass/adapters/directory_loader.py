"""One load of a folder of directory files: whole, or not at all.

Unique ids are written down before whoever asked for the load has the snapshot that
uses them.

SPEC: design 8; sts-operations 0.11.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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
from daypass.adapters.system import keeping_all
from daypass.core.ports import Clock, Entropy
from daypass.directory.ahead import Declarer
from daypass.directory.build import Declaration, build, sample_ids
from daypass.directory.declared import SamlTrust
from daypass.directory.devices import ResolvedDevice
from daypass.directory.fault import DirectoryInvalidError, Fault
from daypass.directory.keys import ResolvedKey
from daypass.directory.model import Directory
from daypass.directory.oauth import ResolvedClientSecret
from daypass.directory.registry import Registry, assign_ids, retire


@dataclass(frozen=True, slots=True)
class LoadedDirectory:
    """A snapshot with what it was made of.

    Attributes:
        directory: the snapshot.
        keys: access keys, with their secrets.
        devices: second factors, with their seeds.
        saml: what is trusted of each SAML provider, by its ARN.
        client_secrets: of OAuth clients.
        registry: the unique ids, as they were written down.
        marks: of the files, in the very state that was read.
        warnings: what went wrong without keeping the snapshot back.
    """

    directory: Directory
    keys: tuple[ResolvedKey, ...]
    devices: tuple[ResolvedDevice, ...]
    saml: Mapping[str, SamlTrust]
    client_secrets: tuple[ResolvedClientSecret, ...]
    registry: Registry
    marks: tuple[FileMark, ...]
    warnings: tuple[Fault, ...]

    def differs_from(self, other: LoadedDirectory) -> bool:
        """Tells whether a request may be answered otherwise than with another one."""
        return (
            self.directory.digest != other.directory.digest
            or self.keys != other.keys
            or self.devices != other.devices
            or self.saml != other.saml
            or self.client_secrets != other.client_secrets
        )


@dataclass(frozen=True, slots=True)
class _Ids:
    """The registry as it is stored, as this process knows it, and as it must be."""

    stored: Registry | None
    existing: Registry
    assigned: Registry


class DirectoryLoader:
    """Loads a folder, each time anew.

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
        clock: Clock,
        declarer: Declarer,
    ) -> None:
        self._folder = folder
        self._registry_file = RegistryFile(path=registry)
        self._secrets = secrets
        self._entropy = entropy
        self._clock = clock
        self._declare = declarer

    def load(self, known: Registry) -> LoadedDirectory:
        """Loads the folder, and writes the registry if there was no fault.

        Args:
            known: the unique ids that this process has seen.

        Raises:
            DirectoryInvalidError: the folder has faults; it names all of them.
        """
        try:
            with self._registry_file.locked(), keeping_all():
                return self._load_locked(known)
        except RegistryFileError as error:
            raise DirectoryInvalidError([_fault(error)]) from error

    def marks(self) -> tuple[FileMark, ...]:
        """Returns the marks of all files; none where the folder has a fault."""
        try:
            marks = list_folder(self._folder, omit=self._registry_file.path)
        except DirectoryInvalidError:
            marks = ()
        return (*marks, *self._registry_mark())

    def _load_locked(self, known: Registry) -> LoadedDirectory:
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
        ids = self._assign(declaration, known, faults)
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
        return LoadedDirectory(
            directory,
            keys,
            devices,
            saml,
            client_secrets,
            ids.assigned,
            marks,
            tuple(warnings),
        )

    def _assign(
        self, declaration: Declaration, known: Registry, faults: list[Fault]
    ) -> _Ids:
        arns = declaration.principal_arns
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

    def _registry_mark(self) -> tuple[FileMark, ...]:
        path = self._registry_file.path
        try:
            return (mark_file(path.name, path),)
        except OSError:
            return ()


def _fault(error: RegistryFileError) -> Fault:
    return Fault("", 0, "", str(error))
