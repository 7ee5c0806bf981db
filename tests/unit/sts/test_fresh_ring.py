"""A ring that is read anew, for who meets a key that it does not name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.core import key_limits
from daypass.core.errors import StoreUnavailableError
from daypass.core.secret import Secret
from daypass.keyring.ring import Ring
from daypass.keyring.sealed import seal_ring
from daypass.sts.fresh_ring import FreshRing
from support.ring_workers import RingWorker, first_ring, store_of
from support.world import ManualClock, SeededEntropy

PAUSE = key_limits.RING_READ_PAUSE
MOMENT = timedelta(milliseconds=1)


class Pair:
    """Two workers of one store, of which one is asked to read the ring."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.store = store_of(first_ring())
        self.worker = RingWorker(self.store, self.clock)
        self.other = RingWorker(self.store, self.clock, seed=2)
        self.fresh = FreshRing(holder=self.worker.holder, clock=self.clock)

    async def opened(self) -> Pair:
        """Lets both read the ring for the first time."""
        await self.worker.holder.open()
        await self.other.holder.open()
        return self

    async def change(self) -> int:
        """Has the other worker store the next version, and returns it."""

        def next_version(ring: Ring) -> Ring:
            return Ring(
                ring.ring_id,
                ring.version + 1,
                ring.keys,
                ring.derivation_secrets,
                ring.sealing_keys,
            )

        return (await self.other.holder.change(next_version)).version


async def test_ring_is_read_at_most_once_in_a_while() -> None:
    """Calls in a row have the store asked once; the others are to come back."""
    pair = await Pair().opened()
    await pair.fresh.read()
    version = await pair.change()
    for passed in (timedelta(0), PAUSE - MOMENT):
        pair.clock.advance(passed)

        with pytest.raises(StoreUnavailableError) as caught:
            await pair.fresh.read()

        assert ("key_ring_read_lately", PAUSE) == (
            caught.value.detail,
            caught.value.retry_after,
        )
        assert version > pair.worker.holder.version

    pair.clock.advance(MOMENT)
    await pair.fresh.read()

    assert version == pair.worker.holder.version


async def test_ring_that_cannot_be_read() -> None:
    """A store that is away is to be asked again, and not at once."""
    pair = await Pair().opened()
    pair.store.fail_next(StoreUnavailableError("down"))

    for detail in ("key_ring_unsure", "key_ring_read_lately"):
        with pytest.raises(StoreUnavailableError) as caught:
            await pair.fresh.read()
        assert detail == caught.value.detail


@pytest.mark.parametrize("fault", ["corrupt", "another"])
async def test_ring_that_must_not_be_used(fault: str) -> None:
    """A store with what is no ring of ours says nothing of a key."""
    pair = await Pair().opened()
    held = await pair.store.load()
    bad = b"no ring" if fault == "corrupt" else _another_ring()
    await pair.store.replace(bad, expected=held)

    with pytest.raises(StoreUnavailableError) as caught:
        await pair.fresh.read()

    assert "key_ring_unsure" == caught.value.detail


async def test_ring_of_another_worker() -> None:
    """What another worker has stored is in use when the ring has been read."""
    pair = await Pair().opened()
    version = await pair.change()

    await pair.fresh.read()

    assert version == pair.worker.holder.version


def _another_ring() -> bytes:
    ring = first_ring()
    other = Ring(
        f"{ring.ring_id}x",
        ring.version,
        ring.keys,
        ring.derivation_secrets,
        ring.sealing_keys,
    )
    return seal_ring(other, Secret(b"m" * 32), SeededEntropy(3))
