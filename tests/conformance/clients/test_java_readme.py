"""The lines with which the README of the Java client begins; see PROTOCOL.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from support.conformance_program import CLIENTS
from support.running import Command

JAVA = CLIENTS / "java"
IMPORT = re.compile(r"^import .*;\n", re.MULTILINE)
LINES_MAX = 10
SESSION = "arn:aws:sts::123456789012:assumed-role/ReadOnlyRole/"


@pytest.mark.parametrize("client", ["java"])
def test_first_lines_of_java_work(
    command: Command, tmp_path: Path, client: str
) -> None:
    """The ten lines assume a role, verify its session offline, and print both."""
    readme = (JAVA / "README.md").read_text(encoding="utf-8")
    block = readme.split("```java\n", 1)[1].split("```", 1)[0]
    imports = "".join(IMPORT.findall(block))
    lines = IMPORT.sub("", block).strip()
    assert LINES_MAX >= len(lines.splitlines())
    main = tmp_path / "Main.java"
    main.write_text(
        f"{imports}class Main {{ public static void main(String[] args) {{\n"
        f"{lines}\n}} }}\n",
        encoding="utf-8",
    )
    classes = f"{JAVA}/target/classes:{(JAVA / 'target/classpath').read_text()}"

    result = command.program(["java", "-cp", classes, str(main)], typed="")

    assert 0 == result.returncode, (client, result.stderr)
    arn, name = result.stdout.splitlines()
    assert arn.startswith(SESSION)
    assert name.startswith("ASIA")
