"""The real clock and the real source of randomness."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import final


@final
class SystemClock:
    """The clocks of this machine."""

    __slots__ = ()

    def now(self) -> datetime:
        """Returns the time of day, aware and in UTC."""
        return datetime.now(tz=UTC)

    def monotonic(self) -> float:
        """Returns seconds that never go back, from an arbitrary start.

        The clock goes on while the machine is suspended, so that a lease does not
        outlast a sleep.
        """
        return time.clock_gettime(time.CLOCK_BOOTTIME)


@final
class SystemEntropy:
    """The operating system's secure randomness.

    NOTE: nothing is drawn ahead. A pool would be copied by a fork, and two
    workers would then hand out the same ids (attacks C09, L15).
    """

    __slots__ = ()

    def token_bytes(self, count: int) -> bytes:
        """Returns that many bytes from a cryptographically secure source."""
        return os.urandom(count)
