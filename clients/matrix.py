"""Checks the clients in all languages, and prints what came of it as a table.

Each client but that for Python has a program `check` in its folder, which takes the
steps below, and a conformance program that it builds. All of those are driven by one
run of `tests/conformance/clients`. A client whose toolchain is missing is named, and
passed over; with CI=true that is a failure, as is everything that does not go well.

    python clients/matrix.py [CLIENT ...]
"""

# ruff: noqa: INP001, S603, T201, TID251 - a program that runs others, by the
# environment that it was given, and prints a table.

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET

CLIENTS = Path(__file__).resolve().parent
SUITE = CLIENTS.parent / "tests" / "conformance" / "clients"
STEPS = ("lint", "build", "test")
OK, FAILED, MISSING = "ok", "FAILED", "-"


@dataclass
class Client:
    """A client, and what came of its steps.

    Attributes:
        name: the language, which is the folder too.
        tools: the programs without which it cannot be built.
        programs: its conformance programs, as the suite has them.
        results: what came of each step; another word than `ok` is not well.
    """

    name: str
    tools: tuple[str, ...]
    programs: tuple[str, ...]
    results: dict[str, str] = field(default_factory=dict)

    @property
    def is_there(self) -> bool:
        """Tells whether somebody has written it."""
        return self.name == "python" or (CLIENTS / self.name / "check").exists()

    @property
    def missing(self) -> list[str]:
        """The tools that this machine lacks."""
        return [tool for tool in self.tools if shutil.which(tool) is None]

    def run_steps(self) -> None:
        """Runs the steps until one does not go well."""
        if self.name == "python":
            # Its steps are those of the repository.
            self.results |= {"lint": "make lint", "build": OK, "test": "make test"}
            return
        for step in STEPS:
            print(f"clients/{self.name}: {step}", flush=True)
            begin = time.monotonic()
            command = [str(CLIENTS / self.name / "check"), step]
            status = subprocess.run(command, check=False).returncode
            seconds = time.monotonic() - begin
            self.results[step] = FAILED if status else f"{OK} {seconds:.0f} s"
            if status:
                return

    @property
    def is_built(self) -> bool:
        """Tells whether its conformance program can be driven."""
        return self.results.get("build", FAILED).startswith(OK)


def main(names: list[str]) -> int:
    """Checks the clients, prints the table, and returns the exit status."""
    clients = [
        Client("python", (), ("python", "python-asyncio")),
        Client("go", ("go",), ("go",)),
        Client("typescript", ("node", "npm"), ("typescript",)),
        Client("java", ("java", "mvn"), ("java",)),
        Client("rust", ("cargo",), ("rust",)),
    ]
    chosen = [client for client in clients if not names or client.name in names]
    for client in chosen:
        if client.is_there and not client.missing:
            client.run_steps()
    conform([client for client in chosen if client.is_built])
    print_table(chosen)
    lacking = [client for client in chosen if client.is_there and client.missing]
    for client in lacking:
        print(f"{client.name}: this machine lacks {', '.join(client.missing)}")
    went_badly = any(
        FAILED in word for each in chosen for word in each.results.values()
    )
    return int(went_badly or bool(lacking and os.environ.get("CI") == "true"))


def conform(clients: list[Client]) -> None:
    """Drives the conformance programs, all in one run: a server takes its time."""
    programs = [name for client in clients for name in client.programs]
    if not programs:
        return
    with TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-n", "0", "-q", str(SUITE)),
                f"--junitxml={report}",
            ],
            env={**os.environ, "DAYPASS_CLIENTS": " ".join(programs)},
            cwd=CLIENTS.parent,
            check=False,
        )
        passed, failed = counts(report, programs)
    for client in clients:
        bad = sum(failed[name] for name in client.programs)
        good = sum(passed[name] for name in client.programs)
        word = f"{good} {OK}" if good and not bad else f"{bad} of {good + bad} {FAILED}"
        client.results["conformance"] = word


def counts(report: Path, programs: list[str]) -> tuple[Counter[str], Counter[str]]:
    """Returns how many tests of each program went well, and how many did not.

    A test of all programs together counts for each of them.
    """
    passed: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    if not report.exists():
        return passed, Counter(programs)
    longest_first = sorted(programs, key=len, reverse=True)
    of = re.compile(r"[\[-](" + "|".join(map(re.escape, longest_first)) + r")[\]-]")
    # NOTE: the document is our own, of a moment ago.
    for case in ET.parse(report).iter("testcase"):  # noqa: S314
        match = of.search(case.get("name", ""))
        counted = failed if len(case) else passed
        counted.update([match[1]] if match else programs)
    return passed, failed


def print_table(clients: list[Client]) -> None:
    """Prints what came of each client."""
    columns = (*STEPS, "conformance")
    rows: list[tuple[str, ...]] = [("client", *columns)]
    rows += [(client.name, *cells(client, columns)) for client in clients]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    print()
    for row in rows:
        line = "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        )
        print(line.rstrip())


def cells(client: Client, columns: tuple[str, ...]) -> list[str]:
    """Returns what stands in the columns of a client."""
    if not client.is_there:
        return ["not there yet", *[MISSING] * (len(columns) - 1)]
    if client.missing:
        return ["no toolchain", *[MISSING] * (len(columns) - 1)]
    results: Mapping[str, str] = client.results
    return [results.get(column, MISSING) for column in columns]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
