"""Access keys for development: made where they are missing, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from daypass.adapters.directory_keys import generate_missing_secrets
from daypass.core.identifiers import account_of_access_key_id
from support.directories import ACCOUNT
from support.directory_folders import KEYED, FolderPlace
from support.world import SeededEntropy


@pytest.fixture
def place(tmp_path: Path) -> FolderPlace:
    """Returns an empty folder."""
    return FolderPlace(tmp_path)


def test_generates_missing_keys(place: FolderPlace) -> None:
    """Keys that are not there are made, in private files, and told without secret."""
    place.write(KEYED)

    (made,) = generate_missing_secrets(place.folder, place.secrets, SeededEntropy())

    id_path, secret_path = (
        place.secrets / f"keys/u.{name}" for name in ("id", "secret")
    )
    assert ("u", ACCOUNT) == (made.owner_name, made.account_id)
    assert made.access_key_id == id_path.read_text()
    assert ACCOUNT == account_of_access_key_id(made.access_key_id)
    assert len(secret_path.read_bytes()) == 40
    assert [0o600, 0o600, 0o700] == [
        path.stat().st_mode & 0o777 for path in (id_path, secret_path, place.secrets)
    ]
    assert place.open().current().access_keys.get(made.access_key_id) is not None


def test_generates_nothing_twice(place: FolderPlace) -> None:
    """What is there is kept; of half a key, the other half is made."""
    place.write(KEYED)
    generate_missing_secrets(place.folder, place.secrets, SeededEntropy(1))
    before = (place.secrets / "keys/u.id").read_text()
    (place.secrets / "keys/u.secret").unlink()

    again = generate_missing_secrets(place.folder, place.secrets, SeededEntropy(2))

    assert again == ()
    assert before == (place.secrets / "keys/u.id").read_text()
    assert (place.secrets / "keys/u.secret").exists()


@pytest.mark.parametrize("path", ["/tmp/x", "../x", "a/../../x"])  # noqa: S108 - refused.
def test_generates_nothing_elsewhere(place: FolderPlace, path: str) -> None:
    """Nothing is made outside of the folder of secrets."""
    text = KEYED.replace("keys/u.id", path).replace("{file: keys/u.secret}", "{env: A}")
    place.write(text)

    assert generate_missing_secrets(place.folder, place.secrets, SeededEntropy()) == ()
    assert not place.secrets.exists()
