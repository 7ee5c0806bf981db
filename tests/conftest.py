"""Fixtures that every kind of test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from daypass.rpc.unimplemented import UNIMPLEMENTED
from support.world import ManualClock, SeededEntropy

# Set by `make fuzz`: a number that decides which inputs are tried.
SEED = os.environ.get("DAYPASS_TEST_SEED")

# A property is about what comes out. How long it took on a busy machine is not
# one, and pytest's own time limit holds for every test. The inputs are the same in
# every run, so that a change is judged by what it changes; `make fuzz` tries others,
# without a database, so that its seed alone says which. It does so in rounds, fewer
# in each than usual, as many as its time has room for.
settings.register_profile("daypass", deadline=None, derandomize=True)
settings.register_profile(
    "fuzz", deadline=None, derandomize=False, database=None, max_examples=25
)
settings.load_profile("daypass" if SEED is None else "fuzz")


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Returns the folder of published test vectors, or fails and says how to set it."""
    folder = os.environ.get("DAYPASS_VECTORS")
    if not folder or not Path(folder).is_dir():
        pytest.fail(
            "DAYPASS_VECTORS names no folder: set it to the folder that holds"
            " json/, sigv4/ and wycheproof/ (see CONTRIBUTING.md)"
        )
    return Path(folder)


@pytest.fixture(scope="session")
def fuzz_seed() -> int:
    """Returns the number that decides which inputs are tried."""
    return int(SEED or 0)


@pytest.fixture
def clock() -> ManualClock:
    """Returns a clock that stands still until it is moved."""
    return ManualClock()


@pytest.fixture
def entropy() -> SeededEntropy:
    """Returns randomness that repeats from run to run."""
    return SeededEntropy()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Lists what the API declares and this release does not answer, and the seeds."""
    terminalreporter.section("methods that are not implemented")
    for method in sorted(UNIMPLEMENTED):
        terminalreporter.line(method)
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if report.when == "call"
    ]
    seeds = [
        str(value)
        for report in reports
        for name, value in report.user_properties
        if name == "seed"
    ]
    if seeds:
        terminalreporter.section("seeds; make fuzz SEED=N tries N again")
        terminalreporter.line(" ".join(seeds))
