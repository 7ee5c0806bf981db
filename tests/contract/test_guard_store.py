"""What every store of guards does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from daypass.adapters.memory import Journal, MemoryGuardStore
from daypass.adapters.system import SystemEntropy
from daypass.core import guard_limits as limits
from daypass.core.ports import GuardKey, GuardStore
from support.redis_server import RedisServer
from support.stores import running_redis
from support.world import ManualClock

KEY = GuardKey("test", ("a", "b"))
SECOND = timedelta(seconds=1)
MINUTE = 60 * SECOND
KINDS = ("memory", "memory-journal", "redis", "redis-replicas")

# The replica of the harness may take a while to attach.
pytestmark = pytest.mark.timeout(120)


@dataclass(frozen=True)
class Guards:
    """A store and its clock, with the parameters that tests do not care about."""

    store: GuardStore
    clock: ManualClock

    async def get(self, key: GuardKey = KEY) -> bytes | None:
        """Returns the value in force now."""
        return await self.store.get(key, now=self.clock.now())

    async def swap(
        self,
        expected: bytes | None,
        value: bytes,
        *,
        key: GuardKey = KEY,
        lasts: timedelta = MINUTE,
    ) -> bool:
        """Swaps a value now."""
        now = self.clock.now()
        return await self.store.swap(
            key, expected, value, now=now, expire_time=now + lasts
        )

    async def claim(self, *parts: str) -> bool:
        """Claims what a key names."""
        return await self.swap(None, b"", key=GuardKey("claim", parts))


@pytest.fixture(params=KINDS)
async def guards(
    request: pytest.FixtureRequest, present_clock: ManualClock, tmp_path: Path
) -> AsyncIterator[Guards]:
    """Returns each store in turn, empty."""
    clock = present_clock
    if request.param.startswith("redis"):
        replicas = int(request.param == "redis-replicas")
        harness = "redis_with_replica" if replicas else "redis_of_all"
        server: RedisServer = request.getfixturevalue(harness)
        async with running_redis(server, clock=clock, replicas=replicas) as opened:
            yield Guards(opened.guards, clock)
        return
    journal = None
    if request.param == "memory-journal":
        path = tmp_path / "state.journal"
        journal = Journal.open(path, clock=clock, entropy=SystemEntropy())
    yield Guards(MemoryGuardStore(clock=clock, journal=journal), clock)
    if journal is not None:
        journal.close()


async def test_unknown_is_none(guards: Guards) -> None:
    """A key that was never used has no value."""
    assert await guards.get() is None


@pytest.mark.parametrize(
    "value",
    [b"", b"1", b"=", b":", b"a:b", b"1:", b"\0", b"\r\n", b" ", bytes(range(256))],
)
async def test_stored_is_found(guards: Guards, value: bytes) -> None:
    """A value comes back as it was stored, whatever its bytes, and can be expected."""
    assert await guards.swap(None, value)

    assert value == await guards.get()
    assert await guards.swap(value, b"next")
    assert b"next" == await guards.get()


async def test_second_claim_is_refused(guards: Guards) -> None:
    """Who expects no value where there is one changes nothing."""
    assert await guards.swap(None, b"first")

    assert not await guards.swap(None, b"second")

    assert b"first" == await guards.get()


async def test_empty_value_is_a_value(guards: Guards) -> None:
    """No value and an empty one are not taken for each other."""
    assert not await guards.swap(b"", b"x")
    assert await guards.swap(None, b"")

    assert not await guards.swap(None, b"x")
    assert b"" == await guards.get()
    assert await guards.swap(b"", b"x")


@pytest.mark.parametrize("expected", [b"other", b"", b"firs", b"first ", b"=first"])
async def test_other_expectation_is_refused(guards: Guards, expected: bytes) -> None:
    """Who expects another value than the one in force changes nothing."""
    await guards.swap(None, b"first")

    assert not await guards.swap(expected, b"second")

    assert b"first" == await guards.get()


async def test_nothing_is_not_what_was_expected(guards: Guards) -> None:
    """Who expects a value where there is none stores nothing."""
    assert not await guards.swap(b"first", b"second")

    assert await guards.get() is None


@pytest.mark.parametrize(
    ("passed", "in_force"),
    [
        (MINUTE - timedelta(microseconds=1), True),
        (MINUTE, False),
        (MINUTE + timedelta(microseconds=1), False),
        (timedelta(days=2), False),
    ],
)
async def test_expiry_is_of_the_value(
    guards: Guards, passed: timedelta, *, in_force: bool
) -> None:
    """A value is in force until its expiry by the caller's time, to the microsecond."""
    await guards.swap(None, b"first")
    guards.clock.advance(passed)

    assert in_force == (await guards.get() is not None)
    assert in_force != await guards.swap(None, b"second")


async def test_expired_is_not_expected(guards: Guards) -> None:
    """Who expects a value that has expired by now stores nothing."""
    await guards.swap(None, b"first")
    guards.clock.advance(MINUTE)

    assert not await guards.swap(b"first", b"second")


async def test_swap_has_its_own_expiry(guards: Guards) -> None:
    """The expiry of the latest value counts, be it earlier or later than before."""
    await guards.swap(None, b"1", lasts=MINUTE)
    await guards.swap(b"1", b"2", lasts=3 * MINUTE)
    guards.clock.advance(2 * MINUTE)
    assert b"2" == await guards.get()

    await guards.swap(b"2", b"3", lasts=SECOND)
    guards.clock.advance(SECOND)

    assert await guards.get() is None
    assert await guards.swap(None, b"4")


@pytest.mark.parametrize("lasts", [timedelta(0), -SECOND])
async def test_value_of_no_time_is_never_in_force(
    guards: Guards, lasts: timedelta
) -> None:
    """A value that has expired when it is stored holds nobody up."""
    assert await guards.swap(None, b"first", lasts=lasts)

    assert await guards.get() is None
    assert await guards.swap(None, b"second")


async def test_clock_set_back_brings_back(guards: Guards) -> None:
    """M15: what had expired by a clock that was ahead is in force when it is set back."""
    await guards.swap(None, b"first")
    guards.clock.step(timedelta(hours=1))
    assert await guards.get() is None

    guards.clock.step(-timedelta(hours=1))

    assert not await guards.swap(None, b"second")
    assert b"first" == await guards.get()


async def test_racing_claims_have_one_winner(guards: Guards) -> None:
    """J58, M02: of a hundred who claim one thing at once, exactly one has it."""
    outcomes = await asyncio.gather(*(guards.claim("code") for _ in range(100)))

    assert 1 == outcomes.count(True)


async def test_racing_counts_lose_nothing(guards: Guards) -> None:
    """Of many who count at once, each counts: a counter is as high as its successes."""

    async def count() -> None:
        while True:
            held = await guards.get()
            if await guards.swap(held, b"%d" % (int(held or 0) + 1)):
                return

    await asyncio.gather(*(count() for _ in range(20)))

    assert b"20" == await guards.get()


@pytest.mark.parametrize(
    "other",
    [
        GuardKey("test", ("ab",)),
        GuardKey("test", ("a", "b", "")),
        GuardKey("test", ("", "a", "b")),
        GuardKey("test", ("b", "a")),
        GuardKey("test", ("A", "b")),
        GuardKey("test", ("a:b",)),
        GuardKey("testa", ("b",)),
        GuardKey("other", ("a", "b")),
        GuardKey("", ()),
        GuardKey("*", ("{a}", "\r\nFLUSHALL\r\n", "\0", "\ud800")),
        GuardKey("test", ("\u00e9",)),
        GuardKey("test", ("e\u0301",)),
        GuardKey("test", ("x" * 100_000,)),
    ],
)
async def test_keys_do_not_meet(guards: Guards, other: GuardKey) -> None:
    """R01: keys of any text are apart from others, and equal to themselves."""
    await guards.swap(None, b"one")

    assert await guards.swap(None, b"two", key=other)

    assert b"one" == await guards.get()
    assert b"two" == await guards.get(other)
    assert not await guards.swap(None, b"three", key=other)


async def test_largest_value_is_taken(guards: Guards) -> None:
    """A value of just the bound is stored."""
    value = b"x" * limits.GUARD_VALUE_BYTES_MAX

    assert await guards.swap(None, value)
    assert value == await guards.get()


async def test_larger_value_is_a_mistake(guards: Guards) -> None:
    """A value past the bound is an error of the code that made it, and not stored."""
    with pytest.raises(ValueError, match="1024"):
        await guards.swap(None, b"x" * (limits.GUARD_VALUE_BYTES_MAX + 1))

    assert await guards.get() is None


async def test_abandoned_claims_are_honest(guards: Guards) -> None:
    """When half of the callers go away, a claim still has at most one winner."""
    claims = [
        asyncio.create_task(guards.claim(str(number // 4))) for number in range(200)
    ]
    await asyncio.sleep(0)
    for claim in claims[::2]:
        claim.cancel()
    outcomes = await asyncio.gather(*claims, return_exceptions=True)

    for start in range(0, 200, 4):
        assert outcomes[start : start + 4].count(True) <= 1
        assert not await guards.claim(str(start // 4))
