"""Whether a worker can do its work, and why not.

SPEC: design 10 and 11; reliability, promise 7.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from daypass.core import http_limits
from daypass.core.errors import DaypassError, UnavailableError
from daypass.core.ports import Clock, SessionStore, Snapshot
from daypass.core.store_health import ClockVerdict, StoreFindings
from daypass.keyring.ring import Ring
from daypass.sts.revocation_view import RevocationView

OK: Final = "ok"
_UNAVAILABLE: Final = "unavailable"
_UNFIT: Final = "unfit"
_STALE: Final = "stale"
# What does not keep a worker from its work. A faulty edit of the directory: the one
# before it is in force, and all workers would be gone at once. A clock that may have
# come to the bound, and has not surely passed it.
_WARNINGS: Final = frozenset(
    {("directory", _STALE), ("clock", ClockVerdict.DRIFTING.value)}
)


@dataclass(frozen=True, slots=True)
class Report:
    """What was found.

    Attributes:
        checks: by the name of each part: `ok`, or a word for what is not.
        reasons: by the name of a part, a sentence for operators on what is not.
    """

    checks: Mapping[str, str]
    reasons: Mapping[str, str]

    @property
    def ready(self) -> bool:
        """Whether the worker can do its work."""
        return all(
            word == OK or (part, word) in _WARNINGS
            for part, word in self.checks.items()
        )


class Readiness:
    """Finds out whether a worker can do its work.

    Args:
        store: has to answer.
        ring: has to have a key that signs.
        view: has to be fresh.
        directory_faulty: tells whether the directory's files have faults.
        store_findings: tells what the store was last found to be like.
        clock: tells how old what was found is.
        store_time_max: how long the store may take to answer.
    """

    def __init__(
        self,
        *,
        store: SessionStore,
        ring: Snapshot[Ring],
        view: RevocationView,
        directory_faulty: Callable[[], bool],
        store_findings: Callable[[], StoreFindings],
        clock: Clock,
        store_time_max: timedelta = http_limits.PROBE_STORE_TIME_MAX,
    ) -> None:
        self._store = store
        self._ring = ring
        self._view = view
        self._directory_faulty = directory_faulty
        self._store_findings = store_findings
        self._clock = clock
        self._store_seconds_max = store_time_max.total_seconds()
        self._asking = asyncio.Lock()
        self._store_found: tuple[float, str] | None = None
        self._draining = False

    def drain(self) -> None:
        """Says for good that the worker is not ready."""
        self._draining = True

    async def report(self) -> Report:
        """Returns what is and what is not in order."""
        store = await self._store_word()
        findings = self._store_findings()
        if store == OK and findings.fault:
            store = _UNFIT
        verdict = findings.clock_verdict
        return Report(
            {
                "store": store,
                "clock": OK if verdict is ClockVerdict.AGREES else verdict.value,
                "keyring": self._keyring_word(),
                "directory": _STALE if self._directory_faulty() else OK,
                "revocations": self._revocations_word(),
                "serving": "draining" if self._draining else OK,
            },
            findings.reasons,
        )

    async def _store_word(self) -> str:
        """Asks the store, once for all who ask at about the same time."""
        async with self._asking:
            now = self._clock.monotonic()
            kept = http_limits.PROBE_KEPT.total_seconds()
            if self._store_found is None or now - self._store_found[0] >= kept:
                self._store_found = (now, await self._ask_store())
            return self._store_found[1]

    async def _ask_store(self) -> str:
        try:
            async with asyncio.timeout(self._store_seconds_max):
                await self._store.ping()
        except (UnavailableError, TimeoutError):
            return _UNAVAILABLE
        return OK

    def _keyring_word(self) -> str:
        try:
            self._ring.current().signing_key()
        except DaypassError:
            return _UNAVAILABLE
        return OK

    def _revocations_word(self) -> str:
        try:
            _ = self._view.epoch
        except UnavailableError:
            return _STALE
        return OK
