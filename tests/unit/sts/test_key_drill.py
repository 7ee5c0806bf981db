"""A drill publishes the next key, and tells which workers would refuse it.

SPEC: design 7; decision 0029.
"""

from __future__ import annotations

import pytest

from daypass.adapters.memory_keyring import MemoryRingReports
from daypass.core.errors import StoreUnavailableError
from daypass.core.key_limits import DRILL_TIME_MAX, RING_REPORT_LASTS
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.errors import RingChangeError
from daypass.keyring.schedule import Purpose, Slot
from daypass.sts.key_drill import DrillReport, drill
from support.ring_workers import RULES, SECOND, RingWorker, first_ring, store_of
from support.world import ManualClock, SeededEntropy

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
        self.worker = RingWorker(store_of(first_ring()), clock)

    async def run(self, slot: Slot = EDDSA) -> DrillReport:
        """Holds the drill."""
        await self.worker.holder.open()
        return await drill(
            slot,
            holder=self.worker.holder,
            reports=self.reports,
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
    held.worker.rotator._reports = held.reports
    held.worker.rotator._worker_id = "a"

    await held.worker.rotator.turn()
    held.reports.fail_next(StoreUnavailableError("store_slow"))
    await held.worker.rotator.turn()

    assert {"a": 1} == await held.reports.reports()
    assert ["store_slow"] == held.worker.notes.unreadable
