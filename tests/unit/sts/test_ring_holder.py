"""A worker's ring: what it takes, what it refuses, and how long it goes by it.

SPEC: design 7; attacks J55, J57, L22; decision 0029.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from daypass.adapters.memory_keyring import MemoryKeyringStore
from daypass.core.errors import StoreUnavailableError
from daypass.core.key_limits import RING_CHANGE_ATTEMPTS_MAX
from daypass.core.secret import Secret
from daypass.keyring.errors import (
    RingChangeError,
    RingRollbackError,
)
from daypass.keyring.generate import new_ring
from daypass.keyring.ring import Ring
from daypass.sts.ring_holder import AgedRing
from support.ring_workers import (
    HOUR,
    MINUTE,
    SECOND,
    SETTLE,
    RingWorker,
    first_ring,
    later,
    sealed,
    store_of,
    stored,
)
from support.world import ManualClock, SeededEntropy

AWAY = StoreUnavailableError("store_closed")


@pytest.fixture
def ring() -> Ring:
    """Returns the ring that the store begins with."""
    return first_ring()


@pytest.fixture
def store(ring: Ring) -> MemoryKeyringStore:
    """Returns the store."""
    return store_of(ring)


async def opened(
    store: MemoryKeyringStore,
    clock: ManualClock,
    copy: MemoryKeyringStore | None = None,
) -> RingWorker:
    """Returns a worker that has read the ring."""
    worker = RingWorker(store, clock, copy=copy)
    await worker.holder.open()
    return worker


async def test_nothing_before_it_is_read(
    store: MemoryKeyringStore, clock: ManualClock
) -> None:
    """A worker that has not read its ring uses none."""
    with pytest.raises(StoreUnavailableError, match="key_ring_stale"):
        RingWorker(store, clock).holder.current()


async def test_ring_of_store_is_used(
    store: MemoryKeyringStore, clock: ManualClock, ring: Ring
) -> None:
    """A worker uses the ring of the store."""
    worker = await opened(store, clock)

    assert ring == worker.holder.current()
    assert [1] == worker.notes.replaced


async def test_change_reaches_other_worker(
    store: MemoryKeyringStore, clock: ManualClock
) -> None:
    """What one worker changes another one has after its next look."""
    one, other = await opened(store, clock), await opened(store, clock)

    await one.holder.change(later(2))
    await other.holder.refresh()

    assert 2 == other.holder.current().version


async def test_change_of_nothing_stores_nothing(
    store: MemoryKeyringStore, clock: ManualClock
) -> None:
    """A change that returns the same ring is none."""
    worker = await opened(store, clock)
    before = await store.load()

    await worker.holder.change(lambda ring: ring)

    assert before == await store.load()


async def test_l22_changes_at_once_are_all_made(
    store: MemoryKeyringStore, clock: ManualClock
) -> None:
    """L22: of workers that change a ring at once none loses what another has done."""
    workers = [await opened(store, clock) for _ in range(4)]

    def next_version(ring: Ring) -> Ring:
        return replace(ring, version=ring.version + 1)

    made = await asyncio.gather(
        *(worker.holder.change(next_version) for worker in workers)
    )

    assert [2, 3, 4, 5] == sorted(ring.version for ring in made)
    assert 5 == (await stored(store)).version


class Contended(MemoryKeyringStore):
    """A store in which somebody else is always faster."""

    async def replace(self, sealed: bytes, *, expected: bytes | None) -> bool:
        """Stores nothing but what is there."""
        if sealed == expected:
            return True
        self.tries = getattr(self, "tries", 0) + 1
        return False


async def test_contention_has_a_bound(ring: Ring, clock: ManualClock) -> None:
    """A change that always meets another one is given up."""
    store = Contended(sealed(ring))
    worker = await opened(store, clock)

    with pytest.raises(StoreUnavailableError, match="key_ring_contended"):
        await worker.holder.change(later(2))
    assert RING_CHANGE_ATTEMPTS_MAX == store.tries


class Moving(MemoryKeyringStore):
    """A store whose ring is changed while it is read, so many times."""

    moves = 0

    async def load(self) -> bytes | None:
        """Returns what is no longer there."""
        found = await super().load()
        if self.moves:
            self.moves -= 1
            ring = later(10 - self.moves)(first_ring())
            await super().replace(sealed(ring), expected=found)
        return found


@pytest.mark.parametrize(("moves", "opens"), [(7, True), (8, False)])
async def test_rotation_while_it_starts(
    ring: Ring, clock: ManualClock, moves: int, *, opens: bool
) -> None:
    """A worker starts while others rotate, unless they never stop."""
    store = Moving(sealed(ring))
    store.moves = moves
    worker = RingWorker(store, clock)

    if opens:
        await worker.holder.open()
        assert 10 == worker.holder.version
    else:
        with pytest.raises(StoreUnavailableError, match="key_ring_contended"):
            await worker.holder.open()


async def test_change_may_refuse(store: MemoryKeyringStore, clock: ManualClock) -> None:
    """What a change raises comes out, and the ring stays."""
    worker = await opened(store, clock)

    def refuse(ring: Ring) -> Ring:
        raise RingChangeError(f"not {ring.version}")

    with pytest.raises(RingChangeError, match="not 1"):
        await worker.holder.change(refuse)
    assert 1 == worker.holder.current().version


@pytest.mark.parametrize("version", [0, 1])
async def test_change_without_new_version_is_refused(
    store: MemoryKeyringStore, clock: ManualClock, ring: Ring, version: int
) -> None:
    """A change must make a later version of the same ring."""
    worker = await opened(store, clock)
    other = new_ring(SeededEntropy(5), clock.now())

    with pytest.raises(RingRollbackError):
        await worker.holder.change(
            lambda _: replace(other, ring_id=ring.ring_id if version else other.ring_id)
        )


@pytest.mark.parametrize(
    ("since", "usable"),
    [(SETTLE / 2 - SECOND, True), (SETTLE / 2, False), (HOUR, False)],
)
async def test_worker_that_is_cut_off_uses_no_key(
    store: MemoryKeyringStore, clock: ManualClock, since: timedelta, *, usable: bool
) -> None:
    """A ring that was not confirmed for half the settle time is not used."""
    worker = await opened(store, clock)
    store.fail_next(AWAY, times=10)
    clock.advance(since)

    with pytest.raises(StoreUnavailableError, match="store_closed"):
        await worker.holder.refresh()

    if usable:
        assert 1 == worker.holder.current().version
    else:
        with pytest.raises(StoreUnavailableError, match="key_ring_stale"):
            worker.holder.current()


async def test_looking_again_ends_it(
    store: MemoryKeyringStore, clock: ManualClock
) -> None:
    """A worker that hears of its ring again uses it again."""
    worker = await opened(store, clock)
    clock.advance(HOUR)

    await worker.holder.refresh()

    assert 1 == worker.holder.current().version


async def test_published_ring_may_be_older(
    store: MemoryKeyringStore, clock: ManualClock
) -> None:
    """The ring as it is published has a bound of its own."""
    worker = await opened(store, clock)
    published = AgedRing(worker.holder, 5 * MINUTE)

    clock.advance(5 * MINUTE - SECOND)
    assert 1 == published.current().version

    clock.advance(SECOND)
    with pytest.raises(StoreUnavailableError):
        published.current()


async def test_j55_revoked_key_serves_nothing_at_once(
    store: MemoryKeyringStore, clock: ManualClock, ring: Ring
) -> None:
    """J55: a key that is revoked verifies nothing, before the store is asked."""
    worker = await opened(store, clock)
    kid = ring.signing_key().kid
    changed = worker.holder.changed

    worker.holder.revoke(kid)

    assert worker.holder.current().verifying_key(kid) is None
    assert changed.is_set()
    await worker.holder.wait(HOUR)


async def test_waiting_ends(store: MemoryKeyringStore, clock: ManualClock) -> None:
    """Without a reason to look again, waiting takes its time and no longer."""
    worker = await opened(store, clock)

    await worker.holder.wait(timedelta(milliseconds=1))


async def test_revoked_before_the_ring_is_read(
    store: MemoryKeyringStore, clock: ManualClock, ring: Ring
) -> None:
    """What the log says before the first reading counts after it."""
    worker = RingWorker(store, clock)
    worker.holder.revoke(ring.signing_key().kid)

    await worker.holder.open()

    assert worker.holder.current().verifying_key(ring.signing_key().kid) is None


@pytest.mark.parametrize("first", [True, False])
async def test_either_master_key_opens(
    clock: ManualClock, ring: Ring, *, first: bool
) -> None:
    """While master keys change, a ring under either opens, and stays under it."""
    old, new = Secret(b"o" * 32), Secret(b"n" * 32)
    under = old if first else new
    store = MemoryKeyringStore(sealed(ring, under))
    worker = RingWorker(store, clock, master_keys=(old, new))

    await worker.holder.open()
    await worker.holder.change(later(2))

    assert 2 == (await stored(store, under)).version


async def test_same_ring_under_another_seal_is_taken(
    clock: ManualClock, ring: Ring
) -> None:
    """A ring that is sealed under the other master key meanwhile goes on being used."""
    old, new = Secret(b"o" * 32), Secret(b"n" * 32)
    store = MemoryKeyringStore(sealed(ring, old))
    worker = RingWorker(store, clock, master_keys=(old, new))
    await worker.holder.open()
    await store.replace(sealed(ring, new), expected=await store.load())

    await worker.holder.change(later(2))

    assert 2 == (await stored(store, new)).version


async def test_reseal_changes_nothing_but_the_seal(
    clock: ManualClock, ring: Ring
) -> None:
    """Sealing a ring anew leaves its version, and both keys have their use meanwhile."""
    old, new = Secret(b"o" * 32), Secret(b"n" * 32)
    store = MemoryKeyringStore(sealed(ring, old))
    worker = RingWorker(store, clock, master_keys=(old,))
    await worker.holder.open()

    await worker.holder.reseal(new)

    assert ring == await stored(store, new)
    assert 1 == worker.holder.current().version


class Taken(MemoryKeyringStore):
    """A store in which somebody else is always faster."""

    async def replace(self, sealed: bytes, *, expected: bytes | None) -> bool:
        """Stores nothing but what is there."""
        return sealed == expected


async def test_reseal_that_is_too_late(clock: ManualClock, ring: Ring) -> None:
    """Where the ring has changed meanwhile, sealing it anew is refused."""
    worker = RingWorker(Taken(sealed(ring)), clock)
    await worker.holder.open()

    with pytest.raises(StoreUnavailableError, match="key_ring_contended"):
        await worker.holder.reseal(Secret(b"n" * 32))
