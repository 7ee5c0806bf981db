"""Stores of every kind, opened for a test."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from daypass.adapters.redis.stores import RedisStores, open_redis_stores
from daypass.adapters.system import SystemEntropy
from daypass.core.ports import (
    Clock,
    DecisionStore,
    GuardStore,
    RevocationLog,
    SessionStore,
)
from support.records import session_record
from support.world import ManualClock


@dataclass(frozen=True, slots=True)
class Stores:
    """All stores of a worker, with the clock that they see."""

    sessions: SessionStore
    revocations: RevocationLog
    decisions: DecisionStore
    guards: GuardStore
    clock: ManualClock


class Store(Protocol):
    """A server, or several that belong together."""

    @property
    def url(self) -> str:
        """The store URL, without the options."""
        ...


@asynccontextmanager
async def running_redis(
    server: Store,
    *,
    clock: Clock,
    replicas: int = 0,
    prefix: str | None = None,
    lease: timedelta = timedelta(0),
) -> AsyncIterator[RedisStores]:
    """Opens the stores of one worker below a prefix of their own, and runs them.

    Unless a lease is given, a new log takes it that there were no workers before it.
    """
    prefix = prefix or secrets.token_hex(8)
    url = f"{server.url}?prefix={prefix}&replicas={replicas}"
    opened, _ = await open_redis_stores(
        url, clock=clock, entropy=SystemEntropy(), lease=lease
    )
    running = asyncio.create_task(opened.run())
    try:
        yield opened
    finally:
        opened.close()
        await running


async def add_many(
    stores: RedisStores, clock: ManualClock, numbers: range
) -> list[BaseException | None]:
    """Adds sessions at one time and returns what became of each."""
    now = clock.now()
    return await asyncio.gather(
        *(stores.sessions.add(session_record(each, now=now)) for each in numbers),
        return_exceptions=True,
    )
