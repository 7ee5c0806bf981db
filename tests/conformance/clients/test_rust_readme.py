"""The lines with which the README of the Rust client begins; see PROTOCOL.md."""

from __future__ import annotations

import pytest

from support.conformance_program import CLIENTS
from support.running import Command

RUST = CLIENTS / "rust"
LINES_MAX = 10
SESSION = "arn:aws:sts::123456789012:assumed-role/ReadOnlyRole/"


@pytest.mark.parametrize("client", ["rust"])
def test_first_lines_of_rust_work(command: Command, client: str) -> None:
    """The ten lines are the program that the build makes of them, and assume a role."""
    readme = (RUST / "README.md").read_text(encoding="utf-8")
    block = readme.split("```rust\n", 1)[1].split("```", 1)[0]
    assert (RUST / "examples" / "readme.rs").read_text(encoding="utf-8") == block
    assert LINES_MAX >= len(block.splitlines())

    result = command.program([str(RUST / "target" / "debug" / "examples" / "readme")])

    assert 0 == result.returncode, (client, result.stderr)
    assert result.stdout.startswith(SESSION)
