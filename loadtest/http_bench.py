"""Requests per second of the HTTP door on one core, as ratios of the same run.

Absolute figures say as much of the machine as of the code; the ratio to an empty
application on the same server, uvicorn with httptools and uvloop on the same core,
does not. Requests are signed before the clock starts, each one once, so that no
AssumeRole is the repeat of another.

The load comes from this program, over keep-alive connections, on another core.
moto, the usual stand-in for AWS in tests, answers the same requests on the core of
the door: it checks no signature, asks no policy and stores no session. Its server
closes each connection, so that it is asked over a new one each time.

Run by `make bench-http`, on a machine that does nothing else.
"""

# ruff: noqa: INP001 - a program, and no package.

from __future__ import annotations

import asyncio
import configparser
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import uvloop
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_ROOT: Final = Path(__file__).resolve().parents[1]
_ROLE: Final = "arn:aws:iam::123456789012:role/ReadOnlyRole"
_FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"
_ROUNDS: Final = 5
_REQUESTS: Final = 3_000
# moto is asked less often, because it takes so much longer.
_FEW: Final = 300
_CONNECTIONS: Final = 16
EMPTY: Final = "an empty application"
_START_SECONDS_MAX: Final = 15.0
_POLL_SECONDS: Final = 0.05
_LOAD_SECONDS_MAX: Final = 60.0
_EMPTY: Final = """
import sys, socket, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

async def answer(request):
    await request.body()
    return Response(b"x" * 400, media_type="text/xml")

listening = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[1], "w") as file:
    file.write("127.0.0.1:%d" % listening.getsockname()[1])
app = Starlette(routes=[Route("/", answer, methods=["POST"])])
config = uvicorn.Config(app, http="httptools", loop="uvloop", access_log=False,
                        log_level="warning", lifespan="off")
uvicorn.Server(config).run(sockets=[listening])
"""

# As `moto_server` does it, without a log.
_MOTO: Final = """
import sys
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

class Handler(WSGIRequestHandler):
    def log_request(self, *_):
        pass

app = DomainDispatcherApplication(create_backend_app)
server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
with open(sys.argv[1], "w") as file:
    file.write("127.0.0.1:%d" % server.port)
server.serve_forever()
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report."""

    name: str
    per_second: float


class _Link(asyncio.Protocol):
    """One connection, which sends the next request when the last was answered."""

    def __init__(self, waiting: deque[bytes], done: asyncio.Future[None]) -> None:
        self._waiting = waiting
        self._done = done
        self._left = 0
        self._head = b""

    def connection_made(  # type: ignore[override]
        self, transport: asyncio.Transport
    ) -> None:
        """Sends the first request."""
        self._transport = transport
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Fails where an answer was due."""
        if not self._done.done():
            self._done.set_exception(exc or ConnectionError("ended by the server"))

    def data_received(self, data: bytes) -> None:
        """Takes an answer, all of which have to be good."""
        if self._left:
            self._left -= len(data)
        else:
            self._head += data
            head, end, body = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 200 "):
                self._done.set_exception(RuntimeError(f"refused: {self._head!r}"))
                return
            length = head.lower().partition(b"content-length: ")[2]
            self._left = int(length.split(b"\r\n", 1)[0]) - len(body)
            self._head = b""
        if self._left == 0:
            self._next()

    def _next(self) -> None:
        if self._waiting:
            self._transport.write(self._waiting.popleft())
            return
        self._transport.close()
        if not self._done.done():
            self._done.set_result(None)


async def load(address: str, requests: list[bytes]) -> float:
    """Sends requests over a few connections, and returns how many a second."""
    host, _, port = address.rpartition(":")
    loop = asyncio.get_running_loop()
    waiting = deque(requests)
    done = [loop.create_future() for _ in range(_CONNECTIONS)]
    begun = time.perf_counter()
    for future in done:
        await loop.create_connection(
            lambda future=future: _Link(waiting, future),  # type: ignore[misc]
            host,
            int(port),
        )
    async with asyncio.timeout(_LOAD_SECONDS_MAX):
        await asyncio.gather(*done)
    return len(requests) / (time.perf_counter() - begun)


async def load_anew(address: str, requests: list[bytes]) -> float:
    """Does the same over a connection for each request."""
    host, _, port = address.rpartition(":")
    waiting = deque(requests)

    async def work() -> None:
        while waiting:
            request = waiting.popleft()
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(request)
            answer = await reader.read()
            writer.close()
            if b" 200 " not in answer.partition(b"\r\n")[0]:
                raise RuntimeError(f"refused: {answer!r}")

    begun = time.perf_counter()
    async with asyncio.timeout(_LOAD_SECONDS_MAX), asyncio.TaskGroup() as group:
        for _ in range(_CONNECTIONS):
            group.create_task(work())
    return len(requests) / (time.perf_counter() - begun)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signs, and for which door."""

    address: str
    credentials: Credentials

    def sign(self, **parameters: str) -> bytes:
        """Returns a request as it goes over the wire, which botocore has signed."""
        body = urlencode({**parameters, "Version": "2011-06-15"}).encode()
        request = AWSRequest("POST", f"http://{self.address}/", data=body)
        request.headers["Content-Type"] = _FORM
        SigV4Auth(self.credentials, "sts", "us-east-1").add_auth(request)
        lines = [
            "POST / HTTP/1.1",
            f"Host: {self.address}",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in request.headers.items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body

    def identities(self, count: int = _REQUESTS) -> list[bytes]:
        """Returns requests for GetCallerIdentity."""
        return [self.sign(Action="GetCallerIdentity")] * count

    def mints(self, turn: int, count: int = _REQUESTS) -> list[bytes]:
        """Returns requests for AssumeRole, no two of which are alike."""
        return [
            self.sign(
                Action="AssumeRole", RoleArn=_ROLE, RoleSessionName=f"s{turn}-{number}"
            )
            for number in range(count)
        ]


@contextmanager
def running(words: list[str], address: Path, core: int) -> Iterator[str]:
    """Runs a server on one core, and yields where it listens."""
    process = subprocess.Popen(  # noqa: S603 - the words are those below.
        words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    # Its threads, which it has none of yet, follow.
    os.sched_setaffinity(process.pid, {core})
    try:
        deadline = time.monotonic() + _START_SECONDS_MAX
        while not address.exists() or not address.read_text():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{words[0]} does not serve")
            time.sleep(_POLL_SECONDS)
        yield address.read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_START_SECONDS_MAX)


def measure(folder: Path, core: int) -> list[Line]:
    """Measures both servers in turns, and returns the median of each line."""
    state = folder / "state"
    directory = shutil.copytree(_ROOT / "examples/securecart/directory", folder / "d")
    daypassd = [
        *(sys.executable, "-m", "daypass", "dev", "--directory", str(directory)),
        *("--state-dir", str(state), "--store", "memory://"),
        *("--grpc-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"),
    ]
    found: dict[str, list[float]] = {}
    with (
        running(*_script(folder, "empty", _EMPTY), core) as empty,
        running(*_script(folder, "moto", _MOTO), core) as moto,
        running(daypassd, state / "http.address", core) as ours,
    ):
        caller = Caller(ours, _credentials(state / "credentials"))
        other = Caller(moto, caller.credentials)
        for turn in range(_ROUNDS):
            identities = caller.identities()
            for name, work in (
                (EMPTY, load(empty, identities)),
                ("GetCallerIdentity", load(ours, identities)),
                (
                    _by_moto("GetCallerIdentity"),
                    load_anew(moto, other.identities(_FEW)),
                ),
                ("AssumeRole", load(ours, caller.mints(turn))),
                (_by_moto("AssumeRole"), load_anew(moto, other.mints(turn, _FEW))),
            ):
                rate = uvloop.run(work)
                found.setdefault(name, []).append(rate)
    return [Line(name, statistics.median(rates)) for name, rates in found.items()]


def _by_moto(name: str) -> str:
    return f"{name} (moto)"


def _script(folder: Path, name: str, text: str) -> tuple[list[str], Path]:
    """Writes a server; returns how it is called, and where it says its address."""
    script, address = folder / f"{name}_server.py", folder / f"{name}.address"
    script.write_text(text, encoding="utf-8")
    return [sys.executable, str(script), str(address)], address


def _credentials(path: Path) -> Credentials:
    """Returns the keys of the example's developer, once they are written."""
    deadline = time.monotonic() + _START_SECONDS_MAX
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
    profiles = configparser.RawConfigParser()
    profiles.read(path)
    found = profiles["dev"]
    return Credentials(found["aws_access_key_id"], found["aws_secret_access_key"])


def main() -> None:
    """Measures and prints the report."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[0]})
    with tempfile.TemporaryDirectory(prefix="daypass-bench-") as folder:
        lines = measure(Path(folder), cores[-1])
    rates = {line.name: line.per_second for line in lines}
    sys.stdout.write(
        f"One core, {_CONNECTIONS} connections, median of {_ROUNDS} rounds of"
        f" {_REQUESTS} requests, {_FEW} for moto; load by this program.\n\n"
    )
    for name, rate in rates.items():
        ratio = rate / rates[EMPTY]
        sys.stdout.write(f"{name:26} {rate:8.0f}/s  {ratio:5.2f} of empty")
        by_moto = rates.get(_by_moto(name))
        sys.stdout.write(f"  {rate / by_moto:5.1f} x moto\n" if by_moto else "\n")
    if len(cores) == 1:
        sys.stdout.write("\nLoad and server shared the one core of this machine.\n")


if __name__ == "__main__":
    main()
