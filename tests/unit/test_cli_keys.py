"""The commands of `daypassd keys` change the ring, or say why they do not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from daypass.adapters.keyring_file import KeyringFile
from daypass.adapters.master_key import load_master_key, load_or_create_master_key
from daypass.adapters.system import SystemClock, SystemEntropy
from daypass.cli import app
from daypass.core.limits import KEY_SET_AGE_MAX
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.change import add_algorithm
from daypass.keyring.generate import new_ring
from daypass.keyring.key import KeyState
from daypass.keyring.ring import Ring
from daypass.keyring.sealed import open_ring, seal_ring
from support.surroundings import surroundings

KEYRING = Path(".daypass/keyring")
MASTER = Path(".daypass/master.key")


@pytest.fixture(autouse=True)
def around(tmp_path: Path) -> Iterator[None]:
    """Yields surroundings with the ring of an earlier release."""
    with surroundings(tmp_path):
        Path("directory").mkdir()
        Path(".daypass").mkdir(mode=0o700)
        algorithms = (Algorithm.EDDSA, Algorithm.ES256)
        entropy = SystemEntropy()
        _store(new_ring(entropy, SystemClock().now(), algorithms=algorithms))
        yield


def _store(ring: Ring) -> None:
    master = load_or_create_master_key(MASTER, entropy=SystemEntropy())
    KeyringFile(KEYRING).store(seal_ring(ring, master, SystemEntropy()))


def _ring() -> Ring:
    master = load_or_create_master_key(MASTER, entropy=SystemEntropy())
    return open_ring(KeyringFile(KEYRING).load() or b"", master)


def _run(*words: str) -> Result:
    """Runs the command in this process; a traceback fails the test."""
    return CliRunner().invoke(app, ["keys", *words], catch_exceptions=False)


@pytest.mark.parametrize(
    "words", [["add"], ["add", "HS256"], ["activate", "--state-dir", "x"]]
)
def test_no_algorithm_is_wrong_call(words: list[str]) -> None:
    """Without an algorithm that there is, the command was called wrongly."""
    result = _run(*words)

    assert 2 == result.exit_code
    assert "expected an algorithm first, one of EdDSA, ES256" in result.stderr


def test_algorithm_that_is_there_refused() -> None:
    """An algorithm that the ring has is not added, and the ring stays as it was."""
    before = KEYRING.read_bytes()

    result = _run("add", "ES256")

    assert (1, "daypassd: there is an active ES256 key\n") == (
        result.exit_code,
        result.stderr,
    )
    assert before == KEYRING.read_bytes()


def test_activated_too_early_refused() -> None:
    """A key that was added just now is not activated."""
    _run("add", "ES384")

    result = _run("activate", "ES384")

    assert 1 == result.exit_code
    assert "verifiers may not have it yet" in result.stderr


def test_added_key_is_prepared() -> None:
    """An added key is in the ring, prepared, and the answer says what to do."""
    result = _run("add", "ES384", "--state-dir", ".daypass")

    assert "ES384: prepared; it will be active in 600 s\n" == result.stdout
    assert KeyState.PREPARED is _ring().keys[-1].state
    assert 2 == _ring().version


def test_prepared_key_is_activated() -> None:
    """A key that was added a key-set age ago signs from now on."""
    added = SystemClock().now() - KEY_SET_AGE_MAX - timedelta(seconds=1)
    _store(add_algorithm(_ring(), Algorithm.ES384, SystemEntropy(), added))

    result = _run("activate", "ES384")

    assert "ES384: active\n" == result.stdout
    assert Algorithm.ES384 is _ring().signing_key(Algorithm.ES384).algorithm


def test_keys_are_listed() -> None:
    """Each key has its line; what is missing is said, and nothing private."""
    lines = _run("list").stdout.splitlines()

    assert [
        ["EdDSA", "active"],
        ["ES256", "active"],
        ["derivation", "active"],
        ["sealing", "active"],
    ] == [line.split()[:2] for line in lines[:4]]
    assert lines[4].startswith("version 1, next step ")
    assert "no active key of ES384, RS256: see `daypassd keys add`" == lines[5]
    assert _ring().keys[0].key.kid in lines[0]


@pytest.mark.parametrize("words", [["rotate"], ["rotate", "--emergency", "HS256"]])
def test_no_kind_is_wrong_call(words: list[str]) -> None:
    """Without a kind of key that there is, rotate was called wrongly."""
    assert 2 == _run(*words).exit_code


def test_rotate_prepares_and_waits_for_lead() -> None:
    """A first rotate publishes the next key; a second one is refused until the lead."""
    first = _run("rotate", "EdDSA")
    second = _run("rotate", "EdDSA")

    assert first.stdout.endswith(": prepared\n")
    assert 1 == second.exit_code
    assert "verifiers may not have it yet: try again in" in second.stderr
    assert [KeyState.ACTIVE, KeyState.ACTIVE, KeyState.PREPARED] == [
        entry.state for entry in _ring().keys
    ]


def test_rotate_in_emergency_activates() -> None:
    """In an emergency the next key is active at once, and the one before retires."""
    before = _ring().current_sealing.name

    result = _run("rotate", "--emergency", "sealing", "--state-dir", ".daypass")

    assert f"{before}: retiring\n" in result.stdout
    assert before != _ring().current_sealing.name


@pytest.mark.parametrize("words", [[], ["--state-dir", ".daypass"]])
def test_revoke_needs_a_name(words: list[str]) -> None:
    """Without the name of a key, revoke was called wrongly."""
    assert 2 == _run("revoke", *words).exit_code


def test_unknown_key_is_not_revoked() -> None:
    """A name that no key has is told, and the ring stays as it was."""
    before = KEYRING.read_bytes()

    result = _run("revoke", "nobody")

    assert (1, "daypassd: there is no such key\n") == (result.exit_code, result.stderr)
    assert before == KEYRING.read_bytes()


def test_revoked_key_is_gone() -> None:
    """A key that is revoked leaves the ring, and another one signs."""
    before = _ring().signing_key().kid

    result = _run("revoke", before, "--state-dir", ".daypass")

    assert f"{before}: revoked; servers refuse it within two seconds\n" == result.stdout
    assert _ring().verifying_key(before) is None
    assert before != _ring().signing_key().kid


def test_drill_needs_shared_store() -> None:
    """Without a store that servers share there is nobody to look at."""
    result = _run("drill", "EdDSA")

    assert 2 == result.exit_code
    assert "a drill needs a store that servers share" in result.stderr


def test_rewrap_needs_a_file() -> None:
    """Without the file of the next master key, rewrap was called wrongly."""
    result = _run("rewrap")

    assert 2 == result.exit_code
    assert "--next-master-key-file PATH" in result.stderr


def test_rewrapped_ring_opens_with_next_key() -> None:
    """A ring that was re-wrapped opens with the next master key, and not with the old."""
    before = _ring()
    flags = ("--next-master-key-file", "next.key")

    result = _run("rewrap", *flags)

    assert "the key ring is encrypted under next.key\n" == result.stdout
    assert before == open_ring(KEYRING.read_bytes(), load_master_key(Path("next.key")))
    assert 0 == _run("list", *flags).exit_code
    refused = _run("list")
    assert (1, True) == (
        refused.exit_code,
        "was sealed under another master key" in refused.stderr,
    )
    Path("next.key").replace(MASTER)
    assert 0 == _run("list").exit_code


def test_missing_next_key_refused() -> None:
    """A next master key that is named and not there is told."""
    result = _run("list", "--next-master-key-file", "next.key")

    assert (1, "daypassd: there is no next.key\n") == (result.exit_code, result.stderr)


def test_init_says_what_is_missing() -> None:
    """On a ring of an earlier release, init says what it has no key of."""
    result = CliRunner().invoke(app, ["init"], catch_exceptions=False)

    assert [
        ".daypass: there is a key ring already",
        ".daypass: no active key of ES384, RS256: see `daypassd keys add`",
    ] == result.stdout.splitlines()


@pytest.mark.parametrize(
    "command", ["list", "add", "activate", "rotate", "revoke", "drill", "rewrap"]
)
def test_help_names_settings(command: str) -> None:
    """The help of each command lists the settings."""
    result = CliRunner().invoke(app, ["keys", command, "--help"])

    assert 0 == result.exit_code
    assert "--state-dir" in result.stdout
