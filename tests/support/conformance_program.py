"""The conformance programs of the clients, and how one is spoken with.

The protocol is that of `tests/conformance/PROTOCOL.md`. A client in another language
is a row of `_PROGRAMS`; the tests stay as they are.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any, Self

from daypass_client import Credentials

CLIENTS = Path(__file__).resolve().parents[2] / "clients"
_PROGRAMS: Mapping[str, tuple[str, ...]] = {
    "python": (sys.executable, str(CLIENTS / "python" / "conformance.py")),
    "python-asyncio": (
        sys.executable,
        str(CLIENTS / "python" / "conformance_async.py"),
    ),
    "go": (str(CLIENTS / "go" / "build" / "conformance"),),
    "typescript": (
        "node",
        str(CLIENTS / "typescript" / "dist" / "programs" / "conformance.js"),
    ),
    "java": (str(CLIENTS / "java" / "conformance"),),
    "rust": (str(CLIENTS / "rust" / "target" / "debug" / "examples" / "conformance"),),
}
# The clients in other languages are tested by `make clients`, which builds them first
# and names all that it has; `make test` tests those that are there anyway.
_NAMES = os.environ.get("DAYPASS_CLIENTS", "python python-asyncio").split()
PROGRAMS = {name: _PROGRAMS[name] for name in _NAMES}
# Of each client, the example of its README's contract: it takes a token and a role.
EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "python": (sys.executable, str(CLIENTS / "python" / "example.py")),
    "go": (str(CLIENTS / "go" / "build" / "example"),),
    "typescript": (
        "node",
        str(CLIENTS / "typescript" / "dist" / "programs" / "example.js"),
    ),
    "java": (str(CLIENTS / "java" / "example"),),
    "rust": (str(CLIENTS / "rust" / "target" / "debug" / "examples" / "example"),),
}
# What one line may take, on a machine that others use too.
PATIENCE = 40.0


class ProgramError(Exception):
    """What the client said went wrong.

    Attributes:
        members: the members of `error`.
    """

    def __init__(self, members: Mapping[str, Any]) -> None:
        super().__init__(json.dumps(members))
        self.members = members

    @property
    def kind(self) -> str:
        """What kind of error it is."""
        return str(self.members["kind"])

    @property
    def reason(self) -> str:
        """Why, in one word."""
        return str(self.members.get("reason", ""))


class Program:
    """A running conformance program.

    Args:
        command: the program and its arguments.
    """

    def __init__(self, command: tuple[str, ...]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._lines: Queue[str] = Queue()
        self._reader = Thread(target=self._read)
        self._reader.start()
        self._sent = 0

    def __enter__(self) -> Self:
        """Returns the program itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the program, which ends well by itself when nothing more comes."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            status = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        finally:
            self._reader.join(PATIENCE)
            assert self._process.stdout is not None
            self._process.stdout.close()
        assert status == 0

    def do(self, command: str, **members: object) -> dict[str, Any]:
        """Sends a line, and returns what the client says of it.

        Raises:
            ProgramError: the client says that it went wrong.
        """
        self._sent += 1
        line = json.dumps({"id": self._sent, "do": command, **members})
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        try:
            answer = json.loads(self._lines.get(timeout=PATIENCE))
        except Empty:
            raise AssertionError(f"no answer to {command}") from None
        assert self._sent == answer["id"]
        if "error" in answer:
            raise ProgramError(answer["error"])
        found: dict[str, Any] = answer["ok"]
        return found

    def refused(self, command: str, **members: object) -> ProgramError:
        """Sends a line, and returns what went wrong; fails where nothing did."""
        try:
            found = self.do(command, **members)
        except ProgramError as error:
            return error
        raise AssertionError(f"{command} went well: {sorted(found)}")

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)


def keys_members(credentials: Credentials) -> dict[str, str | None]:
    """Returns credentials as a line has them."""
    token = credentials.session_token
    return {
        "access_key_id": credentials.access_key_id,
        "secret_access_key": credentials.secret_access_key.reveal(),
        "session_token": None if token is None else token.reveal(),
    }
