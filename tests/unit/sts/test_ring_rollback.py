"""A worker never goes back: what it takes from a store, puts back, and refuses.

SPEC: design 7; attacks J55, J57, L22; decision 0029.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from daypass.adapters.memory_keyring import MemoryKeyringStore
from daypass.core.errors import StoreUnavailableError
from daypass.keyring.errors import (
    RingCorruptError,
    RingRollbackError,
)
from daypass.keyring.generate import new_ring
from daypass.keyring.ring import Ring
from daypass.sts.ring_holder import RingMissingError
from support.ring_workers import (
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


class Contended(MemoryKeyringStore):
    """A store in which somebody else is always faster."""

    async def replace(self, sealed: bytes, *, expected: bytes | None) -> bool:
        """Stores nothing."""
        del sealed, expected
        self.tries = getattr(self, "tries", 0) + 1
        return False


async def test_no_ring_anywhere(clock: ManualClock) -> None:
    """Without a ring in the store or on the host no worker starts, and none is made."""
    store = MemoryKeyringStore()

    with pytest.raises(RingMissingError):
        await opened(store, clock, copy=MemoryKeyringStore())
    assert await store.load() is None


async def test_host_begins_the_store(clock: ManualClock, ring: Ring) -> None:
    """The ring of a host begins a store that has none."""
    store = MemoryKeyringStore()

    worker = await opened(store, clock, copy=store_of(ring))

    assert ring == worker.holder.current()
    assert ring == await stored(store)


async def test_host_without_ring_takes_that_of_store(
    store: MemoryKeyringStore, clock: ManualClock, ring: Ring
) -> None:
    """A host that has no ring takes the one of the store, and keeps a copy."""
    copy = MemoryKeyringStore()

    await opened(store, clock, copy)

    assert ring == await stored(copy)


async def test_j57_older_ring_is_not_taken(
    store: MemoryKeyringStore, clock: ManualClock, ring: Ring
) -> None:
    """J57: a store that goes back gets again what a worker has seen."""
    worker = await opened(store, clock)
    await worker.holder.change(later(3))
    await store.replace(sealed(ring), expected=await store.load())

    await worker.holder.refresh()

    assert 3 == worker.holder.current().version
    assert 3 == (await stored(store)).version
    assert [3] == worker.notes.put_back


async def test_j57_older_ring_is_not_taken_at_start(
    store: MemoryKeyringStore, clock: ManualClock, ring: Ring
) -> None:
    """J57: a host remembers over a restart what it has seen."""
    copy = MemoryKeyringStore()
    worker = await opened(store, clock, copy)
    await worker.holder.change(later(3))
    await worker.holder.refresh()

    again = await opened(store_of(ring), clock, copy)

    assert 3 == again.holder.current().version


async def test_lost_ring_is_put_back(clock: ManualClock, ring: Ring) -> None:
    """A store that has lost the ring gets it from a worker that lives."""
    store = store_of(ring)
    worker = await opened(store, clock)
    empty = MemoryKeyringStore()
    again = RingWorker(empty, clock, copy=store)
    await again.holder.open()

    assert ring == await stored(empty)
    assert [1] == again.notes.put_back
    assert ring == worker.holder.current()


async def test_put_back_that_is_too_late(ring: Ring, clock: ManualClock) -> None:
    """Where another worker was faster with putting back, the next look tells."""
    store = Contended()
    worker = RingWorker(store, clock, copy=store_of(ring))

    with pytest.raises(StoreUnavailableError, match="key_ring_contended"):
        await worker.holder.open()


async def test_j57_other_ring_refused(
    store: MemoryKeyringStore, clock: ManualClock
) -> None:
    """J57: the ring of another deployment is refused, and this one stays in use."""
    worker = await opened(store, clock)
    other = replace(new_ring(SeededEntropy(5), clock.now()), version=9)
    await store.replace(sealed(other), expected=await store.load())

    with pytest.raises(RingRollbackError):
        await worker.holder.refresh()
    assert 1 == worker.holder.current().version


async def test_j57_same_version_with_other_keys_refused(
    store: MemoryKeyringStore, clock: ManualClock, ring: Ring
) -> None:
    """J57: another ring under the same version is refused."""
    worker = await opened(store, clock)
    other = replace(new_ring(SeededEntropy(5), clock.now()), ring_id=ring.ring_id)
    await store.replace(sealed(other), expected=await store.load())

    with pytest.raises(RingRollbackError):
        await worker.holder.refresh()


async def test_damage_is_refused(store: MemoryKeyringStore, clock: ManualClock) -> None:
    """What no master key opens is refused, and confirms nothing."""
    worker = await opened(store, clock)
    await store.replace(b"damage", expected=await store.load())
    clock.advance(SETTLE / 2)

    with pytest.raises(RingCorruptError):
        await worker.holder.refresh()
    with pytest.raises(StoreUnavailableError):
        worker.holder.current()


async def test_broken_copy_is_told_and_tried_again(
    store: MemoryKeyringStore, clock: ManualClock, ring: Ring
) -> None:
    """A disk that refuses is told of, does not end the use, and is tried again."""
    copy = MemoryKeyringStore()
    copy.fail_next(AWAY, method="replace")
    worker = RingWorker(store, clock, copy=copy)

    with pytest.raises(StoreUnavailableError):
        await worker.holder.open()
    assert ring == worker.holder.current()

    await worker.holder.refresh()
    assert ring == await stored(copy)


async def test_copy_of_faster_process_stays(
    store: MemoryKeyringStore, clock: ManualClock
) -> None:
    """A process does not replace the copy of another one that has seen more."""
    copy = MemoryKeyringStore()
    worker = await opened(store, clock, copy)
    await worker.holder.change(later(2))
    newer = sealed(later(7)(first_ring()))
    await copy.replace(newer, expected=await copy.load())

    await worker.holder.refresh()

    assert newer == await copy.load()
