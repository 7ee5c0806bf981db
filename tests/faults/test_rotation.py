"""Two workers and a Redis under a steady load, while keys follow each other.

Each test prints what became of the calls. The second is the report that shows it all
at once: rotations, revocations and a killed worker. How long a revocation takes is
printed and not judged; that none is forgotten, and no good token refused, is.

SPEC: reliability E01, E10, E12.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import statistics
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass

import pytest

from daypass_client import AsyncDaypassClient
from daypass_client.errors import TokenRejectedError, UnavailableError
from support.fault_load import PATIENCE_SECONDS, FaultLoad
from support.fault_world import LONG, FaultWorld, judge

pytestmark = pytest.mark.timeout(600 if LONG else 180)

KIDS = 20 if LONG else 4
REVOCATIONS = 200 if LONG else 20
# That all of them have one of two workers has a chance of one in 32.
OBSERVERS = 6
LOOK_SECONDS = 0.01
# Three times what is usual.
SLOW_SECONDS = 0.06
# Keys that follow each other every second, as the tests of rotation have them.
ROTATING = ("--key-period", "1", "--key-lead", "0.5", "--key-settle", "4")


@dataclass(frozen=True)
class Revoked:
    """What became of a revocation.

    Attributes:
        acknowledged: seconds until the server said so.
        seen: seconds until all who looked had seen it.
        accepted_after: how many accepted the session after the acknowledgement.
    """

    acknowledged: float
    seen: float
    accepted_after: int


@pytest.fixture(scope="module")
def rotating(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultWorld]:
    """Yields a server whose keys follow each other every second."""
    with ExitStack() as running:
        yield FaultWorld.start(tmp_path_factory.mktemp("rotating"), running, *ROTATING)


async def test_e10_keys_rotate(
    rotating: FaultWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    """E10: keys that rotate every second refuse no token that is good."""
    load = rotating.load()
    async with load.running():
        kids: set[str] = set()
        while len(kids) < KIDS:
            await load.more(5)
            kids = {_kid(load.token(key)) for key in load.issued}

    await judge(
        load, capsys, "E10, a rotation every second", f"{len(kids)} keys signed"
    )
    assert not load.mints.refused
    assert not load.verifications.refused


async def test_all_at_once(
    rotating: FaultWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rotations, revocations and a killed worker, all under load: nothing is lost."""
    load = rotating.load()
    seen: list[Revoked] = []
    async with AsyncExitStack() as clients, load.running():
        observing = [
            await clients.enter_async_context(load.client()) for _ in range(OBSERVERS)
        ]
        admin = await clients.enter_async_context(load.client(admin=True))
        # The first one of a new store waits for workers that may have an earlier log.
        await _revoke(load, load.give_up(0), admin, observing)
        for number in range(REVOCATIONS):
            key = load.give_up(number % 5)
            if number == REVOCATIONS // 2:
                os.kill(rotating.server.pids[0], signal.SIGKILL)
            seen.append(await _revoke(load, key, admin, observing))
            await load.more(2)
        await rotating.logged('"worker serving"', 3)
        kids: set[str] = set()
        while len(kids) < KIDS // 2:
            await load.more(5)
            kids = {_kid(load.token(key)) for key in load.issued}

    killed = seen[REVOCATIONS // 2]
    accepted_after = sum(each.accepted_after for each in seen)
    await judge(
        load,
        capsys,
        "rotations, revocations and a killed worker, under a steady load",
        f"{len(kids)} keys signed, {len(seen)} revocations, 1 worker killed",
        f"failed verifications of live tokens: {len(load.failed)}",
        f"accepted after the revocation was acknowledged: {accepted_after}",
        f"revocation acknowledged: {_spread([each.acknowledged for each in seen])}",
        f"revocation seen everywhere: {_spread([each.seen for each in seen])}",
        "the one of a killed worker:"
        f" acknowledged {killed.acknowledged * 1e3:.0f} ms,"
        f" seen {killed.seen * 1e3:.0f} ms",
        f"revocations that took longer than {SLOW_SECONDS * 1e3:.0f} ms: {_slow(seen)}",
        f"the store waited for its disk for {rotating.redis.longest_sync()} ms at most",
        f"signed anew: {rotating.audited('signed_call_changed')}",
        f"load of the machine {os.getloadavg()[0]:.1f}",
    )
    assert {} == load.failed
    assert 0 == accepted_after


async def _revoke(
    load: FaultLoad,
    key: str,
    admin: AsyncDaypassClient,
    observing: list[AsyncDaypassClient],
) -> Revoked:
    """Revokes a session while others look at it, on connections to either worker."""
    token = load.token(key)
    began = time.monotonic()

    async def sees(client: AsyncDaypassClient) -> float:
        while not await _is_revoked(client, token):
            assert time.monotonic() < began + PATIENCE_SECONDS, "it is not refused"
            # Six that look without a pause measure how busy they are themselves.
            await asyncio.sleep(LOOK_SECONDS)
        return time.monotonic() - began

    looking = asyncio.gather(*map(sees, observing))
    await admin.revoke_sessions(access_key_id=key)
    acknowledged = time.monotonic() - began
    after = await asyncio.gather(*(_is_revoked(each, token) for each in observing))
    return Revoked(acknowledged, max(await looking), after.count(False))


async def _is_revoked(client: AsyncDaypassClient, token: str) -> bool:
    """Tells whether a token is refused; asks again where nobody can tell."""
    while True:
        try:
            await client.verify_token(token)
        except TokenRejectedError as error:
            return error.reason == "revoked"
        except UnavailableError:
            continue
        return False


def _spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return (
        f"p50 {statistics.median(ordered) * 1e3:.0f} ms,"
        f" p99 {p99 * 1e3:.0f} ms, longest {ordered[-1] * 1e3:.0f} ms"
    )


def _slow(seen: list[Revoked]) -> str:
    """Says how many took long, and of the longest which they were and how long."""
    took = [max(each.acknowledged, each.seen) for each in seen]
    slow = [number for number, seconds in enumerate(took) if seconds > SLOW_SECONDS]
    slow.sort(key=lambda number: -took[number])
    longest = [
        f"{number}: {seen[number].acknowledged * 1e3:.0f}/{seen[number].seen * 1e3:.0f}"
        for number in slow[:10]
    ]
    return f"{len(slow)} of {len(seen)} ({', '.join(longest)})"


def _kid(token: str) -> str:
    head = token.partition(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(head + "=="))["kid"])
