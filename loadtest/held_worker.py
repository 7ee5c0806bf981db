"""A worker that runs in the process of a bench, with its use cases within reach."""

# ruff: noqa: ANN401 - parts of the server, which have no type that says more.

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copytree
from typing import Any, Final

from rich.console import Console

from daypass.adapters.system import SystemClock, SystemEntropy
from daypass.app import Worker
from daypass.dev import announce, prepare
from daypass.wiring import Wiring

_ROOT: Final = Path(__file__).resolve().parents[1]


class HeldWorker(Worker):
    """A worker whose use cases can be called from outside."""

    wiring: Wiring

    def _wire(self, parts: Any) -> Wiring:
        self.wiring = super()._wire(parts)
        return self.wiring


@asynccontextmanager
async def worker_with(store: str, folder: Path) -> AsyncIterator[HeldWorker]:
    """Runs a worker in this process."""
    directory = copytree(_ROOT / "examples/securecart/directory", folder / "directory")
    settings = prepare(
        [
            *("--directory", str(directory), "--state-dir", str(folder / "state")),
            *("--store", store, "--grpc-listen", "127.0.0.1:0"),
            *("--http-listen", "127.0.0.1:0"),
        ],
        about="",
        directory=directory,
        clock=SystemClock(),
        entropy=SystemEntropy(),
    )
    ready = asyncio.Event()

    def on_ready(served: Any, current: Any) -> None:
        with Path(os.devnull).open("w", encoding="ascii") as nowhere:
            announce(settings, served, current, Console(file=nowhere))
        ready.set()

    worker = HeldWorker(settings, on_ready=on_ready)
    running = asyncio.ensure_future(worker.run())
    waiting = asyncio.ensure_future(ready.wait())
    try:
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            # It has not come so far, and says why.
            await running
        yield worker
    finally:
        waiting.cancel()
        running.cancel()
        await asyncio.wait({running, waiting})
