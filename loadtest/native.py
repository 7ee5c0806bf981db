"""h2load as the load: how many calls a server answers at the very most.

It sends one signed request again and again, so that it fits reads alone: a repeated
AssumeRole is given the session that there is (decision 0013). It counts answers of HTTP
and does not look into them; that they were answers of gRPC with a message is told by
how many bytes of data came.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loadtest.calls import Call
from loadtest.processes import Server, StartError, cpu_seconds

_PREFIX_BYTES: Final = 5
_STOP_SECONDS_MAX: Final = 30.0
# How far the size of an answer may be from that of the first: its times vary.
_SIZE_TOLERANCE: Final = 0.1
_REQUESTS: Final = re.compile(r"requests: .* (\d+) succeeded, (\d+) failed")
_TRAFFIC: Final = re.compile(r"traffic: .*\((\d+)\) data")
_FINISHED: Final = re.compile(r"finished in ([\d.]+)(ms|s), ")


class CeilingError(RuntimeError):
    """h2load did not find what it was to find."""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What h2load found: calls a second, and microseconds of CPU time for each."""

    per_second: float
    cpu_microseconds: float


def measure(
    server: Server, call: Call, answer_bytes: int, *, seconds: int, streams: int
) -> Ceiling:
    """Sends one call as often as the server answers, over four connections.

    Args:
        server: whom to load.
        call: what to send; signed, where that is needed.
        answer_bytes: the size of its answer.
        seconds: for how long, whole.
        streams: calls in flight over each connection.

    Raises:
        StartError: h2load is not installed.
        CeilingError: calls failed, or were not answered with a message.
    """
    program = shutil.which("h2load")
    if program is None:
        raise StartError("install the Debian package nghttp2-client")
    with tempfile.NamedTemporaryFile() as body:
        prefix = b"\0" + len(call.body).to_bytes(_PREFIX_BYTES - 1, "big")
        Path(body.name).write_bytes(prefix + call.body)
        words = arguments(call, body.name, server.address, seconds, streams)
        spent = cpu_seconds(server.process_id)
        done = subprocess.run(  # noqa: S603 - a program that was looked up, and no shell.
            [program, *words],
            capture_output=True,
            check=False,
            text=True,
            timeout=seconds + _STOP_SECONDS_MAX,
        )
        spent = cpu_seconds(server.process_id) - spent
    calls, took = read(done.stdout, answer_bytes)
    return Ceiling(calls / took, spent / calls * 1e6)


def arguments(
    call: Call, body: str, address: str, seconds: int, streams: int
) -> Sequence[str]:
    """Returns the words of h2load."""
    headers = {
        "content-type": "application/grpc",
        "te": "trailers",
        **dict(call.metadata or ()),
    }
    return [
        *("--duration", f"{seconds}", "--clients", "4", "--threads", "1"),
        *("--max-concurrent-streams", f"{streams}", "--data", body),
        *(word for name in headers for word in ("-H", f"{name}: {headers[name]}")),
        f"http://{address}{call.method}",
    ]


def read(told: str, answer_bytes: int) -> tuple[int, float]:
    """Returns how many calls were answered, and the seconds that it took.

    Raises:
        CeilingError: calls failed, or were not answered with a message.
    """
    requests, traffic, finished = (
        pattern.search(told) for pattern in (_REQUESTS, _TRAFFIC, _FINISHED)
    )
    if requests is None or traffic is None or finished is None:
        raise CeilingError(f"h2load said {told!r}")
    calls, failed = int(requests[1]), int(requests[2])
    if failed or not calls:
        raise CeilingError(f"{calls} calls were answered, and {failed} failed")
    expected = calls * (answer_bytes + _PREFIX_BYTES)
    if abs(int(traffic[1]) / expected - 1) > _SIZE_TOLERANCE:
        raise CeilingError(
            f"{calls} answers had {traffic[1]} bytes, and {expected} were expected"
        )
    return calls, float(finished[1]) / (1_000 if finished[2] == "ms" else 1)
