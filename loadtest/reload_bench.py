"""What a reload of a directory costs, and how long the loop waits meanwhile.

The directory is read in a thread, as a server does it, while the loop wakes each two
milliseconds and says how much later that was than it asked for.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from daypass.adapters.directory_files import DirectoryFiles
from daypass.adapters.directory_keys import generate_missing_secrets
from daypass.adapters.secrets import SecretResolver
from daypass.adapters.system import SystemEntropy, settle_memory
from loadtest.scale_directory import write_directory

_WAKE_SECONDS: Final = 0.002
_MILLISECONDS: Final = 1_000
_IDLE_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Reload:
    """One reload; waits are sorted, in seconds."""

    roles: int
    wall: float
    cpu: float
    idle: Sequence[float]
    waits: Sequence[float]


def measure_reload(roles: int) -> Reload:
    """Reloads a directory of so many further roles in this process."""
    with (
        TemporaryDirectory(prefix="daypass-reload-") as name,
        _opened(Path(name), roles) as files,
    ):
        return asyncio.run(_reloaded(files, roles))


@contextmanager
def _opened(folder: Path, roles: int) -> Iterator[DirectoryFiles]:
    entropy, secrets = SystemEntropy(), folder / "secrets"
    directory = write_directory(folder / "directory", roles=roles, policies=0)
    generate_missing_secrets(directory, secrets, entropy)
    files = DirectoryFiles.open(
        folder=directory,
        registry=folder / "unique-ids.json",
        secrets=SecretResolver(folder=secrets, environment={}, master_key=None),
        entropy=entropy,
    )
    settle_memory()
    yield files


async def _reloaded(files: DirectoryFiles, roles: int) -> Reload:
    idle: list[float] = []
    waits: list[float] = []
    async with asyncio.TaskGroup() as tasks:
        watch = tasks.create_task(_watch(idle))
        await asyncio.sleep(_IDLE_SECONDS)
        watch.cancel()
        watch = tasks.create_task(_watch(waits))
        wall, cpu = time.monotonic(), time.process_time()
        await asyncio.to_thread(files.reload)
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        watch.cancel()
    return Reload(roles, wall, cpu, sorted(idle), sorted(waits))


async def _watch(waits: list[float]) -> None:
    while True:
        begun = time.monotonic()
        await asyncio.sleep(_WAKE_SECONDS)
        waits.append(time.monotonic() - begun - _WAKE_SECONDS)


def reload_table(reloads: Sequence[Reload]) -> str:
    """Returns reloads as a table of Markdown."""
    lines = [
        "| roles | reload, s (of CPU) | waits, p50 / p99 / longest, ms | p99 idle |",
        "|---|---|---|---|",
    ]
    for one in reloads:
        waits = " / ".join(_shown(one.waits, share) for share in (0.5, 0.99, 1))
        lines.append(
            f"| {one.roles:,} | {one.wall:.2f} ({one.cpu:.2f}) | {waits}"
            f" | {_shown(one.idle, 0.99)} |"
        )
    return "\n".join(lines) + "\n\n"


def _shown(waits: Sequence[float], share: float) -> str:
    """Returns the wait that such a share does not exceed; a dash for none."""
    if not waits:
        return "–"
    return f"{waits[min(len(waits) - 1, int(len(waits) * share))] * _MILLISECONDS:.1f}"
