"""What the conformance of clients begins with: each client, and a scripted server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.conformance_program import PROGRAMS, Program
from support.fake_daypass import FakeDaypass
from support.world import START

# What only a toolchain can check is there where `make clients` names its client.
collect_ignore = [
    f"test_{name}_readme.py"
    for name in ("go", "typescript", "java", "rust")
    if name not in PROGRAMS
]


@pytest.fixture(scope="module", params=sorted(PROGRAMS))
def program(request: pytest.FixtureRequest) -> Iterator[Program]:
    """Yields the conformance program of each client, once a module."""
    with Program(PROGRAMS[request.param]) as program:
        yield program


@pytest.fixture
def fake() -> Iterator[FakeDaypass]:
    """Yields a server that answers from a queue."""
    server = FakeDaypass()
    yield server
    server.stop()


@pytest.fixture
def clock(program: Program) -> str:
    """Sets a clock of the client to the start of the world, and returns its name."""
    program.do("clock", clock="c", time=START.isoformat())
    return "c"
