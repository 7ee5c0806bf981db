"""Starts the servers that are measured, each on the core that it is given."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

ROOT: Final = Path(__file__).resolve().parents[1]
_START_SECONDS_MAX: Final = 30.0
_STOP_SECONDS_MAX: Final = 20.0
_POLL_SECONDS: Final = 0.02
# What may serve, and what serves where there is no choice.
ENGINES: Final = ("aio", "cq")
ONLY_ENGINE: Final = "aio"
# The clock of all threads of a process, as the kernel numbers it (CPUCLOCK_SCHED).
_CPU_CLOCK: Final = 2


class StartError(RuntimeError):
    """A server did not start."""


@dataclass(frozen=True, slots=True)
class Cores:
    """Which core is for whom: the same one twice where there is no other."""

    server: int
    load: int

    @classmethod
    def of_machine(cls) -> Cores:
        """Gives the last core to the server, and the first to all else."""
        cores = sorted(os.sched_getaffinity(0))
        return cls(cores[-1], cores[0])


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: where it listens, and which process it is; 0 for unknown."""

    address: str
    process_id: int


def cpu_seconds(process_id: int) -> float:
    """Returns the CPU time of a process, to the nanosecond; 0 if it is not known."""
    if not process_id:
        return 0.0
    return time.clock_gettime((~process_id) << 3 | _CPU_CLOCK)


def voluntary_switches(process_id: int) -> int:
    """Returns how often the threads of a process have waited; 0 if not known."""
    if not process_id:
        return 0
    found = 0
    for status in Path(f"/proc/{process_id}/task").glob("*/status"):
        text = status.read_text(encoding="ascii", errors="replace")
        found += int(text.partition("\nvoluntary_ctxt_switches:")[2].split()[0])
    return found


def resident_bytes(process_id: int) -> int:
    """Returns how much memory of a process is in use."""
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    return int(status.partition("\nVmRSS:")[2].split()[0]) * 1_024


def end_with_its_servers() -> None:
    """Lets this process end by SIGTERM as by an error, so that no server of it stays."""

    def end(_: int, __: FrameType | None) -> NoReturn:
        # What shells call it.
        sys.exit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)


@contextmanager
def running(
    words: list[str], core: int, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a program on one core, and ends it with the block."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - programs of ours, and no shell.
            words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=ROOT
        )
    try:
        # Its threads, which it has none of yet, follow.
        os.sched_setaffinity(process.pid, {core})
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_STOP_SECONDS_MAX)


@contextmanager
def empty_server(folder: Path, name: str, core: int) -> Iterator[Server]:
    """Runs the server whose calls do nothing."""
    address, log = folder / f"{name}.address", folder / f"{name}.log"
    words = [sys.executable, "-m", "loadtest.empty_server", str(address)]
    with running(words, core, log) as process:
        deadline = time.monotonic() + _START_SECONDS_MAX
        yield Server(_await_address(address, process, log, deadline), process.pid)


@contextmanager
def redis_server(folder: Path, core: int) -> Iterator[int]:
    """Runs a Redis of its own, with nothing on the disk, and yields its port.

    Raises:
        StartError: it is not installed, or does not start.
    """
    program = shutil.which("redis-server")
    if program is None:
        raise StartError("install the Debian package redis-server")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    log = folder / "redis.log"
    words = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    words += ["--dir", str(folder), "--maxmemory-policy", "noeviction"]
    with running(words, core, log) as process:
        deadline = time.monotonic() + _START_SECONDS_MAX
        while not _accepts(port):
            _still_starting(process, deadline, log)
        yield port


@contextmanager
def daypass_server(
    folder: Path,
    core: int,
    redis_port: int,
    flags: tuple[str, ...] = (),
    burnt: int = 0,
    start_seconds_max: float = _START_SECONDS_MAX,
) -> Iterator[Server]:
    """Runs `daypassd dev` with its sessions in Redis.

    It serves the folder `directory`, or a copy of the example where there is none.

    Its profiles are in the folder `state`. To try the harness, each call may burn so
    many microseconds of CPU time.
    """
    state, log = folder / "state", folder / "daypassd.log"
    directory = folder / "directory"
    if not directory.exists():
        shutil.copytree(ROOT / "examples/securecart/directory", directory)
    program = ["loadtest.slowed_server", str(burnt)] if burnt else ["daypass"]
    words = [sys.executable, "-m", *program, "dev", "--directory", str(directory)]
    words += ["--state-dir", str(state), "--store", f"redis://127.0.0.1:{redis_port}"]
    words += ["--grpc-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", *flags]
    with running(words, core, log) as process:
        deadline = time.monotonic() + start_seconds_max
        address = _await_address(state / "grpc.address", process, log, deadline)
        while not (state / "config").exists():
            _still_starting(process, deadline, log)
        yield Server(address, process.pid)


def help_text() -> str:
    """Returns what `daypassd dev` says of its flags."""
    words = [sys.executable, "-m", "daypass", "dev", "--help"]
    told = subprocess.run(  # noqa: S603 - a program of ours, and no shell.
        words, capture_output=True, check=True, cwd=ROOT, text=True
    )
    return told.stdout


def engine_flags(engine: str, told: str) -> tuple[str, ...]:
    """Returns the flags that choose an engine; a server without the choice has one.

    Args:
        engine: its name.
        told: what the server says of its flags.

    Raises:
        StartError: the server has no such engine.
    """
    if "--engine" in told:
        return ("--engine", engine)
    if engine != ONLY_ENGINE:
        raise StartError(f"this daypassd has no engine {engine}")
    return ()


def _await_address(
    path: Path, process: subprocess.Popen[bytes], log: Path, deadline: float
) -> str:
    while not path.exists():
        _still_starting(process, deadline, log)
    return path.read_text(encoding="ascii")


def _still_starting(
    process: subprocess.Popen[bytes], deadline: float, log: Path
) -> None:
    """Waits a little.

    Raises:
        StartError: the program has ended, or takes too long.
    """
    if process.poll() is not None or time.monotonic() > deadline:
        text = log.read_text(encoding="utf-8", errors="replace")[-2_000:]
        raise StartError(f"{process.args!r} does not serve:\n{text}")
    time.sleep(_POLL_SECONDS)


def _accepts(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except ConnectionRefusedError:
        return False
