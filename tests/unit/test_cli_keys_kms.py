"""Commands on a master key that a key management service wraps.

SPEC: design 7; decision 0036.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from daypass.adapters.kms import FileKms
from daypass.adapters.master_key import load_master_key
from daypass.adapters.private_files import replace_private
from daypass.adapters.system import SystemEntropy
from daypass.adapters.wrapped_key import Wrapping, is_wrapped
from daypass.cli import app
from daypass.core.secret import Secret
from daypass.keyring.ring import Ring
from daypass.keyring.sealed import open_ring
from support.surroundings import surroundings

KEYRING = Path(".daypass/keyring")
MASTER = Path(".daypass/master.key")


@pytest.fixture(autouse=True)
def around(tmp_path: Path) -> Iterator[None]:
    """Yields surroundings with a ring under a master key in clear."""
    with surroundings(tmp_path):
        Path("directory").mkdir()
        CliRunner().invoke(app, ["init"], catch_exceptions=False)
        yield


def _run(*words: str) -> Result:
    """Runs the command in this process; a traceback fails the test."""
    return CliRunner().invoke(app, ["keys", *words], catch_exceptions=False)


def _ring_under(master_key: Secret) -> Ring:
    return open_ring(KEYRING.read_bytes(), master_key)


def _unwrapped() -> Secret:
    """Returns the master key that the service unwraps."""
    wrapping = Wrapping(FileKms(Path("kms"), entropy=SystemEntropy()), None)
    return load_master_key(MASTER, wrapping=wrapping)


def _kms(*key_ids: str) -> str:
    """Makes a key management service and returns its URL."""
    folder = Path("kms").absolute()
    folder.mkdir(exist_ok=True)
    for key_id in key_ids:
        replace_private(folder / f"{key_id}.key", SystemEntropy().token_bytes(32))
    return f"file://{folder}"


def test_master_key_is_wrapped_and_rewrapped() -> None:
    """The master key goes under a service, and from one key of it to the next."""
    before, kms = _ring_under(load_master_key(MASTER)), _kms("first", "second")

    assert "is not wrapped" in _run("list", "--kms", kms).stderr
    for key_id in ("first", "second"):
        result = _run("rewrap", "--kms", kms, "--kms-key-id", key_id)
        assert f".daypass/master.key: wrapped under {key_id}\n" == result.stdout
    (Path("kms") / "first.key").unlink()

    assert 0 == _run("list", "--kms", kms).exit_code
    assert "is wrapped: name the key management" in _run("list").stderr
    assert before == _ring_under(_unwrapped())


def test_ring_goes_to_a_wrapped_key() -> None:
    """A ring under a key in clear is encrypted under a new one that is wrapped."""
    before, kms = _ring_under(load_master_key(MASTER)), _kms("first")
    flags = ("--kms", kms, "--next-master-key-file", "next.key")

    assert 0 == _run("rewrap", *flags, "--kms-key-id", "first").exit_code
    # Servers read with both, before and after the next one takes the other's place.
    assert 0 == _run("list", *flags).exit_code
    Path("next.key").replace(MASTER)

    assert 0 == _run("list", "--kms", kms).exit_code
    assert before == _ring_under(_unwrapped())


def test_key_of_the_environment_is_printed_wrapped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A master key that is no file is printed as it is to be given, wrapped."""
    kms, plain = _kms("first"), base64.b64encode(MASTER.read_bytes()).decode()
    MASTER.unlink()
    monkeypatch.setenv("DAYPASS_MASTER_KEY", plain)

    wrapped = _run("rewrap", "--kms", kms, "--kms-key-id", "first").stdout.strip()
    assert plain not in wrapped
    monkeypatch.setenv("DAYPASS_MASTER_KEY", wrapped)

    assert 0 == _run("list", "--kms", kms).exit_code
    assert not MASTER.exists()


def test_rewrap_without_a_master_key() -> None:
    """Where there is no master key there is nothing to wrap."""
    MASTER.unlink()

    result = _run("rewrap", "--kms", _kms("first"), "--kms-key-id", "first")

    assert (1, True) == (result.exit_code, "run `daypassd init`" in result.stderr)


def test_init_makes_a_wrapped_key() -> None:
    """Init makes the master key wrapped, or nothing where no key is named for that."""
    kms = _kms("first")
    init = ["init", "--state-dir", "new", "--kms", kms]
    runner = CliRunner()

    refused = runner.invoke(app, init, catch_exceptions=False)
    assert not Path("new/master.key").exists()
    made = runner.invoke(app, [*init, "--kms-key-id", "first"], catch_exceptions=False)

    assert (1, True) == (refused.exit_code, "kms_key_id" in refused.stderr)
    assert 0 == made.exit_code
    assert is_wrapped(Path("new/master.key").read_bytes())
    assert 0 == _run("list", "--state-dir", "new", "--kms", kms).exit_code


def test_server_without_its_kms() -> None:
    """A server whose service is away at its start serves nothing, and says which."""
    kms = _kms("first")
    _run("rewrap", "--kms", kms, "--kms-key-id", "first")
    Path("kms").rename("away")
    flags = [
        "--kms",
        kms,
        "--grpc-listen",
        "127.0.0.1:0",
        "--http-listen",
        "127.0.0.1:0",
    ]

    result = CliRunner().invoke(app, ["serve", *flags], catch_exceptions=False)

    assert 1 == result.exit_code
    assert (
        f"daypassd: The key management service {Path('kms').absolute()} does not answer"
        " (kms_unavailable)\n"
    ) == result.stderr
