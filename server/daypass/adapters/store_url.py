"""Opens the stores that a URL names.

`memory://` keeps sessions in this process; `memory://?journal=PATH` lets them
outlive it, but not the explanations of denials. Everything else names Redis, which
shares all of it (see `adapters.redis.settings`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import ModuleType

from daypass.adapters.memory import (
    Journal,
    MemoryDecisionStore,
    MemoryGuardStore,
    MemoryRevocationLog,
    MemorySessionStore,
    parse_memory_url,
)
from daypass.core import limits
from daypass.core.ports import (
    Clock,
    DecisionStore,
    Entropy,
    GuardStore,
    KeyringStore,
    RevocationLog,
    SessionStore,
)
from daypass.core.ring_reports import RingReports
from daypass.core.store_health import StoreExaminer, StoreFindings
from daypass.core.store_urls import MEMORY, scheme_of


@dataclass(frozen=True, slots=True)
class OpenStores:
    """The stores of one worker.

    Attributes:
        sessions: the session store.
        revocations: the revocation log.
        decisions: the store of denials.
        guards: what happens once on all workers.
        keyring: the sealed key ring; None where the stores are one process's own.
        ring_reports: which ring each worker holds; None as before.
        follower_reports: which ring their followers were sent; None as before.
        examine: finds out whether they may still be used as they are.
        run: carries their traffic; a task that lasts as long as the worker.
        close: writes what is waiting and lets go; may block for a moment.
        warnings: what an operator should know.
    """

    sessions: SessionStore
    revocations: RevocationLog
    decisions: DecisionStore
    guards: GuardStore
    keyring: KeyringStore | None
    ring_reports: RingReports | None
    follower_reports: RingReports | None
    examine: StoreExaminer
    run: Callable[[], Awaitable[None]]
    close: Callable[[], None]
    warnings: tuple[str, ...] = ()


async def open_stores(
    url: str,
    *,
    clock: Clock,
    entropy: Entropy,
    lease: timedelta = limits.REVOCATION_LEASE_MAX,
) -> OpenStores:
    """Opens the stores and checks that they may be used.

    Args:
        url: names the stores.
        clock: tells what has expired.
        entropy: names a new log of revocations.
        lease: the longest lease of a worker of a shared store; unless it is known,
            the longest that there can be.

    Raises:
        MemoryUrlError: the URL begins with memory:// and is wrong.
        StoreConfigError: the URL is wrong, or the server must not be used as it is.
        StoreUnavailableError: the server does not answer.
        JournalLockedError: another process has the journal.
        PrivateFileError: others may read the journal.
        OSError: the disk refused.
    """
    if scheme_of(url) == MEMORY:
        return _memory_stores(parse_memory_url(url), clock=clock, entropy=entropy)
    redis = _import_redis()
    stores, warnings = await redis.open_redis_stores(
        url, clock=clock, entropy=entropy, lease=lease
    )
    return OpenStores(
        sessions=stores.sessions,
        revocations=stores.revocations,
        decisions=stores.decisions,
        guards=stores.guards,
        keyring=stores.keyring,
        ring_reports=stores.ring_reports,
        follower_reports=stores.follower_reports,
        examine=stores.examine,
        run=stores.run,
        close=stores.close,
        warnings=warnings,
    )


def _memory_stores(path: Path | None, *, clock: Clock, entropy: Entropy) -> OpenStores:
    journal = Journal.open(path, clock=clock, entropy=entropy) if path else None
    return OpenStores(
        sessions=MemorySessionStore(clock=clock, journal=journal),
        revocations=MemoryRevocationLog(clock=clock, entropy=entropy, journal=journal),
        decisions=MemoryDecisionStore(),
        guards=MemoryGuardStore(clock=clock, journal=journal),
        keyring=None,
        ring_reports=None,
        follower_reports=None,
        examine=_sound,
        run=_idle,
        close=journal.close if journal else _nothing,
    )


async def _sound() -> StoreFindings:
    """Finds nothing: memory drops nothing and has the clock of its process."""
    return StoreFindings()


async def _idle() -> None:
    """Waits until it is cancelled: memory needs nobody to carry its traffic."""
    await asyncio.Event().wait()


def _nothing() -> None:
    """Closes nothing."""


def import_store(url: str) -> None:
    """Imports what the stores of a URL need.

    Whoever forks workers does it before, so that they share it.

    Raises:
        StoreConfigError: the URL is wrong.
    """
    if scheme_of(url) != MEMORY:
        _import_redis()


def _import_redis() -> ModuleType:
    # Importing it takes a tenth of a second, which a server without it does not need.
    from daypass.adapters.redis import stores  # noqa: PLC0415

    return stores
