"""The file of unique ids: private, written whole, and locked."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from daypass.adapters.registry_file import RegistryFile, RegistryFileError
from daypass.directory.registry import Registry

REGISTRY = Registry({"arn:aws:iam::123456789012:user/u": "AIDA" + "A" * 17})


def test_refuses_to_wait_for_ever(tmp_path: Path) -> None:
    """While somebody holds the lock, another gives up in time."""
    path = tmp_path / "ids.json"
    other = RegistryFile(path=path, lock_time_max=timedelta(0))

    with (
        RegistryFile(path=path).locked(),
        pytest.raises(RegistryFileError, match="another process holds"),
        other.locked(),
    ):
        pytest.fail("the lock was given twice")


def test_gives_lock_back(tmp_path: Path) -> None:
    """The lock is free again when its holder is done."""
    file = RegistryFile(path=tmp_path / "ids.json", lock_time_max=timedelta(0))
    with file.locked():
        file.save(REGISTRY)

    with file.locked():
        assert file.load() == REGISTRY


def test_refuses_open_lock(tmp_path: Path) -> None:
    """A lock that others may hold for ever is not used."""
    lock = tmp_path / "ids.json.lock"
    lock.touch()
    lock.chmod(0o666)

    with (
        pytest.raises(RegistryFileError, match="open to others"),
        RegistryFile(path=tmp_path / "ids.json").locked(),
    ):
        pytest.fail("the lock was taken")


def test_needs_no_lock_without_folder(tmp_path: Path) -> None:
    """Where no file can be made there is nothing to lock, to read or to write."""
    file = RegistryFile(path=tmp_path / "none" / "ids.json")

    with file.locked():
        assert file.load() is None
        with pytest.raises(RegistryFileError, match="cannot be written"):
            file.save(REGISTRY)
