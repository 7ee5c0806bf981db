"""The servers of a bench, each on one core, and those that ours is measured beside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

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
MOTO: Final = """
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


def script(folder: Path, name: str, text: str) -> tuple[list[str], Path]:
    """Writes a server; returns how it is called, and where it says its address."""
    script, address = folder / f"{name}_server.py", folder / f"{name}.address"
    script.write_text(text, encoding="utf-8")
    return [sys.executable, str(script), str(address)], address
