"""Ports that do many things as they do one, for the fakes of tests."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence

from daypass.core.errors import AccessKeyTakenError, StoreUnavailableError
from daypass.core.ports import AuditRecord
from daypass.core.session import SessionRecord


class AddsEach(ABC):
    """Part of a `SessionStore` that adds many records by adding each, all at once."""

    @abstractmethod
    async def add(self, record: SessionRecord) -> None:
        """Stores a record; see the port."""

    async def add_many(
        self, records: Sequence[SessionRecord]
    ) -> list[AccessKeyTakenError | StoreUnavailableError | None]:
        """Stores records; see the port."""
        async with asyncio.TaskGroup() as group:
            adding = [group.create_task(self._outcome(each)) for each in records]
        return [each.result() for each in adding]

    async def _outcome(
        self, record: SessionRecord
    ) -> AccessKeyTakenError | StoreUnavailableError | None:
        try:
            await self.add(record)
        except (AccessKeyTakenError, StoreUnavailableError) as error:
            return error
        return None


class WritesEach(ABC):
    """Part of an `AuditSink` that writes many records by writing each in turn."""

    @abstractmethod
    async def write(self, record: AuditRecord) -> None:
        """Writes a record; see the port."""

    async def write_many(self, records: Sequence[AuditRecord]) -> None:
        """Writes records; see the port."""
        for record in records:
            await self.write(record)
