"""Requests per second of the HTTP door on one core, as ratios of the same run.

Absolute figures say as much of the machine as of the code; the ratio to an empty
ASGI application on the same server, uvicorn with httptools and uvloop on the same
core, does not. It reads the body and answers with as many bytes as an AssumeRole has:
no answer of Python behind that server comes faster, so that its ratio to moto is the
ceiling of ours. All requests are signed before the clock starts. Those for AssumeRole are
signed one by one and sent once, because the repeat of one is given the session that
there is already; the report says how many there were.

The load is that of `wrk`, over keep-alive connections, on another core. moto, the
usual stand-in for AWS in tests, answers the same requests on the core of the door:
it checks no signature, asks no policy and stores no session. Its server ends each
connection with its answer, so that `wrk` makes a new one for the next.

Two ratios stand beside each other: that of the rates, and that of the CPU time which
the servers take for a request. On a machine that does something else the first flatters
the slow server, which is the only one that the load keeps busy all the time.

Run by `make bench-http`, on a machine that does nothing else.
"""

from __future__ import annotations

import configparser
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

_ROOT: Final = Path(__file__).resolve().parents[1]
_ROLE: Final = "arn:aws:iam::123456789012:role/ReadOnlyRole"
_FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"
_ROUNDS: Final = 7
_ROUND_SECONDS: Final = 2
_WARM_UP_SECONDS: Final = 1
_CONNECTIONS: Final = 16
# So many more are signed than a round has had at most.
_SPARE: Final = 2.0
_FIRST_MINTS: Final = 20_000
_SCRIPT: Final = Path(__file__).with_name("signed_requests.lua")
EMPTY: Final = "an empty ASGI answer"
GOAL: Final = 10
_IDENTITY: Final = "GetCallerIdentity"
_MINT: Final = "AssumeRole"
_START_SECONDS_MAX: Final = 15.0
_POLL_SECONDS: Final = 0.05
EMPTY_HTTP: Final = """
import sys, socket, uvicorn

START = {"type": "http.response.start", "status": 200, "headers": [
    (b"content-type", b"text/xml"), (b"content-length", b"1400")]}
BODY = {"type": "http.response.body", "body": b"x" * 1400}

async def app(scope, receive, send):
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    await send(START)
    await send(BODY)

listening = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[1], "w") as file:
    file.write("127.0.0.1:%d" % listening.getsockname()[1])
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
class Server:
    """A server that runs."""

    address: str
    process_id: int

    def cpu_seconds(self) -> float:
        """Returns the CPU time that it has taken, in its own code and the kernel's."""
        status = Path(f"/proc/{self.process_id}/stat").read_text(encoding="ascii")
        fields = status.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of one kind of request came to.

    Attributes:
        per_second: how many were answered in a second.
        cpu_microseconds: CPU time of the server for each.
        distinct: how many different requests there were.
    """

    per_second: float
    cpu_microseconds: float
    distinct: int


def load(
    server: Server,
    requests: list[bytes],
    *,
    once: bool = False,
    seconds: int = _ROUND_SECONDS,
) -> Round:
    """Lets `wrk` send requests, over a few connections.

    Args:
        server: to whom.
        requests: in turns, and again from the first.
        once: whether none may be sent again.
        seconds: for how long.

    Raises:
        RuntimeError: one was refused or lost, or some were sent again.
    """
    with tempfile.NamedTemporaryFile(prefix="daypass-requests-") as file:
        for request in requests:
            file.write(b"%d\n%s" % (len(request), request))
        file.flush()
        begun = server.cpu_seconds()
        done = subprocess.run(  # noqa: S603 - the words are those below.
            [
                *(_program("wrk"), "-t1", f"-c{_CONNECTIONS}", f"-d{seconds}s"),
                *("--timeout", "10s", "-s", str(_SCRIPT)),
                *(f"http://{server.address}/", "--", file.name),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        cpu = server.cpu_seconds() - begun
    result = json.loads(done.stdout.rpartition("RESULT ")[2])
    if result["refused"] or result["failed"] or not result["answered"]:
        raise RuntimeError(f"not all were answered well: {result}")
    if once and result["sent"] > len(requests):
        raise RuntimeError(f"too few were signed: {result}")
    return Round(
        result["answered"] / result["microseconds"] * 1e6,
        cpu / result["answered"] * 1e6,
        len({*requests[: result["sent"]]}),
    )


def _program(name: str) -> str:
    program = shutil.which(name)
    if program is None:
        sys.exit(f"install the Debian package {name}")
    return program


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

    def ask(self, **parameters: str) -> str:
        """Sends one request, and returns the body of its answer."""
        host, _, port = self.address.rpartition(":")
        with socket.create_connection((host, int(port))) as connected:
            connected.sendall(
                self.sign(**parameters).replace(
                    b"Host:", b"Connection: close\r\nHost:", 1
                )
            )
            parts = iter(lambda: connected.recv(65_536), b"")
            return b"".join(parts).partition(b"\r\n\r\n")[2].decode()

    def identities(self) -> list[bytes]:
        """Returns requests for GetCallerIdentity, which may be sent again."""
        return [self.sign(Action="GetCallerIdentity", Mark=f"{n}") for n in range(64)]

    def mints(self, turn: int, count: int) -> list[bytes]:
        """Returns requests for AssumeRole, no two of which are alike."""
        return [
            self.sign(
                Action="AssumeRole", RoleArn=_ROLE, RoleSessionName=f"s{turn}-{number}"
            )
            for number in range(count)
        ]


@contextmanager
def running(words: list[str], address: Path, core: int) -> Iterator[Server]:
    """Runs a server on one core."""
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
        yield Server(address.read_text(), process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_START_SECONDS_MAX)


def measure(folder: Path, core: int) -> dict[str, list[Round]]:
    """Measures all servers in turns, and returns the rounds of each line."""
    state = folder / "state"
    directory = shutil.copytree(_ROOT / "examples/securecart/directory", folder / "d")
    daypassd = [
        *(sys.executable, "-m", "daypass", "dev", "--directory", str(directory)),
        *("--state-dir", str(state), "--store", "memory://"),
        *("--grpc-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"),
    ]
    found: dict[str, list[Round]] = {}
    with (
        running(*script(folder, "empty", EMPTY_HTTP), core) as empty,
        running(*script(folder, "moto", _MOTO), core) as moto,
        running(daypassd, state / "http.address", core) as ours,
    ):
        caller = Caller(ours.address, _credentials(state / "credentials"))
        other = Caller(moto.address, caller.credentials)
        # moto loads what answers with the first request, which may take seconds.
        other.ask(Action=_IDENTITY)
        most = {"ours": _FIRST_MINTS, "moto": _FIRST_MINTS}
        for turn in range(-1, _ROUNDS):
            seconds = _ROUND_SECONDS if turn >= 0 else _WARM_UP_SECONDS
            rounds = {
                EMPTY: load(empty, caller.identities(), seconds=seconds),
                _IDENTITY: load(ours, caller.identities(), seconds=seconds),
                _by_moto(_IDENTITY): load(moto, other.identities(), seconds=seconds),
                _MINT: load(
                    ours, caller.mints(turn, most["ours"]), once=True, seconds=seconds
                ),
                _by_moto(_MINT): load(
                    moto, other.mints(turn, most["moto"]), once=True, seconds=seconds
                ),
            }
            for whose, name in (("ours", _MINT), ("moto", _by_moto(_MINT))):
                wanted = int(rounds[name].per_second * _ROUND_SECONDS * _SPARE)
                # The first round may have been a slow one.
                most[whose] = max(wanted, 100 if turn < 0 else most[whose])
            for name, each in rounds.items() if turn >= 0 else ():
                found.setdefault(name, []).append(each)
    return found


def _by_moto(name: str) -> str:
    return f"{name} (moto)"


def script(folder: Path, name: str, text: str) -> tuple[list[str], Path]:
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
        found = measure(Path(folder), cores[-1])
    sys.stdout.write(
        f"One core for each server, wrk on another, {_CONNECTIONS} connections;"
        f" median of {_ROUNDS} rounds of {_ROUND_SECONDS} s, ratios round by round.\n\n"
    )
    for name, rounds in found.items():
        rate = statistics.median(each.per_second for each in rounds)
        cpu = statistics.median(each.cpu_microseconds for each in rounds)
        ratio = _ratio(rounds, found[EMPTY])
        sys.stdout.write(
            f"{name:26} {rate:8.0f}/s  {cpu:6.0f} µs of CPU  {ratio:5.2f} of empty"
        )
        by_moto = found.get(_by_moto(_MINT if name == EMPTY else name))
        if by_moto is not None:
            sys.stdout.write(
                f"  {_ratio(rounds, by_moto):5.1f} x moto by rate,"
                f" {_ratio_by_cpu(rounds, by_moto):5.1f} by CPU"
            )
        if name == _MINT:
            distinct = sum(each.distinct for each in rounds)
            sys.stdout.write(f", {distinct} distinct requests")
        sys.stdout.write("\n")
    _say_goal(found)
    if len(cores) == 1:
        sys.stdout.write("\nLoad and server shared the one core of this machine.\n")


def _say_goal(found: dict[str, list[Round]]) -> None:
    """Prints whether the goal is met, and what an empty answer would reach."""
    by_moto = found[_by_moto(_MINT)]
    reached = _ratio(found[_MINT], by_moto)
    sys.stdout.write(
        f"goal: AssumeRole at least {GOAL} x moto by rate:"
        f" {'met' if reached >= GOAL else 'missed'}; an empty answer has"
        f" {_ratio(found[EMPTY], by_moto):.1f},"
        f" by CPU {_ratio_by_cpu(found[EMPTY], by_moto):.0f}\n"
    )


def _ratio(rounds: list[Round], others: list[Round]) -> float:
    """Returns the median of the ratios of rounds that were next to each other."""
    return statistics.median(
        one.per_second / other.per_second
        for one, other in zip(rounds, others, strict=True)
    )


def _ratio_by_cpu(rounds: list[Round], others: list[Round]) -> float:
    """Returns how often the others take the CPU time of these, as a median."""
    return statistics.median(
        other.cpu_microseconds / one.cpu_microseconds
        for one, other in zip(rounds, others, strict=True)
    )


if __name__ == "__main__":
    main()
