"""Two workers and a Redis under a steady load, while things break.

Each test prints what became of the calls. What was acknowledged must be there and
verify; how long a fault is felt is printed and not judged. `make faults` keeps at it
for longer.

SPEC: reliability E01, E03, E04, E18.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from daypass.adapters.audit_file import verify_audit_file
from support.fault_load import until
from support.fault_world import LONG, FaultWorld, judge

pytestmark = pytest.mark.timeout(600 if LONG else 180)

KILLS = 20 if LONG else 4
# From one kill to the next, as E01 has it.
KILL_SECONDS = 1.5
OUTAGE_SECONDS = 5.0 if LONG else 1.0
# Longer than the lease: nobody can vouch for anything at its end.
HANG_SECONDS = 10.0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultWorld]:
    """Yields a server that every fault leaves whole."""
    with ExitStack() as running:
        yield FaultWorld.start(tmp_path_factory.mktemp("faults"), running)


async def test_e01_worker_is_killed(
    world: FaultWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    """E01: kill -9 of one worker after the other loses nothing, and fails no call."""
    load = world.load()
    served: list[float] = []
    waited: list[float] = []
    async with load.running():
        for number in range(KILLS):
            began = time.monotonic()
            served.append(await world.kill_worker(number % 2))
            await load.more(50)
            await asyncio.sleep(max(0.0, began + KILL_SECONDS - time.monotonic()))
            waited.append(await load.longest_wait(began))

    await judge(
        load,
        capsys,
        "E01, kill -9 of a worker",
        f"{KILLS} kills; another served after {_longest(served)}",
        f"each client was answered again after {_longest(waited)}",
    )
    assert not load.mints.refused
    assert not load.verifications.refused


async def test_e03_redis_is_killed(
    world: FaultWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    """E03: kill -9 of Redis, which comes back with what it had acknowledged."""
    load = world.load()
    async with load.running():
        world.redis.kill()
        await asyncio.sleep(OUTAGE_SECONDS)
        world.redis.start()
        recovery = await load.recovery()
        await load.more(50)

    note = (
        f"away for {OUTAGE_SECONDS:g} s; recovered {recovery:.2f} s after it was back"
    )
    await judge(load, capsys, "E03, kill -9 of Redis", note)


async def test_e04_redis_hangs(
    world: FaultWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    """E04: SIGSTOP of Redis holds nobody up for longer than a call, and loses nothing."""
    load = world.load()
    async with load.running():
        world.redis.pause()
        await asyncio.sleep(HANG_SECONDS)
        world.redis.resume()
        recovery = await load.recovery()
        await load.more(50)

    note = f"hung for {HANG_SECONDS:g} s; recovered {recovery:.2f} s after that"
    await judge(load, capsys, "E04, SIGSTOP of Redis", note)


async def test_e18_disk_is_full(
    world: FaultWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    """E18: a disk without room for audit records ends minting, and not verifying."""
    load = world.load()
    audits = sorted(world.server.state.glob("audit.*.jsonl"))
    async with load.running():
        # No file of a worker grows any more, as on a disk that is full.
        size = max(path.stat().st_size for path in audits) + 2_000
        hard = resource.RLIM_INFINITY
        for pid in world.server.pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
        await until(lambda: load.mints.refused.total() >= 20, "mints are refused")
        verified = load.verifications.answered
        await until(
            lambda: load.verifications.answered >= verified + 50, "verifying goes on"
        )
        for pid in world.server.pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
        recovery = await load.recovery()
        await load.more(50)

    note = f"recovered {recovery:.2f} s after there was room, without a restart"
    await judge(load, capsys, "E18, the audit log's disk is full", note)
    assert {"ServiceUnavailable"} == set(load.mints.refused)
    assert not load.verifications.refused
    assert all(verify_audit_file(path).count for path in audits)
    written = "".join(path.read_text() for path in audits)
    assert [] == [key for key in load.issued if key not in written]


async def test_directory_has_error(
    world: FaultWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    """A faulty edit of the directory is told by all workers and felt by nobody."""
    load = world.load()
    told = world.server.log.count("directory fault")
    async with load.running():
        world.organisation.write(world.organisation.text() + "nonsense: 1\n")
        await world.logged("directory fault", told + 2)
        await load.more(50)
        # What the last good directory is for: a new worker cannot have it.
        world.organisation.write(world.organisation.text())
        await world.logged("directory without fault again", 2)
        await load.more(50)

    await judge(load, capsys, "a directory edit with an error")
    assert not load.mints.refused
    assert not load.verifications.refused


def _longest(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.2f} s, {max(seconds):.2f} s at the most"
