"""A running server on the example organisation, and the command against it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.running import Command, DaypassServer

REPOSITORY = Path(__file__).resolve().parents[2]
DIRECTORY = REPOSITORY / "examples" / "securecart" / "directory"
# Short of the time limit of a test, so that the reason is told.
START_SECONDS_MAX = 15.0
STOP_SECONDS_MAX = 15.0
POLL_SECONDS = 0.05


@pytest.fixture(scope="session")
def daypass_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaypassServer]:
    """Yields a development server, and checks that it ends well when told to."""
    folder = tmp_path_factory.mktemp("daypass")
    state = folder / ".daypass"
    # A copy, because the server keeps unique ids beside the directory.
    directory = shutil.copytree(DIRECTORY, folder / "directory")
    log = folder / "daypassd.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "daypass", "dev"),
                *("--directory", str(directory), "--state-dir", str(state)),
                *("--grpc-listen", "127.0.0.1:0"),
            ],
            cwd=folder,
            env=_without_settings(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(state / "config", process, log)
        address = (state / "grpc.address").read_text(encoding="utf-8").strip()
        yield DaypassServer(address, folder, state)
    finally:
        status = _stop(process)
    assert 0 == status, log.read_text(encoding="utf-8", errors="replace")


@pytest.fixture(scope="session")
def command(daypass_server: DaypassServer) -> Command:
    """Returns what runs the command `daypass` against the server."""
    return Command(daypass_server)


def _without_settings(environ: os._Environ[str]) -> dict[str, str]:
    """Returns the environment without what would set up server or client."""
    return {
        name: value
        for name, value in environ.items()
        if not name.startswith(("AWS_", "DAYPASS_"))
    }


def _wait_for(path: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    """Waits for the file that the server writes last, when it serves already."""
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        try:
            process.wait(POLL_SECONDS)
        except subprocess.TimeoutExpired:
            if path.exists():
                return
        else:
            break
    pytest.fail("The server does not serve:\n" + log.read_text(encoding="utf-8"))


def _stop(process: subprocess.Popen[bytes]) -> int:
    """Tells the server to end, and returns its exit status."""
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait(STOP_SECONDS_MAX)
