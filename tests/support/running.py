"""A running server, and the command `daypass` as a person would run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daypass_client import Profile, load_profile
from daypass_client.profiles.surroundings import Surroundings

COMMAND_SECONDS_MAX = 15


@dataclass(frozen=True)
class DaypassServer:
    """A server that serves.

    Attributes:
        address: where, as host and port.
        folder: the folder in which it was started.
        state: its state folder, which is `.daypass` of that folder.
    """

    address: str
    folder: Path
    state: Path

    def profile(self, name: str) -> Profile:
        """Returns one of the profiles that the server wrote."""
        return load_profile(
            name,
            endpoint=self.address,
            surroundings=Surroundings(
                {
                    "AWS_SHARED_CREDENTIALS_FILE": str(self.state / "credentials"),
                    "AWS_CONFIG_FILE": str(self.state / "config"),
                },
                self.folder,
                self.folder,
            ),
        )


@dataclass(frozen=True)
class Command:
    """Runs the command in the folder where the server was started.

    The folder is the home as well, so that no file of this machine counts.

    Attributes:
        server: whom the command asks.
        seconds_max: how long one program may take.
    """

    server: DaypassServer
    seconds_max: float = COMMAND_SECONDS_MAX

    def environ(self, **variables: str) -> dict[str, str]:
        """Returns the environment that programs get: a path, a home, an endpoint."""
        scripts = Path(sys.executable).parent
        return {
            "PATH": os.pathsep.join([str(scripts), os.environ.get("PATH", os.defpath)]),
            "HOME": str(self.server.folder),
            "DAYPASS_ENDPOINT": self.server.address,
            **variables,
        }

    def program(
        self, words: list[str], *, typed: str = "", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs a program, whatever its exit status."""
        return subprocess.run(
            words,
            cwd=self.server.folder,
            env=self.environ(**variables),
            input=typed,
            capture_output=True,
            text=True,
            check=False,
            timeout=self.seconds_max,
        )

    def run(
        self, *arguments: str, typed: str = "", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs `daypass`, whatever its exit status."""
        words = [sys.executable, "-m", "daypass_client", *arguments]
        return self.program(words, typed=typed, **variables)

    def answer(self, *arguments: str, typed: str = "", **variables: str) -> Any:
        """Runs `daypass`, which must succeed, and returns what it prints as JSON."""
        result = self.run("--output", "json", *arguments, typed=typed, **variables)
        assert 0 == result.returncode, result.stderr
        return json.loads(result.stdout)


def variables_of(credentials: dict[str, str]) -> dict[str, str]:
    """Returns new credentials, as `assume-role` prints them, as variables."""
    return {
        "AWS_ACCESS_KEY_ID": credentials["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": credentials["secret_access_key"],
        "AWS_SESSION_TOKEN": credentials["session_token"],
    }
