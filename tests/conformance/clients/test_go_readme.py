"""The lines with which the README of the Go client begins; see PROTOCOL.md."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from support.conformance_program import CLIENTS
from support.running import Command

GO_PROGRAM = """package main

import (
	"context"
	"fmt"
	"os"

	"daypass.dev/daypass"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
LINES	return err
}
"""
SESSION = "arn:aws:sts::123456789012:assumed-role/ReadOnlyRole/"


@pytest.mark.parametrize("client", ["go"])
def test_first_lines_of_go_work(command: Command, client: str) -> None:
    """The lines with which the README for Go begins do what they say."""
    folder = CLIENTS / client
    match = re.search(r"```go\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    assert match is not None
    with TemporaryDirectory(dir=folder / "build") as place:
        Path(place, "main.go").write_text(GO_PROGRAM.replace("LINES", match[1]))
        program = str(Path(place, "program"))
        subprocess.run(["go", "build", "-o", program, place], cwd=folder, check=True)  # noqa: S607 - the toolchain on the path.
        result = command.program([program])

    assert 0 == result.returncode, result.stderr
    assert result.stdout.startswith(SESSION)
