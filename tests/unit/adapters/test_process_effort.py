"""Whether a process is as busy as a core lets it be."""

from __future__ import annotations

import pytest

from daypass.adapters.process_effort import ProcessEffort


class Spending:
    """A process of which a test says what it has taken."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.spent = 7.0

    def pass_by(self, seconds: float, *, share: float) -> None:
        """Lets time pass, of which the process takes a share."""
        self.time += seconds
        self.spent += seconds * share


@pytest.fixture
def process() -> Spending:
    """Returns a process that has just begun."""
    return Spending()


@pytest.fixture
def effort(process: Spending) -> ProcessEffort:
    """Returns what looks at it."""
    return ProcessEffort(
        monotonic=lambda: process.time, cpu_seconds=lambda: process.spent
    )


@pytest.mark.parametrize(("share", "expected"), [(0.84, False), (0.86, True)])
def test_share_of_a_core(
    process: Spending, effort: ProcessEffort, share: float, *, expected: bool
) -> None:
    """Nearly all of a core is all of it."""
    process.pass_by(0.06, share=share)

    assert expected == effort.is_whole()


def test_begins_idle(effort: ProcessEffort) -> None:
    """Of no time nothing is known."""
    assert not effort.is_whole()


@pytest.mark.parametrize(("seconds", "expected"), [(0.049, False), (0.051, True)])
def test_burst_is_too_short(
    process: Spending, effort: ProcessEffort, seconds: float, *, expected: bool
) -> None:
    """What has not lasted is not looked at."""
    process.pass_by(seconds, share=1)

    assert expected == effort.is_whole()


def test_ends_with_the_work(process: Spending, effort: ProcessEffort) -> None:
    """A process that has time again is seen to have it, and more cores are no harm."""
    process.pass_by(0.06, share=1.7)
    before = effort.is_whole()
    process.pass_by(0.06, share=0.5)

    assert before
    assert not effort.is_whole()


def test_fork_begins_anew(process: Spending, effort: ProcessEffort) -> None:
    """The CPU time of a fork begins with nothing."""
    process.pass_by(10, share=1)
    process.spent = 0
    forked = effort.is_whole()
    process.pass_by(0.06, share=1)

    assert not forked
    assert effort.is_whole()
