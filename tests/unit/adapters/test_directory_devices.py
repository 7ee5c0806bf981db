"""Second factors of a folder: their seeds are found, made, checked and noted."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from daypass.adapters.directory_check import load_unkeyed, note_secrets
from daypass.adapters.directory_files import DirectoryFiles
from daypass.adapters.directory_keys import generate_missing_secrets
from daypass.adapters.secrets import SecretResolver, seal
from daypass.core.secret import Secret
from daypass.directory.declared import MfaDevice
from daypass.directory.fault import DirectoryInvalidError
from support.directories import ACCOUNT, account_file
from support.directory_folders import FolderPlace
from support.world import SeededEntropy

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
MASTER_KEY = Secret(b"m" * 32)
PHONE = account_file(
    "users: {u: {}}\nmfa_devices:\n  phone: {user: u, seed: {file: keys/phone.seed}}\n"
)


@pytest.fixture
def place(tmp_path: Path) -> FolderPlace:
    """Returns an empty folder."""
    return FolderPlace(tmp_path)


def opened(place: FolderPlace, environment: dict[str, str]) -> DirectoryFiles:
    """Loads the folder as a server does."""
    place.secrets.mkdir(mode=0o700, exist_ok=True)
    return DirectoryFiles.open(
        folder=place.folder,
        registry=place.registry,
        secrets=SecretResolver(
            folder=place.secrets, environment=environment, master_key=MASTER_KEY
        ),
        entropy=SeededEntropy(),
    )


def phone(files: DirectoryFiles) -> MfaDevice:
    """Returns the device of the folder."""
    account = files.current().account(ACCOUNT)
    assert account is not None
    (device,) = account.mfa_devices.values()
    return device


def test_refuses_absent_seed(place: FolderPlace) -> None:
    """A seed that is not there is a fault where it is referred to (M13)."""
    place.write(PHONE)

    (fault,) = place.faults()

    assert fault.startswith("a.yaml:4: mfa_devices.phone.seed: it cannot be resolved")


def test_refuses_short_seed(place: FolderPlace) -> None:
    """A seed of fewer than 160 bits is a fault with file and line (M13)."""
    place.write(PHONE.replace("{file: keys/phone.seed}", "{env: SEED}"))

    with pytest.raises(DirectoryInvalidError) as caught:
        opened(place, {"SEED": SEED[:24]})

    assert [
        "a.yaml:4: mfa_devices.phone.seed: expected a seed in base32 of 160 to 512 bits"
    ] == list(map(str, caught.value.faults))


@pytest.mark.parametrize("source", ["env", "file", "sealed"])
def test_finds_seed(place: FolderPlace, source: str) -> None:
    """A seed is found in the environment, in a private file, or sealed."""
    sealed = seal(Secret(SEED), MASTER_KEY, SeededEntropy())
    value = {"env": "SEED", "file": "phone.seed", "sealed": sealed}[source]
    place.write(PHONE.replace("{file: keys/phone.seed}", f"{{{source}: {value}}}"))
    place.secrets.mkdir(mode=0o700)
    path = place.secrets / "phone.seed"
    path.touch(mode=0o600)
    path.write_text(f"{SEED.lower()}\n")

    device = phone(opened(place, {"SEED": SEED}))

    assert Secret("12345678901234567890") == device.seed


def test_makes_missing_seed(place: FolderPlace) -> None:
    """For development a seed of 160 bits is made once, in a private file."""
    place.write(PHONE)
    generate_missing_secrets(place.folder, place.secrets, SeededEntropy())
    path = place.secrets / "keys/phone.seed"
    before = path.read_bytes()

    generate_missing_secrets(place.folder, place.secrets, SeededEntropy(1))

    assert (20, 0o600) == (len(base64.b32decode(before)), path.stat().st_mode & 0o777)
    assert before == path.read_bytes()
    assert Secret(base64.b32decode(before)) == phone(place.open()).seed


def test_sees_new_seed(place: FolderPlace) -> None:
    """A reload reads seeds anew, even if no file of the folder changed."""
    place.write(PHONE)
    generate_missing_secrets(place.folder, place.secrets, SeededEntropy())
    files = place.open()
    (place.secrets / "keys/phone.seed").write_text(SEED)

    assert files.reload().changed

    assert Secret("12345678901234567890") == phone(files).seed


def test_check_notes_seed(place: FolderPlace) -> None:
    """A check resolves no seed, names it, and leaves the device out."""
    place.write(PHONE)

    (note,) = note_secrets(place.folder)

    account = load_unkeyed(place.folder).account(ACCOUNT)
    assert (
        "a.yaml:4: mfa_devices.phone.seed: note: not resolved here; a start looks for it"
        " by `file`"
    ) == str(note)
    assert account is not None
    assert {} == account.mfa_devices
