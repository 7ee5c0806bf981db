"""The loop that examines the store: what it keeps, and when it looks again.

SPEC: reliability, promise 7, E09.
"""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import timedelta

import pytest

from daypass.core import store_limits
from daypass.core.errors import StoreUnavailableError
from daypass.core.store_health import ClockDifference, StoreFindings
from daypass.sts.store_watch import StoreWatch
from support.world import SeededEntropy

EVICTS = StoreFindings(fault="it evicts")
FIT = StoreFindings(clock=ClockDifference(timedelta(), timedelta()))


class Examined:
    """A store of which each look finds what comes next, and the notes on it."""

    def __init__(self, *coming: StoreFindings | StoreUnavailableError) -> None:
        self._coming = deque(coming)
        self.notes: list[StoreFindings] = []

    async def __call__(self) -> StoreFindings:
        """Returns what comes next."""
        found = self._coming.popleft()
        if isinstance(found, StoreUnavailableError):
            raise found
        return found

    def store_examined(self, findings: StoreFindings) -> None:
        """Notes what was found."""
        self.notes.append(findings)

    def watch(self) -> StoreWatch:
        """Returns the loop that looks."""
        return StoreWatch(examine=self, entropy=SeededEntropy(1), watcher=self)


async def test_findings_are_the_last_ones() -> None:
    """What was found last is in force, and told."""
    examined = Examined(EVICTS, FIT)
    watch = examined.watch()
    before = watch.findings

    await watch.turn()
    evicting = watch.findings
    await watch.turn()

    assert (StoreFindings(), EVICTS, FIT) == (before, evicting, watch.findings)
    assert [EVICTS, FIT] == examined.notes


async def test_store_away_changes_nothing() -> None:
    """A store that does not answer is not found to be fit again, and nothing is told."""
    examined = Examined(EVICTS, StoreUnavailableError("store_slow"))
    watch = examined.watch()

    await watch.turn()
    await watch.turn()

    assert EVICTS == watch.findings
    assert [EVICTS] == examined.notes


@pytest.mark.parametrize(
    ("found", "pause"),
    [
        (FIT, store_limits.STORE_EXAMINED_EVERY),
        (EVICTS, store_limits.STORE_EXAMINED_AGAIN),
        (StoreUnavailableError("store_slow"), store_limits.STORE_EXAMINED_AGAIN),
    ],
)
async def test_pauses(
    found: StoreFindings | StoreUnavailableError, pause: timedelta
) -> None:
    """What is not in order is looked at sooner, and no two workers look in step."""
    watch = Examined(found).watch()
    await watch.turn()

    pauses = [watch._pause() for _ in range(50)]

    assert all(0.75 * pause <= each < 1.25 * pause for each in pauses)
    assert 1 < len(set(pauses))


def test_e09_looks_often_enough() -> None:
    """E09: the longest pause leaves half of the ten seconds for the questions."""
    assert timedelta(seconds=5) >= 1.25 * store_limits.STORE_EXAMINED_EVERY


async def test_loop_runs_until_it_is_cancelled() -> None:
    """The loop waits first, because the first look is the start's."""
    examined = Examined(FIT)
    running = asyncio.create_task(examined.watch().run())
    await asyncio.sleep(0)
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert [] == examined.notes
