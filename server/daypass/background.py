"""What a worker does beside answering calls, in a few lines each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from daypass.adapters.directory_files import DirectoryFiles
from daypass.adapters.tls_files import TlsFiles
from daypass.core.errors import StoreUnavailableError
from daypass.observers import WorldWatcher


async def endless(running: Awaitable[None]) -> None:
    """Runs what carries the store's traffic, and counts its end as a failure."""
    await running
    raise StoreUnavailableError("store_traffic_ended")


async def reload_files(
    directory: DirectoryFiles, tls: TlsFiles | None, watcher: WorldWatcher
) -> None:
    """Reads the certificates and the directory anew, in a thread, for that may take."""
    if tls is not None:
        found = await asyncio.to_thread(tls.reload)
        if found.changed or found.fault is not None:
            watcher.certificates_reloaded(found)
    watcher.directory_reloaded(await asyncio.to_thread(directory.reload))
