"""A Redis of its own, and the stores of a worker on it, for what measures them."""

from __future__ import annotations

import asyncio
import gc
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from daypass.adapters.redis.link import Link
from daypass.adapters.redis.routes import FixedRoute
from daypass.adapters.redis.settings import parse_redis_url
from daypass.adapters.redis.stores import RedisStores, open_redis_stores
from daypass.adapters.system import SystemClock, SystemEntropy, settle_memory
from daypass.core.errors import StoreUnavailableError

_START_SECONDS: Final = 10.0
_PAUSE_SECONDS: Final = 0.05


@asynccontextmanager
async def running_stores() -> AsyncIterator[tuple[RedisStores, Link]]:
    """Runs a server, a worker's stores on it, and a link of its own."""
    program = shutil.which("redis-server")
    if program is None:
        sys.exit("install the Debian package redis-server (version 7 or later)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="daypass-bench-") as folder:
        where = ("--bind", "127.0.0.1", "--port", str(port), "--dir", folder)
        server = await asyncio.create_subprocess_exec(
            *(program, *where, "--save", "", "--appendonly", "no"),
            stdout=subprocess.DEVNULL,
        )
        try:
            url = f"redis://127.0.0.1:{port}"
            stores = await _opened(url)
            settings = parse_redis_url(url)
            route = FixedRoute(settings.addresses[0])
            link = Link(settings, route=route, entropy=SystemEntropy())
            with _settled():
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(stores.run())
                    yield stores, link
                    stores.close()
            await link.drop()
        finally:
            server.terminate()
            await server.wait()


@contextmanager
def _settled() -> Iterator[None]:
    """Searches for garbage as a worker does; of what is there before, none is looked at.

    With as many callers at once, each search would look at all of them.
    """
    thresholds = gc.get_threshold()
    settle_memory()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)


async def _opened(url: str) -> RedisStores:
    """Opens the stores when the server is there."""
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            clock, entropy = SystemClock(), SystemEntropy()
            stores, _ = await open_redis_stores(url, clock=clock, entropy=entropy)
        except StoreUnavailableError:
            if time.monotonic() > end:
                raise
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return stores
