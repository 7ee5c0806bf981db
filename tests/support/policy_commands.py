"""How tests run the commands that ask a folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from daypass.cli import app
from support.securecart import (
    FOLDER,
)


def run(*words: str, folder: Path = FOLDER) -> Result:
    """Runs a command on a folder; a traceback fails the test."""
    command, *options = words
    return CliRunner().invoke(
        app, [command, "--directory", str(folder), *options], catch_exceptions=False
    )


def assume(caller: str, role: str, *options: str, command: str = "simulate") -> Result:
    """Asks whether a caller may assume a role."""
    asked = ("--principal", caller, "--action", "sts:AssumeRole", "--resource", role)
    return run(command, *asked, *options)


def answers(result: Result) -> list[Any]:
    """Returns the answers of a run with `--json`."""
    found: list[Any] = json.loads(result.stdout)
    return found
