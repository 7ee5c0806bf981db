"""The lines with which the README of the TypeScript client begins; see PROTOCOL.md."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from support.conformance_program import CLIENTS
from support.running import Command

SESSION = "arn:aws:sts::123456789012:assumed-role/ReadOnlyRole/"


@pytest.mark.parametrize("client", ["typescript"])
def test_first_lines_of_typescript_work(command: Command, client: str) -> None:
    """The lines with which the README begins do what they say; they need no types."""
    folder = CLIENTS / client
    match = re.search(r"```ts\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    assert match is not None
    with TemporaryDirectory(dir=folder / "dist") as place:
        program = Path(place, "program.mjs")
        program.write_text(match[1])
        result = command.program(["node", str(program)])

    assert 0 == result.returncode, result.stderr
    assert result.stdout.startswith(SESSION)
