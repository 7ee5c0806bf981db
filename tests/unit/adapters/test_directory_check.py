"""A folder, checked without being used."""

from __future__ import annotations

from pathlib import Path

import pytest

from daypass.adapters.directory_check import check_folder, note_secrets
from support.directories import ACCOUNT, account_file
from support.directory_folders import KEYED, FolderPlace

FAULTY = account_file("users: {u: {bad: 1}}")


@pytest.fixture
def place(tmp_path: Path) -> FolderPlace:
    """Returns an empty folder."""
    return FolderPlace(tmp_path)


def test_checks_without_secrets(place: FolderPlace) -> None:
    """A check finds faults, takes missing secrets for notes, and assigns no id."""
    place.write(KEYED)
    place.write(FAULTY.replace(ACCOUNT, "111122223333"), "b.yaml")

    assert ["b.yaml:2: users.u.bad: there is no such field"] == [
        str(fault) for fault in check_folder(place.folder)
    ]
    assert [
        "a.yaml:5: users.u.access_keys[0].id",
        "a.yaml:5: users.u.access_keys[0].secret",
    ] == [str(note).partition(": note: ")[0] for note in note_secrets(place.folder)]
    assert not place.registry.exists()


def test_checks_good_folder(place: FolderPlace) -> None:
    """A folder without a fault has none, and one that is not there has one."""
    place.write(KEYED)

    assert check_folder(place.folder) == []
    assert len(check_folder(place.folder / "none")) == 1
    assert note_secrets(place.folder / "none") == []
