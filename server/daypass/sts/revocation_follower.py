"""The loop that keeps a worker's view of revocations fresh, and the wait for all.

The order of the steps is what makes an acknowledged revocation effective
everywhere. A worker announces its lease, and only then reads: a revocation that
was appended before the announcement is found by that reading, and one that was
appended after it finds the announcement and waits for the worker.

It applies what was in the log when it announced, and nothing that came since: a
failover may still take that away and give its number to another revocation, which the
worker would then take for one that it has applied (decision 0033).

SPEC: design 7.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from daypass.core import limits
from daypass.core.errors import RevocationLogReplacedError, UnavailableError
from daypass.core.ports import Clock, RevocationLog
from daypass.core.revocation import EARLIER_WORKERS, Epoch, Revocation
from daypass.sts.revocation_view import RevocationView

_RETRY_SECONDS: Final = 0.1
# How long it takes is found out to a quarter of itself.
_POLL_SHARE: Final = 0.25
_POLL_SECONDS_MIN: Final = 0.001
_POLL_SECONDS_MAX: Final = 0.05


class FollowerWatcher(Protocol):
    """Whoever wants to know that the log could not be read."""

    def log_unreadable(self, error: UnavailableError) -> None:
        """Is told of each failed reading."""
        ...


class RevocationFollower:
    """Follows the log on behalf of one worker.

    Args:
        log: the log to follow.
        view: the view to keep fresh.
        clock: dates the lease.
        worker_id: names this worker among those that share the log.
        lease: how long a reading may be relied on.
        watcher: is told of failed readings.
    """

    def __init__(
        self,
        *,
        log: RevocationLog,
        view: RevocationView,
        clock: Clock,
        worker_id: str,
        lease: timedelta,
        watcher: FollowerWatcher,
    ) -> None:
        self._log = log
        self._view = view
        self._clock = clock
        self._worker_id = worker_id
        self._lease = lease
        self._watcher = watcher
        self._applied = 0
        self._incarnation = ""

    async def catch_up(self) -> bool:
        """Announces the lease, reads to the end, and renews the view.

        Returns:
            Whether there were new entries, so that they should be announced.
        """
        started = self._clock.monotonic()
        sure = await self._announce()
        before = self._applied
        while self._applied < sure:
            found = await self._log.read_after(
                self._applied, limit=limits.REVOCATIONS_READ_MAX
            )
            entries = [entry for entry in found if entry.sequence <= sure]
            if not entries:
                break
            self._view.apply(entries)
            self._applied = entries[-1].sequence
        self._view.renew(started)
        self._view.forget_expired()
        return self._applied != before

    async def _announce(self) -> int:
        """Announces the lease, and returns the number of the last entry that is sure.

        NOTE: the log is not asked for its name each time. A report says of which log
        it is, and another one refuses it; then this begins with that one.
        """
        if not self._incarnation:
            await self._begin()
        try:
            return await self._report()
        except RevocationLogReplacedError:
            await self._begin()
            return await self._report()

    async def _begin(self) -> None:
        incarnation = await self._log.incarnation()
        if incarnation != self._incarnation:
            self._view.begin(incarnation)
            self._incarnation, self._applied = incarnation, 0

    async def _report(self) -> int:
        return await self._log.report_applied(
            self._worker_id, self._applied, lease=self._lease
        )

    async def run(self) -> None:
        """Follows the log until it is cancelled."""
        while True:
            try:
                if not await self.catch_up():
                    await self._log.wait_after(self._applied, at_most=self._lease / 4)
            except UnavailableError as error:
                self._watcher.log_unreadable(error)
                await asyncio.sleep(_RETRY_SECONDS)


@dataclass(frozen=True, slots=True)
class Revoked:
    """A stored revocation: its number, and whether it is effective everywhere."""

    sequence: int
    effective_everywhere: bool


class Revoker:
    """Appends revocations, and returns when they are effective everywhere.

    Args:
        log: the log to append to.
        clock: bounds the wait.
        lease: how long a worker may vouch without reading the log.
    """

    def __init__(self, *, log: RevocationLog, clock: Clock, lease: timedelta) -> None:
        self._log = log
        self._clock = clock
        self._lease = lease

    async def revoke(self, revocation: Revocation) -> Revoked:
        """Revokes, and waits for every worker with a live lease.

        A worker that does not answer vouches for nothing when its lease has run
        out, so the wait ends within one lease, and a second one for the store's
        own delay; past that the answer says that it is not certain.

        Raises:
            StoreUnavailableError: it may not be stored, or the log that it stands
                in was lost while we waited; ask again.
        """
        return await self.settle(await self._log.append(revocation))

    async def settle(self, entry: Epoch) -> Revoked:
        """Waits for every worker with a live lease to have applied an entry.

        Args:
            entry: the place of one that somebody has appended; the beginning of a log
                stands for the loss of the one before it.

        Raises:
            StoreUnavailableError: the store cannot tell, or has lost the log.
        """
        sequence = entry.sequence
        began = self._clock.monotonic()
        give_up = began + 2 * self._lease.total_seconds()
        # NOTE: workers of a log before this one vouch by that, whatever the number.
        while any(
            worker == EARLIER_WORKERS or applied < sequence
            for worker, applied in (await self._log.applied(entry)).items()
        ):
            now = self._clock.monotonic()
            if now >= give_up:
                return Revoked(sequence, effective_everywhere=False)
            pause = max(_POLL_SECONDS_MIN, _POLL_SHARE * (now - began))
            await asyncio.sleep(min(pause, _POLL_SECONDS_MAX))
        return Revoked(sequence, effective_everywhere=True)
