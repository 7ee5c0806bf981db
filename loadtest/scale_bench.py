"""What a mint costs as everything around it grows, and what a worker needs for it.

Four curves: roles, managed policies, live sessions in Redis, and algorithms of the
ring. Each point of the first three is a server of its own; all points of a curve are
measured in turns, so that what slows the machine slows them all, and a cost is told
as a ratio to the smallest point of the same turn. The last curve signs in this process.
A reload of the directory, with the waits of the loop, is measured in this process too.

Run by `make bench-scale`; `--full` adds the points that take minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from daypass.adapters.redis.stores import open_redis_stores
from daypass.adapters.system import SystemClock, SystemEntropy
from daypass.core import limits
from daypass.core.revocation import Epoch
from daypass.core.session import Session, SessionKind
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.generate import new_ring
from daypass.tokens.session_token import SessionTokenCodec
from loadtest.driver import Driver
from loadtest.generator import Task
from loadtest.processes import (
    Cores,
    cpu_seconds,
    daypass_server,
    redis_server,
    resident_bytes,
)
from loadtest.reload_bench import measure_reload, reload_table
from loadtest.scale_directory import write_directory
from loadtest.staging import maker_of, read_keys
from loadtest.statistic import slope
from loadtest.store_bench import session

# What grows: the points of every run, and those that take minutes.
_SIZES: Final[tuple[tuple[str, tuple[int, ...], tuple[int, ...]], ...]] = (
    ("roles", (10, 100, 1_000), (10_000, 100_000)),
    ("policies", (10, 100, 1_000), (10_000,)),
    ("sessions", (1_000, 10_000, 100_000), (1_000_000,)),
)
_CURVES: Final = ("roles", "policies", "sessions", "algorithms")
_RELOADED: Final = ((1_000, 10_000), (100_000,))
# The one curve that is not of whole calls.
_TITLES: Final = {"algorithms": "algorithms of the ring, the token alone"}
_ALGORITHMS: Final = tuple(Algorithm)
_TURNS: Final = 5
_WINDOW_SECONDS: Final = 0.5
_WARM_UP_SECONDS: Final = 0.2
_CALLS: Final = 2_500
_IN_FLIGHT: Final = 16
_CONNECTIONS: Final = 4
_SIGNATURES: Final = 2_000
_MEBIBYTE: Final = 1 << 20
# A directory of the full size takes minutes on a machine that others use, too.
_START_SECONDS_MAX: Final = 600.0


@dataclass(slots=True)
class Point:
    """One point of a curve.

    Attributes:
        size: how many there are of what grows.
        costs: microseconds of CPU time for each mint, turn by turn.
        start: seconds until it listened; 0 for what is no server.
        start_cpu: seconds of CPU time that this took.
        memory: bytes of the worker after all turns.
    """

    size: int
    costs: list[float]
    start: float = 0.0
    start_cpu: float = 0.0
    memory: int = 0


@contextmanager
def served(
    folder: Path, cores: Cores, *, roles: int = 0, policies: int = 0, sessions: int = 0
) -> Iterator[tuple[Point, Task]]:
    """Runs a server of a size, and yields its point and the task of its mints."""
    folder.mkdir()
    start = partial(daypass_server, start_seconds_max=_START_SECONDS_MAX)
    write_directory(folder / "directory", roles=roles, policies=policies)
    with redis_server(folder, cores.load) as port, ExitStack() as stack:
        asyncio.run(fill(f"redis://127.0.0.1:{port}", sessions))
        # The first start makes keys and secrets; the one that counts finds them.
        with start(folder, cores.server, port):
            pass
        for name in ("grpc.address", "config"):
            (folder / "state" / name).unlink(missing_ok=True)
        begun = time.monotonic()
        server = stack.enter_context(start(folder, cores.server, port))
        point = Point(
            max(roles, policies, sessions),
            [],
            start=time.monotonic() - begun,
            start_cpu=cpu_seconds(server.process_id),
        )
        keys = read_keys(folder / "state/credentials")
        task = Task(
            "mint",
            maker_of(server.address, keys["dev"]).arguments(),
            server.process_id,
            _CONNECTIONS,
            count=_CALLS,
            in_flight=_IN_FLIGHT,
            seconds=_WINDOW_SECONDS,
            warm_up=_WARM_UP_SECONDS,
        )
        yield point, task


async def fill(url: str, count: int) -> None:
    """Stores so many live sessions, many at once."""
    stores, _ = await open_redis_stores(
        url, clock=SystemClock(), entropy=SystemEntropy()
    )
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(stores.run())
        for first in range(0, count, limits.STORE_BATCH_MAX):
            last = min(first + limits.STORE_BATCH_MAX, count)
            await asyncio.gather(
                *(stores.sessions.add(session(number)) for number in range(first, last))
            )
        stores.close()


def server_curve(name: str, sizes: Sequence[int], cores: Cores) -> list[Point]:
    """Measures servers of all sizes in turns."""
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="daypass-scale-"))
        )
        driver = stack.enter_context(Driver.started(1, cores.load, folder))
        stage = []
        for size in sizes:
            _say(f"{name}: starting with {size:,}")
            started = served(folder / f"{size}", cores, **{name: size})
            stage.append(stack.enter_context(started))
        for turn in range(_TURNS):
            _say(f"{name}: turn {turn + 1} of {_TURNS}")
            for point, task in stage:
                report = driver.closed_loop(task)
                point.costs.append(report.server_cpu / report.items * 1e6)
        for point, task in stage:
            point.memory = resident_bytes(task.process_id)
        return [point for point, _ in stage]


def ring_curve() -> list[Point]:
    """Signs by rings of one algorithm and of more, in turns."""
    clock, entropy = SystemClock(), SystemEntropy()
    now, codec = clock.now().replace(microsecond=0), SessionTokenCodec()
    rings = [
        new_ring(entropy, now, algorithms=_ALGORITHMS[:count])
        for count in range(1, len(_ALGORITHMS) + 1)
    ]
    points = [Point(len(ring.keys), []) for ring in rings]
    for _ in range(_TURNS):
        for point, ring in zip(points, rings, strict=True):
            signed = Session(
                kind=SessionKind.ROLE,
                access_key_id="ASIA" + "A" * 16,
                account_id="123456789012",
                principal_id="AROA" + "A" * 17,
                session_name="scale",
                issue_time=now,
                expire_time=now + timedelta(hours=1),
                epoch=Epoch("0" * 32, 1),
                derivation_key_id=ring.current_derivation.key_id,
                origin_id="AROA" + "A" * 17,
            )
            begun = time.thread_time()
            for _ in range(_SIGNATURES):
                codec.encode(signed, ring)
            spent = time.thread_time() - begun
            point.costs.append(spent / _SIGNATURES * 1e6)
    return points


def table(name: str, points: Sequence[Point]) -> str:
    """Returns a curve as a table of Markdown, with its slope."""
    first = points[0]
    lines = [
        f"| {name} | starts in, s (of CPU) | memory, MiB | µs of CPU a mint | ÷ the smallest |",
        "|---|---|---|---|---|",
    ]
    ratios = [
        statistics.median(
            one / other for one, other in zip(point.costs, first.costs, strict=True)
        )
        for point in points
    ]
    for point, ratio in zip(points, ratios, strict=True):
        start = f"{point.start:.2f} ({point.start_cpu:.2f})" if point.start else "–"
        memory = f"{point.memory / _MEBIBYTE:.0f}" if point.memory else "–"
        cost = statistics.median(point.costs)
        lines.append(
            f"| {point.size:,} | {start} | {memory} | {cost:.0f} | {ratio:.2f} |"
        )
    exponent = slope([point.size for point in points], ratios)
    lines.append(f"\nSlope of the cost: {exponent:+.3f} (0 is flat).\n\n")
    return "\n".join(lines)


def main() -> None:
    """Measures the curves that are asked for, and prints each as soon as it is had."""
    parser = argparse.ArgumentParser(prog="bench-scale", description=__doc__)
    parser.add_argument("--full", action="store_true", help="points that take minutes")
    parser.add_argument("--only", choices=(*_CURVES, "reload"), default=None)
    options = parser.parse_args()
    cores = Cores.of_machine()
    os.sched_setaffinity(0, {cores.load})
    curves: dict[str, Callable[[], list[Point]]] = {
        name: partial(
            server_curve, name, small + (large if options.full else ()), cores
        )
        for name, small, large in _SIZES
    }
    curves["algorithms"] = ring_curve
    for name, measure in curves.items():
        if options.only in {None, name}:
            sys.stdout.write(table(_TITLES.get(name, name), measure()))
            sys.stdout.flush()
    if options.only in {None, "reload"}:
        small, large = _RELOADED
        sizes = small + (large if options.full else ())
        sys.stdout.write(reload_table([measure_reload(size) for size in sizes]))


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    main()
