"""The port through which workers tell which key ring they, or their followers, have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol


class RingReports(Protocol):
    """What the workers of one store say of the ring that they hold.

    It is for people who want to look before they leap; nothing rests on it.
    """

    async def report(self, worker_id: str, version: int, *, lasts: timedelta) -> None:
        """Says which ring a worker holds, for a while.

        Raises:
            StoreUnavailableError: it is perhaps not said.
        """
        ...

    async def reports(self) -> Mapping[str, int]:
        """Returns the version of each worker that has said so of late.

        Raises:
            StoreUnavailableError: the store does not answer.
        """
        ...
