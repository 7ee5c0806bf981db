"""How many bytes of large bodies a worker holds at once.

A body is read before anything is known of who sends it. Small ones are bounded by the
number of connections; large ones, which few operations have, by their bytes together,
so that whoever sends many of those fills no memory, and keeps no small one out.

SPEC: attacks V30, L30.
"""

from __future__ import annotations

from daypass.core import http_limits


class LargeBodies:
    """The large bodies that are being read or answered.

    Args:
        bytes_max: how many bytes they may have together.
    """

    def __init__(self, *, bytes_max: int = http_limits.LARGE_BODIES_BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0

    def take(self, size: int) -> bool:
        """Takes room for a body of an announced size, if there is any; see `leave`."""
        if size <= http_limits.SMALL_BODY_BYTES_MAX:
            return True
        if self._bytes + size > self._bytes_max:
            return False
        self._bytes += size
        return True

    def leave(self, size: int) -> None:
        """Leaves the room that a body of this size has taken."""
        if size > http_limits.SMALL_BODY_BYTES_MAX:
            self._bytes -= size
