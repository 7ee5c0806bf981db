"""Private files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from daypass.adapters.private_files import (
    PrivateFileError,
    create_private,
    read_private,
    replace_private,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Returns the path of a private file that holds something."""
    made = tmp_path / "secret"
    replace_private(made, b"content")
    return made


def test_replaced_file_is_private(path: Path) -> None:
    """A file is made with mode 0600."""
    assert 0o600 == path.stat().st_mode & 0o777


def test_content_comes_back(path: Path) -> None:
    """What was written is read."""
    assert b"content" == read_private(path, size_max=7)


def test_too_large_is_refused(path: Path) -> None:
    """A byte more than the bound is too much."""
    with pytest.raises(PrivateFileError):
        read_private(path, size_max=6)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601])
def test_open_to_others_is_refused(path: Path, mode: int) -> None:
    """Any right of the group or the world makes a file unusable; the text says so."""
    path.chmod(mode)

    with pytest.raises(PrivateFileError, match="chmod 600"):
        read_private(path, size_max=100)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_own_rights_are_fine(path: Path, mode: int) -> None:
    """A file that only its owner may read is read."""
    path.chmod(mode)

    assert b"content" == read_private(path, size_max=100)


def test_symbolic_link_is_refused(path: Path) -> None:
    """A link is not followed, also to a good file."""
    link = path.with_name("link")
    link.symlink_to(path)

    with pytest.raises(PrivateFileError, match="symbolic link"):
        read_private(link, size_max=100)


def test_fifo_does_not_hang(tmp_path: Path) -> None:
    """A FIFO in place of the file is refused at once."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo, 0o600)

    with pytest.raises(PrivateFileError, match="regular"):
        read_private(fifo, size_max=100)


def test_folder_is_refused(tmp_path: Path) -> None:
    """A folder in place of the file is refused."""
    folder = tmp_path / "folder"
    folder.mkdir(0o700)

    with pytest.raises(PrivateFileError, match="regular"):
        read_private(folder, size_max=100)


def test_missing_file_is_missing(tmp_path: Path) -> None:
    """A file that is not there is told from one that is bad."""
    with pytest.raises(FileNotFoundError):
        read_private(tmp_path / "none", size_max=100)


def test_create_does_not_replace(path: Path) -> None:
    """A file that is there stays as it is."""
    with pytest.raises(FileExistsError):
        create_private(path, b"other")

    assert b"content" == read_private(path, size_max=100)


def test_create_does_not_follow(path: Path) -> None:
    """A link in place of the new file is not written through."""
    link = path.with_name("link")
    link.symlink_to(path.with_name("target"))

    with pytest.raises(FileExistsError):
        create_private(link, b"other")

    assert not path.with_name("target").exists()


def test_replace_replaces_a_link(path: Path) -> None:
    """A link in place of the file is replaced, and what it led to is not touched."""
    target = path.with_name("target")
    target.write_bytes(b"untouched")
    path.unlink()
    path.symlink_to(target)

    replace_private(path, b"new")

    assert b"new" == read_private(path, size_max=100)
    assert b"untouched" == target.read_bytes()


def test_nothing_is_left_behind(path: Path) -> None:
    """Neither success nor failure leaves a temporary file."""
    replace_private(path, b"new")
    create_private(path.with_name("other"), b"x")
    with pytest.raises(FileExistsError):
        create_private(path, b"x")
    path.with_name("folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        replace_private(path.with_name("folder"), b"x")

    names = {each.name for each in path.parent.iterdir()}
    assert {"secret", "other", "folder"} == names
