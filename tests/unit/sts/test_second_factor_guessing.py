"""Guessing at codes: what is counted, what is locked.

SPEC: sts-operations 1.1; attacks M02, M05, M07, M11 and M12; reliability 14.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
import pytest_asyncio

from daypass.core.errors import (
    DaypassError,
)
from daypass.core.secret import Secret
from daypass.sts.caller import Caller
from support.guard_stores import WatchedGuards
from support.sts_world import StsWorld
from unit.sts.credentials import user
from unit.sts.second_factors import (
    BOB,
    EVES,
    PHONE,
    UNKNOWN,
    code,
    fail,
    one_account,
    refusal,
    show,
    use_guards,
    wrong,
)

MINUTE = timedelta(minutes=1)


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns the account, with nothing issued."""
    return await one_account()


@pytest_asyncio.fixture
async def bob(world: StsWorld) -> Caller:
    """Returns the user whose device is guessed at."""
    return await user(world, BOB)


async def at_once(
    world: StsWorld, bob: Caller, shown: Secret, times: int
) -> Counter[str]:
    """Shows a code many times at once; returns what became of the calls."""
    outcomes = await asyncio.gather(
        *(show(world, bob, PHONE, shown) for _ in range(times)), return_exceptions=True
    )
    return Counter(
        outcome.detail if isinstance(outcome, DaypassError) else type(outcome).__name__
        for outcome in outcomes
    )


async def test_brute_force(world: StsWorld, bob: Caller) -> None:
    """Whoever guesses every minute of a day has twelve guesses looked at (M05)."""
    reasons: Counter[str] = Counter()
    for _ in range(24 * 60):
        reasons[await refusal(show(world, bob, PHONE, wrong(world)))] += 1
        world.clock.advance(MINUTE)

    assert 12 == reasons["mfa_code_wrong"]
    assert {"mfa_code_wrong", "mfa_locked", "mfa_failures_of_day"} == reasons.keys()


async def test_locks_of_device(world: StsWorld, bob: Caller) -> None:
    """Five failures lock for fifteen minutes, right codes too, and then open (M05)."""
    await fail(world, bob, 5)
    world.clock.advance(15 * MINUTE - timedelta(seconds=1))
    assert "mfa_locked" == await refusal(show(world, bob, PHONE, code(world)))

    world.clock.advance(timedelta(seconds=1))

    await show(world, bob, PHONE, code(world))


async def test_lock_is_audited(world: StsWorld, bob: Caller) -> None:
    """The record of the failure that locks says for how long (M12)."""
    await fail(world, bob, 4)
    assert "mfa_locked_seconds" not in dict(world.audit.records[-1].attributes)

    await fail(world, bob, 1)

    assert "900" == dict(world.audit.records[-1].attributes)["mfa_locked_seconds"]


async def test_attempts_of_three_minutes(world: StsWorld, bob: Caller) -> None:
    """The tenth attempt of three minutes is refused, though its code is good (1.1)."""
    for offset in (-2, -1, 0, 1, 2):
        await show(world, bob, PHONE, code(world, offset=offset))
    await fail(world, bob, 4)

    assert "mfa_attempts_too_many" == await refusal(
        show(world, bob, PHONE, code(world))
    )
    world.clock.advance(3 * MINUTE)
    await show(world, bob, PHONE, code(world))


@pytest.mark.parametrize("times", [6, 1_000])
async def test_parallel_guesses(world: StsWorld, bob: Caller, times: int) -> None:
    """Of guesses that come at once no more than five are looked at (M07)."""
    use_guards(world, WatchedGuards(clock=world.clock))

    outcomes = await at_once(world, bob, wrong(world), times)

    assert {"mfa_code_wrong": 5, "mfa_locked": times - 5} == outcomes


async def test_parallel_uses(world: StsWorld, bob: Caller) -> None:
    """Of a hundred uses of a code at once one succeeds, and nothing is locked (M02)."""
    use_guards(world, WatchedGuards(clock=world.clock))

    outcomes = await at_once(world, bob, code(world), 100)

    assert 1 == outcomes["GetSessionTokenResult"]
    world.clock.advance(3 * MINUTE)
    await show(world, bob, PHONE, code(world))


async def test_attempt_counts_first(world: StsWorld, bob: Caller) -> None:
    """An attempt is stored before its code is, and a code before it is good (M07)."""
    guards = WatchedGuards(clock=world.clock)
    use_guards(world, guards)

    await show(world, bob, PHONE, code(world))

    assert [
        "get mfa-attempts",
        "swap mfa-attempts",
        "swap mfa-code",
        "get mfa-attempts",
        "swap mfa-attempts",
    ] == guards.steps


async def test_same_work_for_all(world: StsWorld, bob: Caller) -> None:
    """A wrong code, an unknown serial and another's take the same steps (M11)."""
    guards = WatchedGuards(clock=world.clock)
    use_guards(world, guards)
    taken = []
    for serial_number in (PHONE, UNKNOWN, EVES):
        guards.steps.clear()
        await refusal(show(world, bob, serial_number, wrong(world)))
        taken.append(tuple(guards.steps))

    assert {("get mfa-attempts", "swap mfa-attempts")} == set(taken)
