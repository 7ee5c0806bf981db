"""A ring that is as new as that of the store, for whoever meets a key it does not name.

A worker reads the ring once a second, so that a key may be in use elsewhere that it has
not heard of. Who must know asks here. Anybody can make up the name of a key, so that
the store is not asked for each: once in a while, for all calls of a worker together.

SPEC: RFC 7009 section 2.2.1; decision 0061.
"""

from __future__ import annotations

from typing import Protocol

from daypass.core import key_limits
from daypass.core.errors import StoreUnavailableError, UnavailableError
from daypass.core.ports import Clock
from daypass.keyring.errors import RingCorruptError, RingRollbackError
from daypass.sts.ring_holder import RingHolder


class RingReading(Protocol):
    """Whoever reads the ring anew."""

    async def read(self) -> None:
        """Returns when the ring in use is what the store had after the call.

        Raises:
            StoreUnavailableError: it is not, and may be when asked again.
        """
        ...


class FreshRing:
    """A `RingReading` of a ring that a worker holds.

    Args:
        holder: the ring.
        clock: bounds how often the store is asked.
    """

    def __init__(self, *, holder: RingHolder, clock: Clock) -> None:
        self._holder = holder
        self._clock = clock
        self._not_before = float("-inf")

    async def read(self) -> None:
        """Reads the ring, unless that was done a moment ago.

        Raises:
            StoreUnavailableError: it was, or the ring cannot be read.
        """
        now = self._clock.monotonic()
        if now < self._not_before:
            # What was read then may be older than what the caller was shown.
            raise _unsure("key_ring_read_lately")
        self._not_before = now + key_limits.RING_READ_PAUSE.total_seconds()
        try:
            await self._holder.refresh()
        except (UnavailableError, RingCorruptError, RingRollbackError) as error:
            raise _unsure("key_ring_unsure") from error


def _unsure(detail: str) -> StoreUnavailableError:
    return StoreUnavailableError(detail, retry_after=key_limits.RING_READ_PAUSE)
