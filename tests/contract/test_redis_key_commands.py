"""Commands that date keys do so by a clock that agrees with that of Redis.

SPEC: reliability, promise 3 and E13; decision 0029.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex

import pytest
import typer
from typer.testing import CliRunner, Result

from daypass import cli_keys
from daypass.adapters.keyring_file import KeyringFile
from daypass.adapters.master_key import load_or_create_master_key
from daypass.adapters.system import SystemClock, SystemEntropy
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.generate import new_ring
from daypass.keyring.sealed import seal_ring
from daypass.state import StateError
from support.redis_server import RedisServer
from support.surroundings import surroundings

DAY = timedelta(days=1)


@dataclass(frozen=True)
class MovedClock:
    """The clock of this machine, set ahead or back."""

    ahead: timedelta

    def now(self) -> datetime:
        """Returns the time of day."""
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        """Returns the seconds that have passed."""
        return time.monotonic()


@pytest.fixture
def store(redis_of_all: RedisServer, tmp_path: Path) -> Iterator[str]:
    """Yields the URL of a store to which this folder's ring will go."""
    with surroundings(tmp_path):
        Path("directory").mkdir()
        Path(".daypass").mkdir(mode=0o700)
        entropy = SystemEntropy()
        ring = new_ring(entropy, SystemClock().now(), algorithms=(Algorithm.EDDSA,))
        master = load_or_create_master_key(Path(".daypass/master.key"), entropy=entropy)
        sealed = seal_ring(ring, master, entropy)
        KeyringFile(Path(".daypass/keyring")).store(sealed)
        yield f"{redis_of_all.url}?prefix={token_hex(8)}"


def run(store: str, *words: str, ahead: timedelta = timedelta()) -> Result:
    """Runs a command on the ring of a store, by a clock that is set ahead or back."""
    app = typer.Typer()
    cli_keys.register(app, reported=nullcontext, clock=MovedClock(ahead))
    return CliRunner().invoke(app, ["keys", *words, "--store", store])


@pytest.mark.parametrize("ahead", [DAY, -DAY, timedelta(seconds=10)])
@pytest.mark.parametrize(
    "words",
    [
        ("rotate", "EdDSA"),
        ("rotate", "--emergency", "EdDSA"),
        ("add", "ES256"),
        ("activate", "EdDSA"),
        ("drill", "EdDSA"),
    ],
)
def test_e13_wrong_clock_changes_nothing(
    store: str, words: tuple[str, ...], ahead: timedelta
) -> None:
    """E13: a command that would date a key by a clock that is wrong refuses, and says why."""
    before = run(store, "list").stdout

    result = run(store, *words, ahead=ahead)

    assert isinstance(result.exception, StateError)
    where = "behind" if ahead > timedelta() else "ahead of"
    assert f"s {where} this server's" in str(result.exception)
    assert "the keys stay as they are" in str(result.exception)
    assert before == run(store, "list").stdout


def test_e13_right_clock_rotates(store: str) -> None:
    """E13: by a clock that agrees with that of Redis the next key is published."""
    result = run(store, "rotate", "EdDSA", ahead=timedelta(seconds=-1))

    assert 0 == result.exit_code
    assert result.stdout.endswith(": prepared\n")


def test_e13_wrong_clock_revokes(store: str) -> None:
    """E13: to put a key out of use no clock has to be right."""
    (signing,) = [
        line.split()[-1]
        for line in run(store, "list").stdout.splitlines()
        if line.startswith("EdDSA")
    ]

    result = run(store, "revoke", signing, ahead=DAY)

    assert f"{signing}: revoked" in result.stdout
