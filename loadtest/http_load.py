"""Requests of the Query protocol, signed beforehand, and sent by `wrk`.

None is signed while the clock runs, so that the load costs little.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from loadtest.bench_servers import Server

CONNECTIONS: Final = 16
ROUND_SECONDS: Final = 2
_ROLE: Final = "arn:aws:iam::123456789012:role/ReadOnlyRole"
_FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"
_SCRIPT: Final = Path(__file__).with_name("signed_requests.lua")


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
    seconds: int = ROUND_SECONDS,
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
                *(_program("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"),
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
