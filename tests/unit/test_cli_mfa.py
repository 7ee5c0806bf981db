"""The commands of `daypassd mfa` do what they say, or say in one line why not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from daypass.adapters.master_key import load_or_create_master_key
from daypass.cli import app
from support.directories import ACCOUNT, account_file
from support.surroundings import surroundings
from support.world import SeededEntropy

USER = f"arn:aws:iam::{ACCOUNT}:user/u"
SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.fixture(autouse=True)
def around(tmp_path: Path) -> Iterator[None]:
    """Yields surroundings with a directory and a master key."""
    (tmp_path / "directory").mkdir()
    (tmp_path / "directory" / "a.yaml").write_text(account_file("users: {u: {}}"))
    with surroundings(tmp_path):
        Path(".daypass").mkdir(mode=0o700)
        load_or_create_master_key(Path(".daypass/master.key"), entropy=SeededEntropy())
        yield


def _run(*words: str, typed: str = "") -> Result:
    """Runs the command in this process; a traceback fails the test."""
    return CliRunner().invoke(app, words, input=typed, catch_exceptions=False)


def _seed_file(path: Path, text: str = SEED) -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.touch(mode=0o600)
    path.write_text(text)
    return path


def test_unknown_user() -> None:
    """A user that there is not is told in one line."""
    result = _run("mfa", "enroll", f"{USER}x")

    assert (1, "") == (result.exit_code, result.stdout)
    assert f"daypassd: the directory has no user {USER}x\n" == result.stderr


def test_wrong_codes() -> None:
    """Codes of another device end it with status 1, and nothing is declared."""
    result = _run("mfa", "enroll", USER, typed="000000\n" * 6)

    assert 1 == result.exit_code
    assert "not confirmed" in result.stderr
    assert "mfa_devices" not in result.stdout


def test_enrolls() -> None:
    """A device is printed with URI, QR code and declaration."""
    words = ("--directory", "directory", "--state-dir", ".daypass")

    result = _run("mfa", "enroll", "--no-confirm", *words, USER)

    assert (0, "") == (result.exit_code, result.stderr)
    assert "otpauth://totp/Daypass:u%40Test?" in result.stdout
    assert (
        'mfa_devices:\n  "u":\n    user: "u"\n    seed: {sealed: v1.' in result.stdout
    )


def test_names_device_and_file() -> None:
    """Options name the device and the file of its seed."""
    words = ("--device-name", "phone", "--secret-file", "phone.seed")

    result = _run("mfa", "enroll", USER, "--no-confirm", *words)

    assert (
        '  "phone":\n    user: "u"\n    seed: {file: "phone.seed"}\n' in result.stdout
    )
    assert Path(".daypass/secrets/phone.seed").is_file()


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (".daypass/secrets/x.seed", "is not in the state folder of `daypassd dev`"),
        ("dev/secrets/../../y.seed", "is not in the state folder of `daypassd dev`"),
        ("dev/link.seed", "is not in the state folder of `daypassd dev`"),
        ("dev/secrets/short.seed", "is no seed of a second factor"),
        ("dev/secrets/absent.seed", "No such file"),
    ],
)
def test_refuses_demo_code(path: str, reason: str) -> None:
    """Only a seed of a development server gets its codes shown."""
    _seed_file(Path(".daypass/secrets/x.seed"))
    _seed_file(Path("y.seed"))
    _seed_file(Path("dev/secrets/short.seed"), SEED[:-1])
    Path("dev/link.seed").symlink_to(Path("y.seed").resolve())
    Path("dev/development").touch()

    result = _run("mfa", "demo-code", path)

    assert (1, "") == (result.exit_code, result.stdout)
    assert reason in result.stderr
    assert SEED not in result.stderr


def test_refuses_open_seed() -> None:
    """A seed that others may read is refused, also in the example."""
    path = _seed_file(Path("dev/secrets/x.seed"))
    path.chmod(0o644)
    Path("dev/development").touch()

    assert "is open to others" in _run("mfa", "demo-code", str(path)).stderr


def test_demo_code() -> None:
    """In the state folder of a development server a code is shown, and nothing else."""
    path = _seed_file(Path("dev/secrets/keys/x.seed"))
    Path("dev/development").touch()

    result = _run("mfa", "demo-code", str(path))

    assert 0 == result.exit_code
    code = result.stdout.removesuffix("\n")
    assert (6, True) == (len(code), code.isdigit())
