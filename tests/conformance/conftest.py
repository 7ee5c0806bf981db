"""A running server on the example organisation, and the command against it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.development import development_server
from support.running import Command, DaypassServer

REPOSITORY = Path(__file__).resolve().parents[2]
DIRECTORY = REPOSITORY / "examples" / "securecart" / "directory"


@pytest.fixture(scope="session")
def daypass_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaypassServer]:
    """Yields a development server, and checks that it ends well when told to."""
    folder = tmp_path_factory.mktemp("daypass")
    # A copy, because the server keeps unique ids beside the directory.
    shutil.copytree(DIRECTORY, folder / "directory")
    with development_server(folder, "--directory", "directory") as server:
        yield server


@pytest.fixture(scope="session")
def command(daypass_server: DaypassServer) -> Command:
    """Returns what runs the command `daypass` against the server."""
    return Command(daypass_server)
