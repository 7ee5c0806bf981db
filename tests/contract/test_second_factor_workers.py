"""Second factors of several workers on one real Redis.

SPEC: reliability 14; attacks M02, M07, M08 and M09.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pytest

from daypass.core.errors import DaypassError
from daypass.core.ports import GuardStore
from daypass.core.secret import Secret
from daypass.federation.totp import code_of, matching_steps, step_at
from daypass.sts.audit import AuditEntry
from daypass.sts.pipeline import Invocation
from daypass.sts.second_factor import SecondFactor
from support.redis_server import RedisServer
from support.stores import running_redis
from support.sts_world import CALL, StsWorld, ready
from support.world import ManualClock

USER = "arn:aws:iam::111122223333:user/u"
PHONE = "arn:aws:iam::111122223333:mfa/phone"
ACCOUNT = """
account: {id: "111122223333", name: development}
users: {u: {}}
mfa_devices:
  phone: {user: u, seed: {file: phone}}
"""


class Workers:
    """Workers that share a directory and a store of what happens once."""

    def __init__(
        self, world: StsWorld, guards: list[GuardStore], clock: ManualClock
    ) -> None:
        account = world.directory.current().account("111122223333")
        assert account is not None
        self.clock = clock
        self._caller = world.user(USER)
        self._seed = account.mfa_devices[PHONE].seed
        self._factors = [
            SecondFactor(directory=world.directory, guards=each, clock=clock)
            for each in guards
        ]

    def code(self) -> Secret:
        """Returns what the device shows now."""
        return code_of(self._seed, step_at(self.clock.now()))

    def wrong(self) -> Secret:
        """Returns what it does not show."""
        guesses = (Secret(f"{number:06}") for number in range(100))
        now = self.clock.now()
        return next(one for one in guesses if not matching_steps(self._seed, one, now))

    async def show(self, shown: Secret, times: int) -> Counter[str]:
        """Shows a code at all workers at once, so many times each."""
        outcomes = await asyncio.gather(
            *(self._show(each, shown) for each in self._factors for _ in range(times))
        )
        return Counter(outcomes)

    async def _show(self, worker: SecondFactor, shown: Secret) -> str:
        entry = AuditEntry("Test", CALL, self._caller, "d")
        invocation = Invocation(self._caller, CALL, entry)
        try:
            await worker.check(PHONE, shown, invocation)
        except DaypassError as error:
            return error.detail
        return "good"


@asynccontextmanager
async def workers(
    server: RedisServer, clock: ManualClock, *, prefix: str, replicas: int = 0
) -> AsyncIterator[Workers]:
    """Runs four workers on a server."""
    world = await ready(StsWorld(ACCOUNT))
    async with AsyncExitStack() as running:
        stores = [
            await running.enter_async_context(
                running_redis(server, clock=clock, prefix=prefix, replicas=replicas)
            )
            for _ in range(4)
        ]
        yield Workers(world, [each.guards for each in stores], clock)


@pytest.mark.parametrize("replicas", [0, 1])
async def test_one_use_on_all_workers(
    redis_with_replica: RedisServer, present_clock: ManualClock, replicas: int
) -> None:
    """Of a hundred uses of a code on four workers at once one succeeds (M02)."""
    async with workers(
        redis_with_replica,
        present_clock,
        prefix=secrets.token_hex(8),
        replicas=replicas,
    ) as four:
        outcomes = await four.show(four.code(), 25)

        assert 1 == outcomes["good"]
        assert 100 == outcomes.total()
        # No use was a guess: the device is open as soon as the attempts are old.
        present_clock.advance(timedelta(minutes=3))
        assert 1 == (await four.show(four.code(), 1))["good"]


async def test_parallel_guesses_on_all_workers(
    redis_of_all: RedisServer, present_clock: ManualClock
) -> None:
    """Of a thousand guesses on four workers at once five are looked at (M07)."""
    async with workers(
        redis_of_all, present_clock, prefix=secrets.token_hex(8)
    ) as four:
        outcomes = await four.show(four.wrong(), 250)

        assert 5 == outcomes["mfa_code_wrong"]
        assert 1_000 == outcomes.total()
        assert {"mfa_code_wrong", "mfa_locked", "mfa_contended"} >= outcomes.keys()


async def test_counts_outlive_workers(
    redis_of_all: RedisServer, present_clock: ManualClock
) -> None:
    """What workers have counted and used up holds for those that come after (M08)."""
    prefix = secrets.token_hex(8)
    async with workers(redis_of_all, present_clock, prefix=prefix) as four:
        shown = four.code()
        await four.show(shown, 1)
    async with workers(redis_of_all, present_clock, prefix=prefix) as four:
        assert {"mfa_code_used": 4} == await four.show(shown, 1)
        present_clock.advance(timedelta(minutes=3))
        await four.show(four.wrong(), 2)
    async with workers(redis_of_all, present_clock, prefix=prefix) as four:
        assert {"mfa_locked": 4} == await four.show(four.code(), 1)


async def test_no_store_no_code(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """Without the store no code is good (M09)."""
    async with workers(server, present_clock, prefix=secrets.token_hex(8)) as four:
        shown = four.code()
        server.kill()

        outcomes = await four.show(shown, 1)

        assert "good" not in outcomes
        assert not {one for one in outcomes if one.startswith("mfa")}
