"""The file of the sealed ring."""

from __future__ import annotations

from pathlib import Path

import pytest

from daypass.adapters.keyring_file import KeyringFile
from daypass.adapters.private_files import PrivateFileError
from daypass.core import limits
from support.full_disk import full_disk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Returns where the ring is."""
    return tmp_path / "keyring"


def test_missing_ring_is_none(path: Path) -> None:
    """Where there is no file there is no ring."""
    assert KeyringFile(path).load() is None


def test_ring_comes_back(path: Path) -> None:
    """The bytes that were stored last are loaded."""
    file = KeyringFile(path)
    file.store(b"first")
    file.store(b"second")

    assert b"second" == file.load()


def test_file_is_private(path: Path) -> None:
    """The file is readable by its owner only."""
    KeyringFile(path).store(b"ring")

    assert 0o600 == path.stat().st_mode & 0o777


def test_open_to_others_is_refused(path: Path) -> None:
    """A ring that others may read is not loaded."""
    KeyringFile(path).store(b"ring")
    path.chmod(0o660)

    with pytest.raises(PrivateFileError):
        KeyringFile(path).load()


def test_full_disk_keeps_the_old_ring(path: Path) -> None:
    """Wherever writing stops, the ring before is still there, and nothing else."""
    file = KeyringFile(path)
    file.store(b"the ring before")

    for size in range(20):
        with full_disk(size), pytest.raises(OSError, match="too large"):
            file.store(b"a ring of twenty-one!")
        assert b"the ring before" == file.load()
    assert [path] == list(path.parent.iterdir())


@pytest.mark.parametrize(("extra", "is_fine"), [(1, False), (0, True)])
def test_size_is_bounded(path: Path, extra: int, *, is_fine: bool) -> None:
    """A ring at the bound is stored; one byte more is refused before writing."""
    data = b"x" * (limits.KEYRING_FILE_BYTES_MAX + extra)
    file = KeyringFile(path)

    if is_fine:
        file.store(data)
    else:
        with pytest.raises(ValueError, match="larger"):
            file.store(data)

    assert is_fine == (file.load() is not None)
