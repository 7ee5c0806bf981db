"""The loop that looks whether the store may still be used as it is.

Readiness reads what it found last, so that a probe costs the store nothing, and a
fault is in the log where nobody probes.

SPEC: reliability, promise 7, E09 and E13; attacks R07.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Protocol

from daypass.core import store_limits
from daypass.core.errors import UnavailableError
from daypass.core.ports import Entropy
from daypass.core.store_health import StoreExaminer, StoreFindings


class StoreWatcher(Protocol):
    """Whoever wants to know what the store is like."""

    def store_examined(self, findings: StoreFindings) -> None:
        """Is told of each examination."""
        ...


class StoreWatch:
    """Examines the store from time to time.

    Args:
        examine: asks the store.
        entropy: varies the pauses.
        watcher: is told what was found.
    """

    def __init__(
        self, *, examine: StoreExaminer, entropy: Entropy, watcher: StoreWatcher
    ) -> None:
        self._examine = examine
        self._entropy = entropy
        self._watcher = watcher
        self._findings = StoreFindings()
        self._unsure = False

    @property
    def findings(self) -> StoreFindings:
        """What was found last."""
        return self._findings

    async def turn(self) -> None:
        """Examines the store once; what is not found out stays as it was."""
        try:
            self._findings = await self._examine()
        except UnavailableError:
            # Whoever needs the store says that it does not answer.
            self._unsure = True
            return
        self._unsure = bool(self._findings.reasons)
        self._watcher.store_examined(self._findings)

    async def run(self) -> None:
        """Examines the store until it is cancelled."""
        while True:
            await asyncio.sleep(self._pause().total_seconds())
            await self.turn()

    def _pause(self) -> timedelta:
        """Returns how long to wait, varied by a quarter either way."""
        pause = store_limits.STORE_EXAMINED_EVERY
        if self._unsure:
            pause = store_limits.STORE_EXAMINED_AGAIN
        (drawn,) = self._entropy.token_bytes(1)
        return pause * (0.75 + drawn / 512)
