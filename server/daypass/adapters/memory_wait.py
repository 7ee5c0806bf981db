"""Waiting for the journal of a memory store, with its faults as the port's."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from daypass.adapters.batch_writer import WriterClosedError, WriterFullError
from daypass.adapters.memory_journal import Journal, JournalEntry
from daypass.core import limits
from daypass.core.errors import StoreUnavailableError


def submit_entry(journal: Journal, entry: JournalEntry) -> asyncio.Future[int]:
    """Queues an entry for the journal.

    Raises:
        StoreUnavailableError: the journal takes no more for now.
    """
    try:
        return journal.submit(entry)
    except WriterFullError as error:
        raise journal_unavailable("journal_queue_full") from error
    except WriterClosedError as error:
        raise journal_unavailable("journal_closed") from error


async def until_settled(writing: Mapping[str, asyncio.Future[int]], name: str) -> None:
    """Returns when nothing of this name is being written, whoever began it.

    What it will be is not known before: the disk may refuse.

    Raises:
        StoreUnavailableError: the disk is slow.
    """
    if name not in writing:
        return
    try:
        async with asyncio.timeout(limits.STORE_WAIT_TIME_MAX.total_seconds()):
            while (written := writing.get(name)) is not None:
                await asyncio.wait({written})
    except TimeoutError as error:
        raise journal_unavailable("journal_slow") from error


async def until_durable(written: asyncio.Future[int]) -> int:
    """Returns the entry's number when it is on the disk.

    Raises:
        StoreUnavailableError: the disk refused, or is slow; an entry that is
            late counts all the same when it gets there.
    """
    seconds = limits.STORE_WAIT_TIME_MAX.total_seconds()
    try:
        async with asyncio.timeout(seconds):
            return await asyncio.shield(written)
    except TimeoutError as error:
        raise journal_unavailable("journal_slow") from error
    except OSError as error:
        raise journal_unavailable("journal_not_writable") from error


def journal_unavailable(detail: str) -> StoreUnavailableError:
    """Makes the error that says: come back, nothing was acknowledged."""
    return StoreUnavailableError(detail, retry_after=limits.STORE_RETRY_AFTER)
