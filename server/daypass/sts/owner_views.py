"""What the owner of a resource may see of a denial, made after the answer.

Explaining reads the real policy of the resource, and takes longer where there is
one. Were it done before a refusal leaves, the time would tell the caller which roles
of other accounts exist (ADR 0006).

SPEC: design 4; attacks P41.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from daypass.core import denial_limits, limits
from daypass.core.decision_record import DecisionRecord
from daypass.core.errors import UnavailableError
from daypass.core.ports import DecisionStore, Entropy
from daypass.sts.decision_views import DecisionViews, Denial, fitting_json

Report = Callable[[str, Exception], None]
_RANDOM_BYTES = 4


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A denial, and its record in which the owner's view has no reasons yet."""

    denial: Denial
    record: DecisionRecord


class OwnerViews:
    """Completes the records of denials across accounts, and keeps them.

    Nothing happens before `run` or `catch_up`. What waits is lost with the worker.

    Args:
        views: makes them.
        store: keeps the records.
        entropy: tells how long after a denial.
        waiting_max: how many may wait.
    """

    def __init__(
        self,
        *,
        views: DecisionViews,
        store: DecisionStore,
        entropy: Entropy,
        waiting_max: int = denial_limits.OWNER_VIEWS_WAITING_MAX,
    ) -> None:
        self._views = views
        self._store = store
        self._entropy = entropy
        self._waiting_max = waiting_max
        self._waiting: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()

    def offer(self, denial: Denial, record: DecisionRecord) -> bool:
        """Puts a denial in the queue, and tells whether there was room for it."""
        if len(self._waiting) >= self._waiting_max:
            return False
        self._waiting.append(_Waiting(denial, record))
        self._arrived.set()
        return True

    async def run(self, *, report: Report) -> None:
        """Works until it is cancelled, each time a moment after a denial.

        Args:
            report: takes note of a decision that is lost, and of its view.
        """
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            # What arrives during the pause has one of its own.
            due = len(self._waiting)
            await asyncio.sleep(self._pause_seconds())
            await self._work_off(due, report)

    async def catch_up(self, *, report: Report) -> None:
        """Completes and keeps the record of every denial that waits."""
        await self._work_off(len(self._waiting), report)

    async def _work_off(self, count: int, report: Report) -> None:
        for _ in range(count):
            waiting = self._waiting.popleft()
            await self._keep(self._completed(waiting, report), report)
            # Calls that have arrived meanwhile go first.
            await asyncio.sleep(0)

    def _completed(self, waiting: _Waiting, report: Report) -> DecisionRecord:
        try:
            view = self._views.of_owner(waiting.denial)
        except Exception as error:  # noqa: BLE001 - the caller's view is kept alone.
            report(waiting.record.decision_id, error)
            return waiting.record
        text = fitting_json(view, bytes_max=limits.EXPLANATION_BYTES_MAX)
        return replace(waiting.record, resource_view=text)

    async def _keep(self, record: DecisionRecord, report: Report) -> None:
        seconds = limits.DECISION_STORE_TIME_MAX.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                await self._store.put(record)
        except (TimeoutError, UnavailableError) as error:
            report(record.decision_id, error)

    def _pause_seconds(self) -> float:
        least = denial_limits.OWNER_VIEW_PAUSE_MIN.total_seconds()
        most = denial_limits.OWNER_VIEW_PAUSE_MAX.total_seconds()
        drawn = int.from_bytes(self._entropy.token_bytes(_RANDOM_BYTES), "big")
        share: float = drawn / (1 << (8 * _RANDOM_BYTES))
        return least + (most - least) * share
