"""A key ring that a failover may take away is not used.

SPEC: design 7; attacks R05, L22; decision 0033.
"""

from __future__ import annotations

import pytest

from daypass.adapters.memory_keyring import MemoryKeyringStore
from daypass.core.errors import StoreUnavailableError
from support.ring_workers import RingWorker, first_ring, sealed
from support.world import ManualClock


class _Lost(MemoryKeyringStore):
    """A store that has lost by now what it showed a moment ago."""

    async def replace(self, sealed: bytes, *, expected: bytes | None) -> bool:
        """Holds something else than is expected."""
        del sealed, expected
        return False


async def test_ring_that_was_only_read(clock: ManualClock) -> None:
    """A ring that the store does not acknowledge to hold is not taken into use."""
    worker = RingWorker(_Lost(sealed(first_ring())), clock)

    with pytest.raises(StoreUnavailableError, match="key_ring_contended"):
        await worker.holder.open()

    assert not worker.notes.replaced
