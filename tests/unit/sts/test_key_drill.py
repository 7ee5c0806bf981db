"""A drill publishes the next key, and tells which workers would refuse it.

SPEC: design 7; decision 0029.
"""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from daypass.adapters.memory_keyring import MemoryRingReports
from daypass.core.errors import StoreUnavailableError
from daypass.core.key_limits import (
    DRILL_TIME_MAX,
    FOLLOWERS_REPORTED_MAX,
    RING_REPORT_LASTS,
)
from daypass.key_report import drill_lines
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.errors import RingChangeError
from daypass.keyring.schedule import Purpose, Slot
from daypass.sts.key_drill import DrillReport, drill
from daypass.sts.key_followers import OTHERS, KeyFollowers
from daypass.sts.ring_reporter import RingReporter
from support.ring_workers import MINUTE, RULES, SECOND, RingWorker, first_ring, store_of
from support.world import ManualClock, SeededEntropy

ARN = "arn:aws:iam::111122223333:user/verifier"
EDDSA = Slot(Purpose.SIGNING, Algorithm.EDDSA)


class LateClock(ManualClock):
    """A clock of which every look takes a second."""

    def monotonic(self) -> float:
        """Returns the seconds, one more each time."""
        self.advance(SECOND)
        return super().monotonic()


class Drill:
    """A ring with workers that share it."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.reports = MemoryRingReports(clock=clock)
        self.followers = MemoryRingReports(clock=clock)
        self.worker = RingWorker(store_of(first_ring()), clock)

    async def run(self, slot: Slot = EDDSA) -> DrillReport:
        """Holds the drill."""
        await self.worker.holder.open()
        return await drill(
            slot,
            holder=self.worker.holder,
            reports=self.reports,
            followers=self.followers,
            rules=RULES,
            clock=self.clock,
            entropy=SeededEntropy(3),
        )


async def test_all_have_it(clock: ManualClock) -> None:
    """Where every worker holds the ring with the key, none is behind."""
    held = Drill(clock)
    await held.reports.report("a", 2, lasts=RING_REPORT_LASTS)

    report = await held.run()

    assert ((), {"a": 2}, 2) == (report.behind, report.workers, report.version)
    ring = held.worker.holder.current()
    assert ring.verifying_key(report.key_id) is None
    assert report.key_id in {key.kid for key in ring.published_keys}


async def test_worker_that_is_behind_is_named() -> None:
    """A worker that does not get the key in time is named."""
    held = Drill(LateClock())
    for worker, version in (("a", 2), ("b", 1)):
        await held.reports.report(worker, version, lasts=10 * DRILL_TIME_MAX)

    report = await held.run()

    assert ("b",) == report.behind


async def test_verifier_that_is_behind_is_named() -> None:
    """A verifier that follows, and was not sent the key in time, is named."""
    held = Drill(LateClock())
    lasts = 10 * DRILL_TIME_MAX
    await held.reports.report("a", 2, lasts=lasts)
    for name, version in ((f"a {ARN}", 1), (f"b {ARN}", 2)):
        await held.followers.report(name, version, lasts=lasts)

    report = await held.run()

    assert (f"a {ARN}",) == report.behind
    assert [
        f"{report.key_id}: published",
        "server a: version 2, has it",
        f"verifier {ARN} at server a: version 1, would refuse it",
        f"verifier {ARN} at server b: version 2, was sent it",
        "verifiers that keep a key set: have it within 300 s",
        "1 servers, 2 verifiers that follow, not all have it",
    ] == list(drill_lines(report, 5 * MINUTE))


async def test_all_verifiers_were_sent_it(clock: ManualClock) -> None:
    """Where all have it, nothing is said of those who have not."""
    held = Drill(clock)
    await held.reports.report("a", 2, lasts=RING_REPORT_LASTS)
    await held.followers.report(f"a {ARN}", 2, lasts=RING_REPORT_LASTS)

    report = await held.run()

    assert () == report.behind
    assert not any("not all" in line for line in drill_lines(report, MINUTE))


def test_lowest_of_a_principal_counts() -> None:
    """Of several streams of one principal the one that is furthest behind counts."""
    followers = KeyFollowers()
    with followers.following(ARN) as one, followers.following(ARN) as other:
        one.version, other.version = 3, 2
        both = followers.versions()
        other.version = 4
        assert ({ARN: 2}, {ARN: 3}) == (both, followers.versions())

    assert {} == followers.versions()


@pytest.mark.parametrize("more", [0, 1, 5])
def test_followers_are_told_within_bounds(more: int) -> None:
    """Beyond the bound those who are furthest behind keep their names."""
    followers, most = KeyFollowers(), FOLLOWERS_REPORTED_MAX
    with ExitStack() as open_ones:
        for number in range(most + more):
            stream = open_ones.enter_context(followers.following(f"u{number:02}"))
            stream.version = 100 - number
        told = followers.versions()

    assert most == len(told)
    assert 101 - most - more == told[f"u{most + more - 1:02}"]
    assert told.get(OTHERS) == (100 - more if more else None)


async def test_key_that_is_published_is_taken(clock: ManualClock) -> None:
    """A second drill looks at the same key, and changes nothing."""
    held = Drill(clock)
    first = await held.run()

    again = await held.run()

    assert first == again


async def test_kind_that_is_not_there(clock: ManualClock) -> None:
    """A kind of key that the ring has not cannot be drilled."""
    with pytest.raises(RingChangeError):
        await Drill(clock).run(Slot(Purpose.SIGNING, Algorithm.ES384))


async def test_rotator_says_what_it_holds(clock: ManualClock) -> None:
    """Each turn of a worker says which ring it holds; what is not said is told."""
    held = Drill(clock)
    await held.worker.holder.open()
    here = KeyFollowers()
    held.worker.rotator._reporter = RingReporter(
        "a", workers=held.reports, followers=held.followers, here=here
    )

    with here.following(ARN) as stream:
        stream.version = 1
        await held.worker.rotator.turn()
    held.reports.fail_next(StoreUnavailableError("store_slow"))
    await held.worker.rotator.turn()

    assert {"a": 1} == await held.reports.reports()
    assert {f"a {ARN}": 1} == await held.followers.reports()
    assert ["store_slow"] == held.worker.notes.unreadable
