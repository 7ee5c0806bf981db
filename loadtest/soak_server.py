"""Runs a server of several workers on a Redis, and reads what the kernel knows of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from daypass.adapters.directory_keys import generate_missing_secrets
from daypass.adapters.system import SystemClock, SystemEntropy
from daypass.config import Settings
from daypass.state import initialise
from daypass_client.credentials import Credentials
from loadtest.processes import StartError, resident_bytes, running

WORKERS: Final = 2
ROLE: Final = "arn:aws:iam::111122223333:role/Reader"
_START_SECONDS_MAX: Final = 60.0
_POLL_SECONDS: Final = 0.05
_COME_BACK: Final = "UNAVAILABLE"
_SERVING: Final = '"worker serving"'
_ALLOW: Final = (
    '{{Version: "2012-10-17", Statement: [{{Effect: Allow, Action: "{action}",'
    ' Resource: "*"}}]}}'
)
_TRUST: Final = (
    '{Version: "2012-10-17", Statement: [{Effect: Allow, Principal: {AWS:'
    ' "arn:aws:iam::111122223333:root"}, Action: "sts:AssumeRole"}]}'
)
_USERS: Final = (("dev", "*"), ("admin", "daypass:*"))


@dataclass(frozen=True, slots=True)
class SoakedServer:
    """A server that runs.

    Attributes:
        address: of its gRPC door.
        workers: the processes that answer.
        keys: of its users, by name.
        log: what it has written.
    """

    address: str
    workers: tuple[int, ...]
    keys: dict[str, Credentials]
    log: Path

    def reasons(self) -> Counter[str]:
        """Returns why calls were told to come back, by the server's log."""
        with self.log.open(encoding="utf-8") as lines:
            return reasons_in(lines)


def reasons_in(lines: Iterable[str]) -> Counter[str]:
    """Returns why calls were told to come back, by lines of a log."""
    said = (json.loads(line) for line in lines if f'"{_COME_BACK}"' in line)
    return Counter(
        str(event.get("detail")) for event in said if event.get("code") == _COME_BACK
    )


@dataclass(frozen=True, slots=True)
class Held:
    """What the workers of a server hold, all together.

    Attributes:
        resident: bytes of memory in use.
        files: open files, sockets among them.
        tasks: tasks of the kernel, which are threads.
    """

    resident: int
    files: int
    tasks: int


def held_by(workers: tuple[int, ...]) -> Held:
    """Returns what processes hold now.

    Raises:
        OSError: one of them is gone.
    """
    folders = [Path(f"/proc/{process_id}") for process_id in workers]
    return Held(
        sum(map(resident_bytes, workers)),
        sum(_count(folder / "fd") for folder in folders),
        sum(_count(folder / "task") for folder in folders),
    )


@contextmanager
def soaked_server(
    folder: Path, core: int, redis_port: int, engine: str
) -> Iterator[SoakedServer]:
    """Runs `daypassd serve` with two workers, on an organisation of its own.

    Raises:
        StartError: it does not start.
    """
    directory, secrets, state = (folder / each for each in ("d", "secrets", "state"))
    directory.mkdir()
    (directory / "account.yaml").write_text(_account(), encoding="utf-8")
    generate_missing_secrets(directory, secrets, SystemEntropy())
    flags = ["--directory", str(directory), "--state-dir", str(state)]
    flags += ["--secrets-dir", str(secrets), "--workers", str(WORKERS)]
    flags += ["--store", f"redis://127.0.0.1:{redis_port}", "--engine", engine]
    flags += ["--grpc-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"]
    settings = Settings.load(flags, program="daypassd serve", about="A soak.")
    initialise(settings, clock=SystemClock(), entropy=SystemEntropy())
    words, log = [sys.executable, "-m", "daypass", "serve", *flags], folder / "log"
    with running(words, core, log) as process:
        address = _await_workers(process, state, log)
        workers = _children(process.pid)
        keys = {name: _keys(secrets, name) for name, _ in _USERS}
        yield SoakedServer(address, workers, keys, log)


def _account() -> str:
    users = "".join(
        f"  {name}:\n    policies: {{own: {_ALLOW.format(action=action)}}}\n"
        f"    access_keys:\n      - {{id: {{file: {name}.id}},"
        f" secret: {{file: {name}.secret}}}}\n"
        for name, action in _USERS
    )
    return (
        f'account: {{id: "111122223333", name: soaked}}\nusers:\n{users}'
        f"roles:\n  Reader: {{trust: {_TRUST}}}\n"
    )


def _await_workers(process: subprocess.Popen[bytes], state: Path, log: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS_MAX
    address = state / "grpc.address"
    while not address.exists() or log.read_text().count(_SERVING) < WORKERS:
        if process.poll() is not None or time.monotonic() > deadline:
            raise StartError(f"daypassd does not serve:\n{log.read_text()}")
        time.sleep(_POLL_SECONDS)
    return address.read_text(encoding="ascii")


def _count(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir())


def _children(process_id: int) -> tuple[int, ...]:
    path = Path(f"/proc/{process_id}/task/{process_id}/children")
    return tuple(map(int, path.read_text(encoding="ascii").split()))


def _keys(secrets: Path, name: str) -> Credentials:
    return Credentials.of(
        (secrets / f"{name}.id").read_text(), (secrets / f"{name}.secret").read_text()
    )
