"""The state folder is private, made once, and never made anew by accident."""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from daypass.adapters.master_key import MasterKeyError
from daypass.adapters.private_files import PrivateFileError
from daypass.config import Settings
from daypass.core.limits import MASTER_KEY_BYTES
from daypass.state import (
    StateError,
    StatePaths,
    initialise,
    make_state_folder,
    read_master_key,
    read_ring,
)
from support.server_settings import settings_in
from support.surroundings import surroundings
from support.world import ManualClock, SeededEntropy


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """Yields settings whose state folder is not there yet."""
    with surroundings(tmp_path):
        yield settings_in(tmp_path)


def _init(settings: Settings, seed: int = 0) -> bool:
    return initialise(settings, clock=ManualClock(), entropy=SeededEntropy(seed))


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _key_as_text(settings: Settings) -> str:
    return base64.b64encode(read_master_key(settings).reveal()).decode()


def test_server_makes_nothing(settings: Settings) -> None:
    """Without a ring there is a word on what to run, and no ring."""
    make_state_folder(settings.state_dir)

    with pytest.raises(StateError, match=r"keyring: run `daypassd init` once"):
        read_ring(settings)
    assert {} == _contents(settings.state_dir)


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o710, 0o701, 0o777])
def test_open_folder_refused(settings: Settings, mode: int) -> None:
    """A state folder that others may enter is refused, with what to do."""
    settings.state_dir.mkdir(mode=0o700)
    settings.state_dir.chmod(mode)

    with pytest.raises(StateError, match=r"is not private: chmod 700 "):
        _init(settings)
    assert {} == _contents(settings.state_dir)


def test_folder_of_another_refused(settings: Settings) -> None:
    """A state folder of another user is refused, whatever its mode."""
    folder = Path("/root")
    if os.geteuid() == 0:
        folder = settings.state_dir
        folder.mkdir(mode=0o700)
        os.chown(folder, 12_345, 12_345)

    with pytest.raises(StateError, match="is not private"):
        make_state_folder(folder)


def test_file_in_place_of_folder(settings: Settings) -> None:
    """A file where the folder should be is an error of the disk."""
    settings.state_dir.write_text("")

    with pytest.raises(OSError, match="File exists"):
        _init(settings)


def test_all_is_private(settings: Settings) -> None:
    """The folder has mode 0700 and every file 0600, whatever the umask."""
    before = os.umask(0)
    try:
        _init(settings)
    finally:
        os.umask(before)

    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (settings.state_dir, *settings.state_dir.iterdir())
    }
    assert {"state": 0o700, "master.key": 0o600, "keyring": 0o600} == modes


def test_ring_is_made_once(settings: Settings) -> None:
    """The first time makes a ring that opens; the second changes nothing."""
    assert _init(settings)
    before = _contents(settings.state_dir)
    ring = read_ring(settings)

    assert not _init(settings, seed=1)
    assert before == _contents(settings.state_dir)
    assert ring.ring_id == read_ring(settings).ring_id


def test_secrets_are_not_in_clear(settings: Settings) -> None:
    """No secret of the ring stands in the files."""
    _init(settings)

    stored = (settings.state_dir / "keyring").read_bytes()
    ring = read_ring(settings)
    assert ring.current_derivation.secret.reveal() not in stored
    assert ring.current_sealing.secret.reveal() not in stored


def test_lost_master_key_refused(settings: Settings) -> None:
    """With a ring and no master key nothing is made: a new key would not open it."""
    _init(settings)
    StatePaths.of(settings).master_key.unlink()

    with pytest.raises(StateError, match=r"master\.key: run `daypassd init`"):
        _init(settings)
    with pytest.raises(StateError, match=r"master\.key"):
        read_ring(settings)
    assert {"keyring"} == _contents(settings.state_dir).keys()


def test_wrong_master_key_refused(settings: Settings) -> None:
    """A master key that does not open the ring is refused, at init already."""
    _init(settings)
    other = SeededEntropy(9).token_bytes(MASTER_KEY_BYTES)
    StatePaths.of(settings).master_key.write_bytes(other)

    with pytest.raises(StateError, match="another master key"):
        read_ring(settings)
    with pytest.raises(StateError, match="another master key"):
        _init(settings)


def test_changed_ring_refused(settings: Settings) -> None:
    """A ring of which one bit was changed is refused."""
    _init(settings)
    path = settings.state_dir / "keyring"
    stored = bytearray(path.read_bytes())
    stored[-1] ^= 1
    path.write_bytes(stored)

    with pytest.raises(StateError, match="another master key"):
        read_ring(settings)


@pytest.mark.parametrize("name", ["master.key", "keyring"])
def test_open_file_refused(settings: Settings, name: str) -> None:
    """A key that its group may read is refused, with what to do."""
    _init(settings)
    path = settings.state_dir / name
    path.chmod(0o640)

    with pytest.raises(PrivateFileError, match=r"mode 0640 .*: chmod 600 "):
        read_ring(settings)


def test_key_from_settings(settings: Settings, tmp_path: Path) -> None:
    """The key of the settings beats the file, which is not made then."""
    key = base64.b64encode(SeededEntropy(3).token_bytes(MASTER_KEY_BYTES)).decode()
    given = settings_in(tmp_path, "--master-key", key)

    assert _init(given)

    assert {"keyring"} == _contents(settings.state_dir).keys()
    assert key == _key_as_text(given)
    assert read_ring(given).ring_id


@pytest.mark.parametrize("text", ["", "hunter2", "aHVudGVyMg==", "A" * 44 + "A"])
def test_malformed_key_refused(tmp_path: Path, text: str) -> None:
    """A key that is not 32 bytes in base64 is refused, and not shown."""
    with surroundings(tmp_path):
        given = settings_in(tmp_path, "--master-key", text)

    with pytest.raises(MasterKeyError) as caught:
        _init(given)
    assert not text or text not in str(caught.value)


def test_paths_by_default(settings: Settings) -> None:
    """Everything lies in the state folder but the unique ids, which go with the files."""
    paths = StatePaths.of(settings)
    state = settings.state_dir

    assert (
        StatePaths(
            master_key=state / "master.key",
            keyring=state / "keyring",
            audit=state / "audit.jsonl",
            secrets=state / "secrets",
            unique_ids=Path("directory") / "unique-ids.json",
            address=state / "grpc.address",
            http_address=state / "http.address",
        )
        == paths
    )


def test_paths_from_settings(tmp_path: Path) -> None:
    """Each path may be named by itself."""
    with surroundings(tmp_path):
        named = settings_in(
            tmp_path,
            *("--master-key-file", "m", "--audit-file", "a"),
            *("--secrets-dir", "s", "--unique-ids-file", "u"),
        )
    paths = StatePaths.of(named)

    assert (Path("m"), Path("a"), Path("s"), Path("u")) == (
        paths.master_key,
        paths.audit,
        paths.secrets,
        paths.unique_ids,
    )
