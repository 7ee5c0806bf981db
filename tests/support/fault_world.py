"""Two workers and a Redis, as processes, and the judgement of a load on them."""

from __future__ import annotations

import json
import os
import signal
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

import pytest

from daypass.adapters.keyring_file import KeyringFile
from daypass.adapters.master_key import load_or_create_master_key
from daypass.adapters.system import SystemClock, SystemEntropy
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.generate import new_ring
from daypass.keyring.sealed import seal_ring
from support.daypassd import Organisation
from support.fault_load import FaultLoad, until
from support.redis_server import RedisServer
from support.workers import Workers

# `make faults` keeps at it for longer than `make test` does.
LONG: Final = os.environ.get("DAYPASS_FAULTS") == "long"
LEASE_SECONDS: Final = 3
# Why calls may be refused while something is away, by the server, and in capitals by
# gRPC where no server says anything; anything else is a defect.
_PASSING: Final = {
    *("ServiceUnavailable", "RequestTimeout", "Throttling"),
    *("UNAVAILABLE", "DEADLINE_EXCEEDED"),
}
_SERVING: Final = '"worker serving"'


@dataclass(frozen=True)
class FaultWorld:
    """A server with two workers, and its store."""

    organisation: Organisation
    server: Workers
    redis: RedisServer

    @classmethod
    def start(cls, folder: Path, running: ExitStack, *flags: str) -> Self:
        """Starts all of it; the stack ends it."""
        # What Redis has acknowledged is on its disk, so that it may be killed.
        # It says how long it was held up by its disk, as everybody else was with it.
        redis = running.enter_context(
            RedisServer(
                *("--appendonly", "yes", "--appendfsync", "always"),
                *("--latency-monitor-threshold", "10"),
            )
        )
        organisation = Organisation(folder)
        flags = (
            *("--workers", "2", "--store", redis.url),
            *("--revocation-lease", str(LEASE_SECONDS), "--directory-poll", "0.1"),
            *flags,
        )
        server = Workers(organisation, *flags).init()
        _keep_one_key(server.state)
        running.enter_context(server)
        server.wait_whole()
        return cls(organisation, server, redis)

    def load(self) -> FaultLoad:
        """Returns a load that has not begun."""
        return FaultLoad(self.server, self.organisation)

    async def logged(self, event: str, count: int) -> None:
        """Returns when the log has so many lines of an event."""
        await until(lambda: self.server.log.count(event) >= count, event)

    def audited(self, detail: str) -> int:
        """Returns how many audit records have a detail."""
        audits = self.server.state.glob("audit.*.jsonl")
        return sum(path.read_text().count(f'"{detail}"') for path in audits)

    async def kill_worker(self, which: int) -> float:
        """Kills one of the workers, and returns after how many seconds another serves.

        By the time in the log: who waits for the line is as busy as its load is.
        """
        served = self.server.log.count(_SERVING)
        killed = datetime.now(UTC)
        os.kill(self.server.pids[which], signal.SIGKILL)
        await self.logged(_SERVING, served + 1)
        line = [each for each in self.server.log.splitlines() if _SERVING in each][-1]
        return (
            datetime.fromisoformat(json.loads(line)["time"]) - killed
        ).total_seconds()


async def judge(
    load: FaultLoad,
    capsys: pytest.CaptureFixture[str],
    title: str,
    *notes: str,
) -> None:
    """Prints the report, and fails where anything was lost or refused for good.

    Args:
        load: has ended.
        capsys: is told to let the report through.
        title: names the fault.
        notes: further lines of the report.
    """
    lost = await load.lost()
    with capsys.disabled():
        print(load.report(title, lost, *notes))  # noqa: T201 - it is to be read.

    assert load.issued
    assert {} == lost
    for tally in (load.mints, load.verifications):
        assert 0 == tally.lost
        assert set(tally.refused) <= _PASSING


def _keep_one_key(state: Path) -> None:
    """Gives the server a ring of one algorithm: four keys at once are not the point."""
    ring = new_ring(SystemEntropy(), SystemClock().now(), algorithms=(Algorithm.EDDSA,))
    master = load_or_create_master_key(state / "master.key", entropy=SystemEntropy())
    KeyringFile(state / "keyring").store(seal_ring(ring, master, SystemEntropy()))
