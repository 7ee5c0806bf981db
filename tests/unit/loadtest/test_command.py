"""The command: what it refuses, and what it ends with."""

from __future__ import annotations

from pathlib import Path

import pytest
from loadtest import budgets
from loadtest.budgets import Budget
from loadtest.command import FAILED, GOOD, NO_VERDICT, is_loopback, main, run_status

from support.load_results import capacity, results, window

MINT = Budget("mint", "mint", "empty", "any", goal=0.5, floor=0.25)


@pytest.mark.parametrize(
    "address",
    ["192.0.2.1:443", "localhost:50051", "[2001:db8::1]:443", "127.0.0.1", "", ":1"],
)
def test_elsewhere_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], address: str
) -> None:
    """Load on what is not surely this machine is refused before a call is made."""
    words = ["--target", address, "--credentials", str(tmp_path / "none")]

    assert main(words) == NO_VERDICT
    assert "not loopback" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.8.9.1:1", "[::1]:50051"])
def test_loopback_is_this_machine(address: str) -> None:
    """Addresses of loopback are this machine, in both families."""
    assert is_loopback(address)


def test_target_without_keys_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A server that somebody else started needs credentials."""
    assert main(["--target", "127.0.0.1:1"]) == NO_VERDICT
    assert "--credentials" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--only", "nothing"], ["--engine", "warp"]])
def test_unknown_words_refused(words: list[str]) -> None:
    """A scenario or engine that does not exist ends the command."""
    with pytest.raises(SystemExit) as ended:
        main(words)

    assert ended.value.code == NO_VERDICT


@pytest.mark.parametrize(
    ("mint", "status"), [(999.0, FAILED), (1_000.0, GOOD), (1_999.0, GOOD)]
)
def test_floor_decides(mint: float, status: int) -> None:
    """A ratio below its floor fails the run; a goal that is missed does not."""
    found = results(mint=mint)

    assert status == run_status(found, budgets.judge(found, (MINT,)), quick=False)


def test_lost_call_fails() -> None:
    """One lost call fails a run, a quick one too."""
    found = results(windows=(window(), window(lost=1)))

    assert run_status(found, (), quick=False) == FAILED
    assert run_status(found, (), quick=True) == FAILED


def test_call_lost_in_rounds_fails() -> None:
    """So does one that was lost in a closed loop."""
    found = results(capacity("verify_seen", 2_000.0, lost=1))

    assert run_status(found, (), quick=False) == FAILED


def test_unjudged_run_has_no_verdict() -> None:
    """A run that is not to be judged neither succeeds nor fails."""
    found = results(mint=1.0, unjudged="of a reason")

    outcomes = budgets.judge(found, (MINT,))
    assert run_status(found, outcomes, quick=False) == NO_VERDICT


def test_quick_run_judges_nothing() -> None:
    """A quick run is good when no call was lost."""
    found = results(mint=1.0)

    assert run_status(found, budgets.judge(found, (MINT,)), quick=True) == GOOD
