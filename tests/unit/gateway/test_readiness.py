"""Whether a worker can do its work: one part after another is out of order."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest

from daypass.adapters.memory import MemorySessionStore
from daypass.core import http_limits
from daypass.core.errors import StoreUnavailableError
from daypass.core.store_health import ClockDifference, StoreFindings
from daypass.gateway.readiness import Readiness
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.generate import new_ring
from support.http_organisation import FILES
from support.sts_world import LEASE, StsWorld, ready

SECOND = timedelta(seconds=1)
READY, NOT_READY = "ready", "not ready"


class Faults:
    """A directory whose files a test spoils, and a store that it makes unfit."""

    def __init__(self) -> None:
        self.found = False
        self.store = StoreFindings()

    def clock(self, seconds: float) -> None:
        """Lets the store's clock be ahead, or behind, by so much."""
        span = timedelta(seconds=seconds)
        self.store = StoreFindings(clock=ClockDifference(span, span))


class SilentStore(MemorySessionStore):
    """A store that never answers."""

    async def ping(self) -> None:
        """Waits for ever."""
        await asyncio.Event().wait()


@pytest.fixture
async def world() -> StsWorld:
    """Returns a world whose worker is ready."""
    return await ready(StsWorld(*FILES))


@pytest.fixture
def faults() -> Faults:
    """Returns what is wrong with the directory: nothing."""
    return Faults()


@pytest.fixture
def readiness(world: StsWorld, faults: Faults) -> Readiness:
    """Returns what tells the readiness of that worker."""
    return Readiness(
        store=world.store,
        ring=world.ring,
        view=world.view,
        directory_faulty=lambda: faults.found,
        store_findings=lambda: faults.store,
        clock=world.clock,
    )


async def _checks(readiness: Readiness) -> Mapping[str, str]:
    return (await readiness.report()).checks


async def test_all_in_order(readiness: Readiness) -> None:
    """A worker that can do its work is ready, and every part says so."""
    report = await readiness.report()

    assert report.ready
    assert {"ok"} == set(report.checks.values())
    assert {"store", "clock", "keyring", "directory", "revocations", "serving"} == (
        report.checks.keys()
    )
    assert {} == report.reasons


async def test_store_away(world: StsWorld, readiness: Readiness) -> None:
    """Without its store a worker is not ready, until the store is back."""
    world.store.fail_next(StoreUnavailableError("down"))

    away = await readiness.report()
    world.clock.advance(http_limits.PROBE_KEPT)
    back = await readiness.report()

    assert (False, "unavailable") == (away.ready, away.checks["store"])
    assert back.ready


async def test_store_asked_once_for_all(world: StsWorld, readiness: Readiness) -> None:
    """What the store said is good for a moment, so that probes do not burden it."""
    world.store.fail_next(StoreUnavailableError("down"))

    found = [await readiness.report() for _ in range(3)]

    assert [False] * 3 == [report.ready for report in found]


async def test_store_does_not_answer(world: StsWorld) -> None:
    """A store that does not answer in time is away."""
    readiness = Readiness(
        store=SilentStore(clock=world.clock),
        ring=world.ring,
        view=world.view,
        directory_faulty=lambda: False,
        store_findings=StoreFindings,
        clock=world.clock,
        store_time_max=timedelta(milliseconds=1),
    )

    assert "unavailable" == (await _checks(readiness))["store"]


async def test_revocations_stale(world: StsWorld, readiness: Readiness) -> None:
    """A worker whose view of revocations is as old as its lease is not ready."""
    world.clock.advance(LEASE - SECOND)
    fresh = await readiness.report()
    world.clock.advance(SECOND)
    stale = await readiness.report()

    assert (True, False) == (fresh.ready, stale.ready)
    assert "stale" == stale.checks["revocations"]


async def test_keyring_cannot_sign(world: StsWorld, readiness: Readiness) -> None:
    """A worker whose ring has no key to sign with is not ready."""
    world.ring.value = new_ring(
        world.entropy, world.clock.now(), algorithms=(Algorithm.ES256,)
    )

    report = await readiness.report()

    assert (False, "unavailable") == (report.ready, report.checks["keyring"])


async def test_directory_faulty(readiness: Readiness, faults: Faults) -> None:
    """A faulty edit is told, and takes no worker out: the one before is in force."""
    faults.found = True

    report = await readiness.report()

    assert (True, "stale") == (report.ready, report.checks["directory"])


async def test_e09_store_unfit(readiness: Readiness, faults: Faults) -> None:
    """E09: a store that may drop state keeps the worker from its work, and says why."""
    faults.store = StoreFindings(fault="it evicts")
    unfit = await readiness.report()
    faults.store = StoreFindings()
    fit = await readiness.report()

    assert (False, "unfit") == (unfit.ready, unfit.checks["store"])
    assert {"store": "it evicts"} == unfit.reasons
    assert fit.ready


async def test_store_away_before_unfit(
    world: StsWorld, readiness: Readiness, faults: Faults
) -> None:
    """A store that does not answer now is away, whatever it was like before."""
    faults.store = StoreFindings(fault="it evicts")
    world.store.fail_next(StoreUnavailableError("down"))

    assert "unavailable" == (await _checks(readiness))["store"]


@pytest.mark.parametrize(
    ("seconds", "status", "word"),
    [
        (2.1, NOT_READY, "skewed"),
        (-2.1, NOT_READY, "skewed"),
        (2, READY, "drifting"),
        (1.9, READY, "ok"),
    ],
)
async def test_e13_clock_differs(
    readiness: Readiness, faults: Faults, seconds: float, status: str, word: str
) -> None:
    """E13: a clock warns from two seconds on, and beyond that the worker is not ready."""
    faults.clock(seconds)

    report = await readiness.report()

    assert (status == READY, word) == (report.ready, report.checks["clock"])
    assert (word != "ok") == ("clock" in report.reasons)


async def test_draining(readiness: Readiness) -> None:
    """A worker that drains is not ready, for good."""
    readiness.drain()

    report = await readiness.report()
    assert (False, "draining") == (report.ready, report.checks["serving"])
