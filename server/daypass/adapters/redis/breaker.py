"""Who calls a store that is down is told so at once.

After some failures in a row the breaker is open: callers are refused and cost the
store nothing. Whoever carries the traffic meanwhile tries the store with a command
of its own, after pauses that vary (attacks R23); no caller waits for that. One
success lets callers try again, and the next failure refuses them again.
"""

from __future__ import annotations

from daypass.core import store_limits


class Breaker:
    """Counts failures in a row.

    Attributes:
        is_open: whether callers are refused.
    """

    def __init__(self) -> None:
        self._failures = 0
        self.is_open = False

    def failed(self) -> None:
        """Notes a failure."""
        self._count(self._failures + 1)

    def succeeded(self) -> None:
        """Notes that a caller was served."""
        self._count(0)

    def probed(self) -> None:
        """Notes that a trial went well; one more failure opens the breaker again."""
        self._count(store_limits.STORE_FAILURES_MAX - 1)

    def _count(self, failures: int) -> None:
        self._failures = failures
        self.is_open = failures >= store_limits.STORE_FAILURES_MAX
