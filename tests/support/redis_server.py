"""A real Redis server for tests, on a free port of the loopback interface."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

_START_SECONDS_MAX = 10.0
# A replica comes by a snapshot, for which its master forks, and each side looks after
# the other once a second: on a busy machine that takes a while.
_ATTACH_SECONDS_MAX = 60.0
_STOP_SECONDS_MAX = 5.0
_POLL_SECONDS = 0.02
# A free port may be taken by somebody else before the server has it.
_ATTEMPTS_MAX = 5


class RedisServer:
    """A server process with a folder of its own and nothing on the disk.

    Args:
        options: further options of the server, such as `--maxmemory 32mb`.
    """

    def __init__(self, *options: str, port: int | None = None) -> None:
        self._options = options
        self.folder = tempfile.TemporaryDirectory(prefix="daypass-redis-")
        self._process: subprocess.Popen[bytes] | None = None
        self.port = port or free_port()

    @property
    def url(self) -> str:
        """The store URL of the server."""
        return f"redis://127.0.0.1:{self.port}"

    def option(self, name: str) -> str:
        """Returns the value of an option that the server was given."""
        return self._options[self._options.index(name) + 1]

    def start(self) -> None:
        """Starts the server and returns when it answers."""
        program = shutil.which("redis-server")
        if program is None:
            pytest.fail(
                "these tests need a real Redis: install the Debian package"
                " redis-server (version 7 or later)"
            )
        for _ in range(_ATTEMPTS_MAX):
            self._process = subprocess.Popen(
                [program, *self._config(), *self._arguments()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            if self._answers():
                return
            self.kill()
            self.port = free_port()
        pytest.fail("the Redis server of the tests did not start")

    def command(self, *words: str) -> bytes:
        """Sends one command and returns the start of the raw reply."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as link:
            parts = [f"${len(word.encode())}\r\n{word}\r\n" for word in words]
            link.sendall(f"*{len(words)}\r\n{''.join(parts)}".encode())
            return link.recv(1 << 20)

    def longest_sync(self) -> int:
        """Returns the most milliseconds that it has waited for its disk.

        It needs `--latency-monitor-threshold`, and knows of none that is shorter.
        """
        for event in self.command("LATENCY", "LATEST").split(b"\r\n*4\r\n"):
            if b"aof-fsync-always" in event:
                return int(event.split()[-1].removeprefix(b":"))
        return 0

    def is_replica(self) -> bool:
        """Tells whether it says that it is one; who changes its role may hang up."""
        try:
            return b"slave" in self.command("ROLE")[:20]
        except ConnectionError:
            return False

    def wait_for_replica(self) -> None:
        """Returns when a replica is attached and confirms what is written."""
        end = time.monotonic() + _ATTACH_SECONDS_MAX
        self.command("SET", "probe", "1", "PX", "60000")
        while not self._replica_is_level():
            if time.monotonic() > end:
                pytest.fail("the replica of the tests did not attach")
            time.sleep(_POLL_SECONDS)

    def pause(self) -> None:
        """Stops the process without ending it: it hangs."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Lets a paused process go on."""
        self._running().send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """Ends the process at once, as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_STOP_SECONDS_MAX)
            self._process = None

    def close(self) -> None:
        """Ends the process and removes its folder."""
        self.kill()
        self.folder.cleanup()

    def __enter__(self) -> Self:
        """Starts the server."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends the server."""
        self.close()

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def _arguments(self) -> list[str]:
        return [
            *("--bind", "127.0.0.1"),
            *("--port", str(self.port)),
            *("--dir", str(Path(self.folder.name))),
            *("--save", ""),
            *("--appendonly", "no"),
            *("--daemonize", "no"),
            # Replicas that attach need not wait for others to come along.
            *("--repl-diskless-sync-delay", "0"),
            *self._options,
        ]

    def _config(self) -> list[str]:
        """Returns the path of a file of settings that the server may rewrite."""
        return []

    def _replica_is_level(self) -> bool:
        facts = self.command("INFO", "replication").decode()
        replica = re.search(r"state=online,offset=(\d+)", facts)
        own = re.search(r"master_repl_offset:(\d+)", facts)
        # An offset of 0 is that of a replica that is still loading.
        return bool(replica and own and replica[1] == own[1] != "0")

    def _answers(self) -> bool:
        end = time.monotonic() + _START_SECONDS_MAX
        while time.monotonic() < end and self._running().poll() is None:
            try:
                # A server with a password answers that it wants one.
                if self.command("PING").startswith((b"+PONG", b"-NOAUTH")):
                    return True
            except OSError:
                time.sleep(_POLL_SECONDS)
        return False


@contextmanager
def redis_server(*options: str) -> Iterator[RedisServer]:
    """Runs a server for as long as the block lasts."""
    with RedisServer(*options) as server:
        yield server


def free_port() -> int:
    """Returns a port that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
