"""Stores of what happens once, with the faults that tests need."""

from __future__ import annotations

import asyncio
from datetime import datetime

from daypass.adapters.memory import MemoryGuardStore
from daypass.core.errors import StoreUnavailableError
from daypass.core.ports import Clock, GuardKey


class WatchedGuards(MemoryGuardStore):
    """A store that lets others go first at every step, and notes what it is asked."""

    def __init__(self, *, clock: Clock) -> None:
        super().__init__(clock=clock)
        self.steps: list[str] = []

    async def get(self, key: GuardKey, *, now: datetime) -> bytes | None:
        """Returns the value, after others had a turn."""
        self.steps.append(f"get {key.purpose}")
        await asyncio.sleep(0)
        return await super().get(key, now=now)

    async def swap(
        self,
        key: GuardKey,
        expected: bytes | None,
        value: bytes,
        *,
        now: datetime,
        expire_time: datetime,
    ) -> bool:
        """Stores a value, after others had a turn."""
        self.steps.append(f"swap {key.purpose}")
        await asyncio.sleep(0)
        return await super().swap(
            key, expected, value, now=now, expire_time=expire_time
        )


class ContendedGuards(WatchedGuards):
    """A store in which somebody else always gets in first."""

    async def swap(
        self,
        key: GuardKey,
        expected: bytes | None,
        value: bytes,
        *,
        now: datetime,
        expire_time: datetime,
    ) -> bool:
        """Finds another value than the caller did."""
        del expected
        return await super().swap(
            key, b"of another", value, now=now, expire_time=expire_time
        )


class CodelessGuards(MemoryGuardStore):
    """A store that is away whenever a code is to be used up."""

    async def swap(
        self,
        key: GuardKey,
        expected: bytes | None,
        value: bytes,
        *,
        now: datetime,
        expire_time: datetime,
    ) -> bool:
        """Stores counts, and no code."""
        if key.purpose == "mfa-code":
            self.fail_next(StoreUnavailableError("down"))
        return await super().swap(
            key, expected, value, now=now, expire_time=expire_time
        )


class FailingGuards(MemoryGuardStore):
    """A store that goes away at one of the calls of a method."""

    def __init__(self, method: str, call: int, *, clock: Clock) -> None:
        super().__init__(clock=clock)
        self._method = method
        self._left = call

    async def get(self, key: GuardKey, *, now: datetime) -> bytes | None:
        """Returns the value, or fails."""
        self._count("get")
        return await super().get(key, now=now)

    async def swap(
        self,
        key: GuardKey,
        expected: bytes | None,
        value: bytes,
        *,
        now: datetime,
        expire_time: datetime,
    ) -> bool:
        """Stores a value, or fails."""
        self._count("swap")
        return await super().swap(
            key, expected, value, now=now, expire_time=expire_time
        )

    def _count(self, method: str) -> None:
        if method == self._method:
            if self._left == 0:
                self.fail_next(StoreUnavailableError("down"))
            self._left -= 1
