"""A server of two workers under a mixed load for minutes, and what it holds meanwhile.

For each engine in turn: memory, open files and threads of the workers, and keys of
the store, at the start and at the end, and how memory grows in between; and what
became of the calls. Caches fill at first, so that the second half is what counts; and a
table that doubles grows in one quarter of it, where a leak grows in both.

Exit status: 0 is good; 1 is a call that was lost or answered wrongly, memory that
grows by more than the bound, or files or threads that are left over; 2 is a server
that does not start.

Run by `make soak`.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redis.asyncio import Redis

from loadtest.processes import (
    ENGINES,
    Cores,
    StartError,
    end_with_its_servers,
    redis_server,
)
from loadtest.soak_load import Outcome, SoakLoad
from loadtest.soak_server import Held, SoakedServer, held_by, soaked_server

# In KiB for a thousand calls, of both workers together. Each worker remembers the tokens
# that it has verified, up to 65,536, which takes 65 until then; and revocations, which
# take 5 (docs/loadtest.md). To lose two hundred bytes in each call is found.
GROWTH_MAX: Final = 200.0
# Of both workers: a file that is being written, and what a thread pool has started.
FILES_LEFT_MAX: Final = 8
TASKS_LEFT_MAX: Final = 8
# As many calls as fill what workers remember but for tokens (docs/loadtest.md), unless
# they take too long.
_WARM_CALLS: Final = 40_000
_WARM_SECONDS: Final = 60.0
_WARM_SECONDS_MAX: Final = 300.0
# Connections of clients that have gone are closed by then.
_SETTLE_SECONDS: Final = 3.0
_SAMPLES: Final = 60
_QUARTERS: Final = 4
_KIB: Final = 1_024


@dataclass(frozen=True, slots=True)
class Soaked:
    """What a soak has shown.

    Attributes:
        engine: of the gRPC door.
        before: what the workers held when they were warm, and no client was there.
        after: what they held when all clients had gone.
        growths: of their memory in each quarter, in KiB for a thousand calls.
        keys: of the store, at the start and at the end.
        outcome: what became of the calls.
        reasons: for which the server sent calls away, and how often, warming included;
            its client asks again, so that there may be more than it was refused.
    """

    engine: str
    before: Held
    after: Held
    growths: tuple[float, ...]
    keys: tuple[int, int]
    outcome: Outcome
    reasons: Counter[str]

    @property
    def growth(self) -> float:
        """How memory grows in each of the last two quarters at least.

        It is in KiB for a thousand calls.
        """
        return min(self.growths[-2:])

    def faults(self, growth_max: float) -> list[str]:
        """Returns what is not as it has to be."""
        found = [f"{count} lost: {why}" for why, count in self.outcome.lost.items()]
        if self.growth > growth_max:
            found.append(f"memory grows by {self.growth:,.0f} KiB for 1,000 calls")
        if self.after.files - self.before.files > FILES_LEFT_MAX:
            found.append(f"{self.after.files - self.before.files} files are left open")
        if self.after.tasks - self.before.tasks > TASKS_LEFT_MAX:
            found.append(f"{self.after.tasks - self.before.tasks} threads are left")
        return found

    def __str__(self) -> str:
        """Returns what is to be printed."""
        before, after, outcome = self.before, self.after, self.outcome
        mib = _KIB * _KIB
        quarters = ", ".join(f"{each:+,.0f}" for each in self.growths)
        return "\n  ".join(
            [
                f"engine {self.engine}",
                (
                    f"memory  {before.resident / mib:,.1f} MiB at the start,"
                    f" {after.resident / mib:,.1f} MiB at the end"
                ),
                f"growth  {quarters} KiB for 1,000 calls, quarter by quarter",
                f"files   {before.files} and {after.files}",
                f"threads {before.tasks} and {after.tasks}",
                f"keys    {self.keys[0]:,} and {self.keys[1]:,}",
                f"calls   {outcome.calls.total():,}: {dict(outcome.calls)}",
                f"refused {dict(outcome.refused)}",
                f"reasons {dict(self.reasons)}",
                f"lost    {dict(outcome.lost)}",
            ]
        )


def growths_of(samples: Sequence[tuple[int, int]]) -> tuple[float, ...]:
    """Returns how memory grows in each quarter, in KiB for a thousand calls.

    Args:
        samples: calls that have ended, and bytes at that time; at least two of each
            quarter.
    """
    size = len(samples) // _QUARTERS
    return tuple(
        _growth(samples[size * number : size * (number + 1)])
        for number in range(_QUARTERS)
    )


def _growth(samples: Sequence[tuple[int, int]]) -> float:
    calls, sizes = zip(*samples, strict=True)
    per_call: float = statistics.linear_regression(calls, sizes).slope
    return per_call * 1_000 / _KIB


async def soak(
    server: SoakedServer, engine: str, redis_port: int, seconds: float, seed: int
) -> Soaked:
    """Loads a server for so long, and returns what that has shown."""
    await _warm(SoakLoad(server, seed))
    await asyncio.sleep(_SETTLE_SECONDS)
    keys_before, before = await _keys(redis_port), held_by(server.workers)
    load = SoakLoad(server, seed + 1)
    loading = asyncio.create_task(load.run(seconds))
    samples: list[tuple[int, int]] = []
    while not loading.done():
        ended = load.outcome.calls.total()
        samples.append((ended, held_by(server.workers).resident))
        await asyncio.wait([loading], timeout=seconds / _SAMPLES)
    await loading
    await asyncio.sleep(_SETTLE_SECONDS)
    return Soaked(
        engine=engine,
        before=before,
        after=held_by(server.workers),
        growths=growths_of(samples),
        keys=(keys_before, await _keys(redis_port)),
        outcome=load.outcome,
        reasons=server.reasons(),
    )


async def _warm(load: SoakLoad) -> None:
    """Loads a server until its caches are full."""
    spent = 0.0
    while load.outcome.calls.total() < _WARM_CALLS and spent < _WARM_SECONDS_MAX:
        await load.run(_WARM_SECONDS)
        spent += _WARM_SECONDS


async def _keys(port: int) -> int:
    async with Redis(host="127.0.0.1", port=port) as redis:
        return int(await redis.dbsize())


def main(words: Sequence[str]) -> int:
    """Soaks the engines, prints what that has shown, and returns the exit status."""
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="for each engine")
    parser.add_argument("--engine", action="append", choices=ENGINES)
    parser.add_argument("--growth-max", type=float, default=GROWTH_MAX, metavar="KIB")
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args(words)
    cores, status = Cores.of_machine(), 0
    for engine in told.engine or ENGINES:
        with tempfile.TemporaryDirectory(prefix="daypass-soak-") as name:
            folder = Path(name)
            try:
                with (
                    redis_server(folder, cores.load) as port,
                    soaked_server(folder, cores.server, port, engine) as server,
                ):
                    work = soak(server, engine, port, told.minutes * 60, told.seed)
                    found = asyncio.run(work)
            except StartError as error:
                sys.stderr.write(f"{error}\n")
                return 2
        sys.stdout.write(f"{found}\n")
        for fault in found.faults(told.growth_max):
            sys.stdout.write(f"  FAULT   {fault}\n")
            status = 1
        sys.stdout.flush()
    return status


if __name__ == "__main__":
    end_with_its_servers()
    sys.exit(main(sys.argv[1:]))
