"""A development server makes whatever it needs, and says what to type."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from daypass.adapters.directory_files import DirectoryFiles
from daypass.adapters.secrets import SecretResolver
from daypass.config import Settings
from daypass.dev import announce, demo_code, generate_access_keys, prepare
from daypass.directory.fault import DirectoryInvalidError
from daypass.directory.model import Directory
from daypass.state import (
    Served,
    StateError,
    StatePaths,
    initialise,
    read_master_key,
    read_ring,
)
from support.directories import account_file
from support.directory_folders import KEYED
from support.server_settings import settings_in
from support.surroundings import Surroundings, surroundings
from support.world import ManualClock, SeededEntropy

ADDRESS = "127.0.0.1:4711"
SERVED = Served(ADDRESS, "127.0.0.1:4712")


@pytest.fixture(autouse=True)
def around(tmp_path: Path) -> Iterator[Surroundings]:
    """Yields the surroundings of the test, with a directory of one user."""
    (tmp_path / "directory").mkdir()
    (tmp_path / "directory" / "a.yaml").write_text(KEYED)
    with surroundings(tmp_path) as found:
        yield found


def _prepare(*flags: str, seed: int = 0) -> Settings:
    return prepare(
        flags,
        about="Tests.",
        directory=Path("directory"),
        clock=ManualClock(),
        entropy=SeededEntropy(seed),
    )


def _directory(settings: Settings) -> Directory:
    paths = StatePaths.of(settings)
    return DirectoryFiles.open(
        folder=settings.directory,
        registry=paths.unique_ids,
        secrets=SecretResolver(
            folder=paths.secrets,
            environment={},
            master_key=read_master_key(settings),
        ),
        entropy=SeededEntropy(5),
    ).current()


def _announced(settings: Settings) -> str:
    shown = io.StringIO()
    out = Console(file=shown, soft_wrap=True, markup=False)
    announce(settings, SERVED, _directory(settings), out)
    return shown.getvalue()


def test_absent_directory_refused(around: Surroundings) -> None:
    """A directory that is not there is told so, and no keys of users are made."""
    with pytest.raises(DirectoryInvalidError):
        _prepare("--directory", "nowhere")
    assert not (around.folder / ".daypass" / "secrets").exists()


def test_first_start_makes_keys(around: Surroundings) -> None:
    """The first start makes the ring and the keys that the directory refers to."""
    settings = _prepare()

    assert read_ring(settings).ring_id
    (user,) = _directory(settings).users
    assert user.access_keys[0].active
    assert {"a.yaml"} == {path.name for path in (around.folder / "directory").iterdir()}


def test_keys_of_others_refused(around: Surroundings) -> None:
    """A state folder whose keys another command made is not a developer's."""
    state = around.folder / ".daypass"
    settings = settings_in(around.folder, state=".daypass")
    initialise(settings, clock=ManualClock(), entropy=SeededEntropy(1))
    found = sorted(path.name for path in state.iterdir())

    with pytest.raises(StateError, match="dev` did not make"):
        _prepare()

    assert found == sorted(path.name for path in state.iterdir())


def test_master_key_of_others_refused(around: Surroundings) -> None:
    """A master key alone says as much as a ring."""
    state = around.folder / ".daypass"
    state.mkdir(mode=0o700)
    (state / "master.key").write_bytes(b"")

    with pytest.raises(StateError):
        _prepare()


def test_first_start_that_was_cut_off(around: Surroundings) -> None:
    """A folder of a first start that ended early is a developer's already."""
    with pytest.raises(DirectoryInvalidError):
        _prepare("--directory", "nowhere")

    assert read_ring(_prepare()).ring_id
    assert (around.folder / ".daypass" / "development").is_file()


def test_second_start_finds_keys() -> None:
    """A later start changes none of the keys."""
    settings = _prepare()
    before = (read_ring(settings).ring_id, _directory(settings).users[0].access_keys)

    again = _prepare(seed=1)

    assert before == (read_ring(again).ring_id, _directory(again).users[0].access_keys)


def test_defaults_of_developer() -> None:
    """A developer gets a journal, ids in the state folder, reflection and plain logs."""
    settings = _prepare("--state-dir", "my state+#&")

    assert "memory://?journal=my%20state%2B%23%26/journal" == settings.store
    assert (Path("my state+#&/unique-ids.json"), True, "console", "warning") == (
        settings.unique_ids_file,
        settings.reflection,
        settings.log_format,
        settings.log_level,
    )


def test_settings_beat_defaults() -> None:
    """Each default of a developer gives way to a setting."""
    settings = _prepare(
        "--store", "memory://", "--no-reflection", "--log-level", "info"
    )

    assert ("memory://", False, "info") == (
        settings.store,
        settings.reflection,
        settings.log_level,
    )


def test_announcement_names_profiles() -> None:
    """The address and the profiles are told, and no secret."""
    settings = _prepare()

    shown = _announced(settings)

    assert f"Daypass serves directory on {ADDRESS} (gRPC).\n" in shown
    assert "AWS CLI: --endpoint-url http://127.0.0.1:4712\n" in shown
    assert "Profiles in .daypass/: u\n" in shown
    assert "Try" not in shown
    written = (settings.state_dir / "credentials").read_text()
    secret = written.rpartition("aws_secret_access_key = ")[2].strip()
    assert secret not in shown
    config = (settings.state_dir / "config").read_text()
    assert f"daypass_endpoint = {ADDRESS}\n" in config
    assert "endpoint_url = http://127.0.0.1:4712\n" in config


def test_announcement_of_example(around: Surroundings) -> None:
    """With the users of the example it is told what to type."""
    folder = around.folder / "directory"
    (folder / "a.yaml").write_text(KEYED.replace("  u:", "  dev:"))
    users = "users:\n  admin:\n    access_keys:\n"
    keys = "      - {id: {file: b.id}, secret: {file: b.secret}}\n"
    (folder / "b.yaml").write_text(account_file(users + keys, account="111122223333"))

    shown = _announced(_prepare())

    assert "  .venv/bin/daypass --profile dev whoami\n" in shown


def test_announcement_of_second_factor(around: Surroundings) -> None:
    """With the example's operator it is told how to get a code, and no seed is."""
    text = KEYED.replace("  u:", "  operator:") + (
        "mfa_devices:\n  operator-phone:\n    user: operator\n"
        "    seed: {file: keys/operator-phone.seed}\n"
    )
    (around.folder / "directory" / "a.yaml").write_text(text)
    settings = _prepare()

    shown = _announced(settings)

    seed = Path(".daypass/secrets/keys/operator-phone.seed")
    assert f"  .venv/bin/daypassd mfa demo-code {seed}\n" in shown
    assert seed.read_text() not in shown
    code = demo_code(seed, ManualClock().now())
    assert (6, True) == (len(code.reveal()), code.reveal().isdigit())


def test_announcement_without_seed(around: Surroundings) -> None:
    """An operator without a second factor is told nothing of one."""
    text = KEYED.replace("  u:", "  operator:")
    (around.folder / "directory" / "a.yaml").write_text(text)

    assert "demo-code" not in _announced(_prepare())


def test_announcement_without_users(around: Surroundings) -> None:
    """A directory without users has no profiles, and is told so."""
    (around.folder / "directory" / "a.yaml").write_text(account_file("users: {}\n"))

    assert "Profiles in .daypass/: none\n" in _announced(_prepare())


def test_access_keys_are_made_once(tmp_path: Path) -> None:
    """Keys that a server's directory refers to are made where they are missing."""
    settings = settings_in(tmp_path)
    initialise(settings, clock=ManualClock(), entropy=SeededEntropy())

    folder = generate_access_keys(settings, entropy=SeededEntropy(1))
    before = (folder / "credentials").read_text()
    generate_access_keys(settings, entropy=SeededEntropy(2))

    assert settings.state_dir == folder
    assert before == (folder / "credentials").read_text()
    assert before.startswith("[u]\n")
