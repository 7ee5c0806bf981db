"""`daypassd` as the first process of a container."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.daypassd import Daypassd, Organisation, wait_until
from support.processes import children_of
from support.workers import REAPER

# Ends itself as an operator does, at a moment when nothing has been imported yet.
EARLY = """
import os, signal, sys
from daypass.first_process import end_when_told
end_when_told(int(sys.argv[1]))
os.kill(os.getpid(), signal.SIGTERM)
"""
IMPORTED = "import sys, daypass.__main__; print('daypass.cli' in sys.modules)"
# A search for garbage that sees the whole of what was imported takes tenths of a second.
UNSEARCHED = """
import gc, daypass.__main__
searches = sum(each["collections"] for each in gc.get_stats())
daypass.__main__.load()
searches -= sum(each["collections"] for each in gc.get_stats())
print(searches, gc.isenabled(), gc.get_freeze_count() > 100_000)
"""


@pytest.mark.parametrize(("pid", "status"), [("1", 143), ("2", -15)])
def test_early_signal_ends(pid: str, status: int) -> None:
    """The first process ends as any other when it is told to before it serves."""
    command = [sys.executable, "-c", EARLY, pid]

    assert status == subprocess.run(command, check=False).returncode


def test_signal_is_taken_before_the_rest_is_imported() -> None:
    """What takes a second to import is imported when SIGTERM is heard already."""
    command = [sys.executable, "-c", IMPORTED]

    assert b"False\n" == subprocess.run(command, check=True, capture_output=True).stdout


def test_imports_are_not_searched() -> None:
    """What is imported is searched for garbage neither meanwhile nor later."""
    command = [sys.executable, "-c", UNSEARCHED]
    told = subprocess.run(command, check=True, capture_output=True).stdout

    assert b"0 True True\n" == told


def test_orphans_are_reaped(tmp_path: Path) -> None:
    """A server with one worker leaves no zombie of those that it is given."""
    launcher = (sys.executable, "-c", REAPER)
    server = Daypassd(Organisation(tmp_path), through=launcher).init()
    with server:
        wait_until(lambda: not children_of(server.process.pid), "no zombie")

        assert 0 == server.stop()
