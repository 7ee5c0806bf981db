"""Leases of workers that have ended are withdrawn, so that nobody waits for them.

A revocation waits for every worker with a lease on the log. One that has ended, and is
known to have, vouches for nothing: to withdraw its lease is to say so. What is not
withdrawn runs out by itself.

SPEC: design 7; reliability E01, E02 and E12; decision 0056.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from daypass.core import worker_limits
from daypass.core.errors import UnavailableError
from daypass.core.ports import RevocationLog
from daypass.sts.revocation_follower import FollowerWatcher

_ATTEMPTS_MAX: Final = 5
_RETRY_SECONDS: Final = 0.1
_LEAVE_SECONDS_MAX: Final = worker_limits.LEAVE_TIME_MAX.total_seconds()


class EndedWorkers:
    """Withdraws leases on behalf of one worker.

    Args:
        log: whose leases they are.
        watcher: is told of each time that one could not be withdrawn.
    """

    def __init__(self, *, log: RevocationLog, watcher: FollowerWatcher) -> None:
        self._log = log
        self._watcher = watcher
        # Those before are older than any lease where there are more.
        self._ended: deque[str] = deque(maxlen=worker_limits.ENDED_WORKERS_MAX)
        self._noted = asyncio.Event()

    def note(self, worker_id: str) -> None:
        """Notes a worker that has ended: its process does nothing any more."""
        self._ended.append(worker_id)
        self._noted.set()

    async def run(self) -> None:
        """Withdraws what is noted, until it is cancelled."""
        while True:
            await self._noted.wait()
            self._noted.clear()
            while self._ended:
                await self._withdraw(self._ended.popleft())

    async def leave(self, worker_id: str) -> None:
        """Withdraws the lease of this worker, which answers nobody any more.

        It follows the log no more either: it would announce itself again.
        """
        try:
            async with asyncio.timeout(_LEAVE_SECONDS_MAX):
                await self._log.withdraw(worker_id)
        except UnavailableError as error:
            self._watcher.log_unreadable(error)
        except TimeoutError:
            # Whoever revokes waits for the lease, as for one that was killed.
            return

    async def _withdraw(self, worker_id: str) -> None:
        for _ in range(_ATTEMPTS_MAX):
            try:
                await self._log.withdraw(worker_id)
            except UnavailableError as error:
                self._watcher.log_unreadable(error)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return
