"""Folders of directory files, with a registry and secrets beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from daypass.adapters.directory_files import DirectoryFiles
from daypass.core.secret import Secret
from daypass.directory.ahead import Declarer
from daypass.directory.build import declare
from daypass.directory.declared import SecretReference
from daypass.directory.fault import DirectoryInvalidError
from support.directories import account_file
from support.world import SeededEntropy

PLAIN = account_file("users: {u: {}}")
KEYED = account_file(
    "users:\n  u:\n    access_keys:\n"
    "      - {id: {file: keys/u.id}, secret: {file: keys/u.secret}}\n"
)


class SecretsInFiles:
    """A resolver that reads files below a folder, and knows nothing else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def resolve(self, reference: SecretReference) -> Secret:
        """Returns what stands in the file."""
        return Secret((self._folder / reference.value).read_bytes())


class FolderPlace:
    """A folder of directory files with its registry and its secrets."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "directory"
        self.registry = root / "state" / "ids.json"
        self.secrets = root / "secrets"
        self.folder.mkdir()
        self.registry.parent.mkdir(mode=0o700)

    def write(self, text: str, name: str = "a.yaml") -> None:
        """Writes a file, by replacing it."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        beside = path.with_name(f".{path.name}")
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)

    def open(self, seed: int = 0, declarer: Declarer = declare) -> DirectoryFiles:
        """Loads the folder, with ids and secrets that come from the seed."""
        return DirectoryFiles.open(
            folder=self.folder,
            registry=self.registry,
            secrets=SecretsInFiles(self.secrets),
            entropy=SeededEntropy(seed),
            declarer=declarer,
        )

    def faults(self) -> list[str]:
        """Returns the faults of a load, as they are printed."""
        with pytest.raises(DirectoryInvalidError) as caught:
            self.open()
        return [str(fault) for fault in caught.value.faults]
