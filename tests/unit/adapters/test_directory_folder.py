"""The folder of directory files: what is read, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from daypass.core import limits
from support.directories import account_file
from support.directory_folders import PLAIN, FolderPlace

OTHER = account_file("users: {v: {}}")


@pytest.fixture
def place(tmp_path: Path) -> FolderPlace:
    """Returns an empty folder."""
    return FolderPlace(tmp_path)


@pytest.mark.parametrize(
    ("name", "target", "reason"),
    [
        ("b.yaml", "../outside.yaml", "b.yaml: the link leads out of the folder"),
        ("b.yaml", "none.yaml", "b.yaml: no such file or directory"),
        ("sub", "../state", "sub: a link to a folder is not followed"),
    ],
)
def test_refuses_links(place: FolderPlace, name: str, target: str, reason: str) -> None:
    """A link that leads out, or nowhere, or to a folder, is a fault."""
    place.write(PLAIN)
    (place.folder.parent / "outside.yaml").write_text(OTHER)
    (place.folder / name).symlink_to(target)

    assert [reason] == place.faults()


def test_takes_mounted_config_map(place: FolderPlace) -> None:
    """A link inside the folder is read, which is how a ConfigMap is mounted."""
    place.write(PLAIN, "..2026/a.yaml")
    (place.folder / "..data").symlink_to("..2026")
    (place.folder / "a.yaml").symlink_to("..data/a.yaml")

    assert len(place.open().current().accounts) == 1


def test_refuses_fifo(place: FolderPlace) -> None:
    """A pipe in the folder is refused, and not waited for."""
    place.write(PLAIN)
    os.mkfifo(place.folder / "b.yaml")

    assert ["b.yaml: it is not a regular file"] == place.faults()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\xff", "b.yaml: the file is not UTF-8"),
        (
            b"#" * (limits.DIRECTORY_FILE_BYTES_MAX + 1),
            "b.yaml: the file, or all files together, are too large",
        ),
    ],
)
def test_refuses_content(place: FolderPlace, data: bytes, reason: str) -> None:
    """A file that is no text, or too large, is a fault."""
    place.write(PLAIN)
    (place.folder / "b.yaml").write_bytes(data)

    assert [reason] == place.faults()


def test_reads_other_files_by_reference_only(place: FolderPlace) -> None:
    """Hidden files and files of other kinds are left out; JSON waits to be named."""
    place.write(PLAIN)
    place.write("{", ".hidden.yaml")
    place.write("{", "notes.txt")
    place.write("{", "unused.json")
    place.write("{", ".git/a.yaml")

    assert place.open().warnings == ()
