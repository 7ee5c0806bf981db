"""Lives of a process that keeps its state in a journal."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from daypass.adapters.memory import (
    Journal,
    MemoryGuardStore,
    MemoryRevocationLog,
    MemorySessionStore,
)
from daypass.core.ports import GuardKey
from support.records import revocation, session_record
from support.world import ManualClock, SeededEntropy

HOUR = timedelta(hours=1)


class Life:
    """One life of a process with a journal."""

    def __init__(self, path: Path, clock: ManualClock, rewrite: int = 1 << 20) -> None:
        self.clock = clock
        self.journal = Journal.open(
            path, clock=clock, entropy=SeededEntropy(), rewrite_bytes_min=rewrite
        )
        self.sessions = MemorySessionStore(clock=clock, journal=self.journal)
        self.guards = MemoryGuardStore(clock=clock, journal=self.journal)
        self.log = MemoryRevocationLog(
            clock=clock, entropy=SeededEntropy(1), journal=self.journal
        )

    async def add(self, *numbers: int) -> None:
        """Adds sessions."""
        now = self.clock.now()
        await asyncio.gather(
            *(self.sessions.add(session_record(each, now=now)) for each in numbers)
        )

    async def claim(self, name: str, *, lasts: timedelta = HOUR) -> bool:
        """Claims something that happens once."""
        now = self.clock.now()
        return await self.guards.swap(
            GuardKey("test", (name,)), None, b"", now=now, expire_time=now + lasts
        )

    async def revoke(self, *subjects: str, kept: timedelta = 48 * HOUR) -> None:
        """Appends revocations."""
        for each in subjects:
            entry = revocation(each, now=self.clock.now(), kept=kept)
            await self.log.append(entry)

    async def subjects(self) -> list[tuple[int, str]]:
        """Returns the numbers and subjects of the log."""
        entries = await self.log.read_after(0, limit=100)
        return [(entry.sequence, entry.revocation.subject) for entry in entries]


async def filled(path: Path, clock: ManualClock) -> bytes:
    """Makes a journal of two sessions and two revocations and returns its bytes."""
    life = Life(path, clock)
    await life.add(1)
    await life.revoke("a")
    await life.add(2)
    await life.revoke("b")
    life.journal.close()
    return path.read_bytes()
