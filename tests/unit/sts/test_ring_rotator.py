"""The loop that rotates: every step once, whoever takes it, and never behind a fault.

SPEC: design 7; attacks L22; reliability E10.
"""

from __future__ import annotations

import asyncio

import pytest

from daypass.core.errors import StoreUnavailableError
from daypass.keyring.key import KeyState
from support.ring_workers import (
    HOUR,
    MINUTE,
    RULES,
    RingWorker,
    first_ring,
    store_of,
    stored,
)
from support.world import ManualClock


async def test_nothing_due_changes_nothing(clock: ManualClock) -> None:
    """Where nothing is due the ring stays, and is confirmed."""
    worker = RingWorker(store_of(first_ring()), clock)
    await worker.holder.open()

    await worker.rotator.turn()

    assert ([1], 1) == (worker.notes.replaced, worker.notes.confirmed)


async def test_l22_due_steps_are_taken_once(clock: ManualClock) -> None:
    """L22: workers that find the same steps due at once prepare one key of each kind."""
    store = store_of(first_ring())
    workers = [RingWorker(store, clock, seed=seed) for seed in range(3)]
    for worker in workers:
        await worker.holder.open()
    clock.advance(RULES.period - RULES.lead)

    await asyncio.gather(*(worker.rotator.turn() for worker in workers))

    ring = await stored(store)
    assert 4 == ring.version
    for entries in (ring.keys, ring.derivation_secrets, ring.sealing_keys):
        assert [KeyState.ACTIVE, KeyState.PREPARED] == [each.state for each in entries]
    assert {ring.version} == {each.holder.current().version for each in workers}


async def test_keys_come_and_go(clock: ManualClock) -> None:
    """Over five days each key is prepared, active, retiring and gone in its time."""
    store = store_of(first_ring())
    worker = RingWorker(store, clock)
    await worker.holder.open()
    seen: list[tuple[str, ...]] = []

    for _ in range(5 * 24 * 12):
        clock.advance(5 * MINUTE)
        await worker.rotator.turn()
        states = tuple(each.state.value for each in worker.holder.current().keys)
        if [states] != seen[-1:]:
            seen.append(states)

    assert [
        ("active",),
        ("active", "prepared"),
        ("retiring", "active"),
        ("retiring", "active", "prepared"),
        ("retiring", "retiring", "active"),
        ("retiring", "active"),
    ] == seen[:6]
    assert seen[3:6] == seen[6:9]


async def test_e13_wrong_clock_takes_no_step(clock: ManualClock) -> None:
    """E13: while its clock is wrong a worker follows the ring, and changes nothing."""
    right = False

    async def agrees() -> bool:
        return right

    store = store_of(first_ring())
    worker = RingWorker(store, clock, clock_agrees=agrees)
    await worker.holder.open()
    clock.advance(24 * HOUR)

    await worker.rotator.turn()
    before = (await stored(store)).version
    right = True
    await worker.rotator.turn()

    assert (1, 4) == (before, (await stored(store)).version)
    assert 2 == worker.notes.confirmed


async def test_clock_is_compared_for_a_step_only(clock: ManualClock) -> None:
    """Where nothing is due nobody is asked; where nobody answers that is told."""
    asked = 0

    async def agrees() -> bool:
        nonlocal asked
        asked += 1
        raise StoreUnavailableError("store_slow")

    store = store_of(first_ring())
    worker = RingWorker(store, clock, clock_agrees=agrees)
    await worker.holder.open()

    await worker.rotator.turn()
    assert (0, 1) == (asked, worker.notes.confirmed)

    clock.advance(24 * HOUR)
    await worker.rotator.turn()
    assert (1, ["store_slow"]) == (asked, worker.notes.unreadable)
    assert 1 == (await stored(store)).version


async def test_away_store_is_told(clock: ManualClock) -> None:
    """A store that is away is told of, and nothing rotates meanwhile."""
    store = store_of(first_ring())
    worker = RingWorker(store, clock)
    await worker.holder.open()
    clock.advance(24 * HOUR)
    store.fail_next(StoreUnavailableError("store_closed"))

    await worker.rotator.turn()

    assert ["store_closed"] == worker.notes.unreadable
    assert 1 == (await stored(store)).version


async def test_lost_answer_is_found_out(clock: ManualClock) -> None:
    """A step whose storing is not known to have worked is looked for, not repeated."""
    store = store_of(first_ring())
    worker = RingWorker(store, clock)
    await worker.holder.open()
    clock.advance(24 * HOUR)
    store.fail_next(StoreUnavailableError("store_slow"), method="replace")

    await worker.rotator.turn()
    await worker.rotator.turn()

    assert ["store_slow"] == worker.notes.unreadable
    assert 4 == (await stored(store)).version


async def test_refused_ring_is_told(clock: ManualClock) -> None:
    """A ring that must not be used is told of, and the loop goes on."""
    store = store_of(first_ring())
    worker = RingWorker(store, clock)
    await worker.holder.open()
    await store.replace(b"garbage", expected=await store.load())

    await worker.rotator.turn()

    assert ["RingCorruptError"] == worker.notes.refused
    assert 0 == worker.notes.confirmed


async def test_loop_runs_until_it_is_cancelled(clock: ManualClock) -> None:
    """The loop looks at once, and again as soon as there is a reason to."""
    ring = first_ring()
    worker = RingWorker(store_of(ring), clock)
    await worker.holder.open()
    running = asyncio.create_task(worker.rotator.run())

    while worker.notes.confirmed < 1:
        await asyncio.sleep(0)
    worker.holder.revoke(ring.signing_key().kid)
    while worker.notes.confirmed < 2:
        await asyncio.sleep(0)
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
