"""Starts a development server as a person does, in a folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.running import DaypassServer

# Short of the time limit of a test, so that the reason is told.
START_SECONDS_MAX = 45.0
STOP_SECONDS_MAX = 15.0
POLL_SECONDS = 0.05


@contextmanager
def development_server(folder: Path, *flags: str) -> Iterator[DaypassServer]:
    """Yields a server that was started in the folder, and checks that it ends well."""
    state = folder / ".daypass"
    log = folder / "daypassd.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "daypass", "dev", *flags),
                *("--state-dir", str(state), "--grpc-listen", "127.0.0.1:0"),
                *("--http-listen", "127.0.0.1:0"),
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
