"""What a worker says of the rings that it and its followers have, for a drill.

SPEC: design 7; decisions 0029 and 0037.
"""

from __future__ import annotations

from daypass.core import key_limits
from daypass.core.ring_reports import RingReports
from daypass.sts.key_followers import KeyFollowers


class RingReporter:
    """Says which ring a worker holds, and which its followers were sent.

    Args:
        worker_id: names this worker among those that share the store.
        workers: takes what workers hold.
        followers: takes what their followers were sent.
        here: the followers of this worker.
    """

    def __init__(
        self,
        worker_id: str,
        *,
        workers: RingReports,
        followers: RingReports,
        here: KeyFollowers,
    ) -> None:
        self._worker_id = worker_id
        self._workers = workers
        self._followers = followers
        self._here = here

    async def report(self, version: int) -> None:
        """Says it, for a while.

        Raises:
            StoreUnavailableError: it is perhaps not said.
        """
        lasts = key_limits.RING_REPORT_LASTS
        await self._workers.report(self._worker_id, version, lasts=lasts)
        for principal, sent in self._here.versions().items():
            name = f"{self._worker_id} {principal}"
            await self._followers.report(name, sent, lasts=lasts)
