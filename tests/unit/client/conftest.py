"""Fixtures for the tests of the Python client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from daypass_client import Credentials
from daypass_client.cli.app import app
from daypass_client.profiles.surroundings import Surroundings
from support.command_line import Run
from support.fake_daypass import FakeDaypass, credentials_of


@pytest.fixture
def fake() -> Iterator[FakeDaypass]:
    """Yields a server that answers from a queue."""
    server = FakeDaypass()
    yield server
    server.stop()


@pytest.fixture
def temporary() -> Credentials:
    """Returns temporary credentials."""
    return credentials_of(1)


@pytest.fixture
def long_term() -> Credentials:
    """Returns long-term credentials."""
    return credentials_of(2, temporary=False)


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    """Returns an empty environment, an empty home and an empty current folder."""
    home, folder = tmp_path / "home", tmp_path / "work"
    (home / ".aws").mkdir(parents=True)
    folder.mkdir()
    return Surroundings({}, home, folder)


@pytest.fixture
def environ(
    fake: FakeDaypass, temporary: Credentials, tmp_path: Path
) -> dict[str, str | None]:
    """Returns an environment with credentials, and without files of this machine."""
    assert temporary.session_token is not None
    unset = ("AWS_PROFILE", "DAYPASS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION")
    return {
        **dict.fromkeys(unset),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_ACCESS_KEY_ID": temporary.access_key_id,
        "AWS_SECRET_ACCESS_KEY": temporary.secret_access_key.reveal(),
        "AWS_SESSION_TOKEN": temporary.session_token.reveal(),
        "DAYPASS_ENDPOINT": fake.endpoint,
    }


@pytest.fixture
def run(environ: dict[str, str | None]) -> Run:
    """Returns what runs the command line with the environment."""

    def run_command(*arguments: str, typed: str | bytes = "") -> Result:
        return CliRunner().invoke(
            app, arguments, input=typed, env=environ, catch_exceptions=False
        )

    return run_command
