"""Second factors when the store fails, others get in first, or the clock jumps.

SPEC: sts-operations 1.1; attacks M07 to M10 and M15; reliability 7.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio

from daypass.core.errors import (
    AccessDeniedError,
    AuditUnavailableError,
    StoreUnavailableError,
)
from daypass.core.mfa_limits import MFA_SWAPS_MAX
from daypass.core.ports import GuardKey
from daypass.sts.caller import Caller
from support.guard_stores import (
    CodelessGuards,
    ContendedGuards,
    FailingGuards,
)
from support.sts_world import StsWorld
from unit.sts.credentials import user
from unit.sts.second_factors import (
    ACCOUNT,
    BOB,
    PHONE,
    VAULT,
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


@pytest.mark.parametrize("failing", range(5))
@pytest.mark.parametrize("method", ["get", "swap"])
async def test_store_away(
    world: StsWorld, bob: Caller, method: str, failing: int
) -> None:
    """Whichever step the store fails at, the answer is that it is away (M09)."""
    steps = {"get": 2, "swap": 3}[method]
    guards = FailingGuards(method, failing % steps, clock=world.clock)
    use_guards(world, guards)

    with pytest.raises(StoreUnavailableError):
        await show(world, bob, PHONE, code(world))

    assert 0 == len(
        [one for one in world.audit.records if one.issued_access_key_id is not None]
    )


async def test_interrupted_attempts_count(world: StsWorld, bob: Caller) -> None:
    """An attempt that the store interrupted stays counted (M08)."""
    use_guards(world, CodelessGuards(clock=world.clock))
    shown = code(world)
    for _ in range(5):
        with pytest.raises(StoreUnavailableError):
            await show(world, bob, PHONE, shown)

    assert "mfa_locked" == await refusal(show(world, bob, PHONE, shown))


async def test_corrupt_count(world: StsWorld, bob: Caller) -> None:
    """A count that cannot be read is no count of none: the store is away (M09)."""
    key = GuardKey("mfa-attempts", ("device", PHONE))
    now = world.clock.now()
    await world.guards.swap(key, None, b"?", now=now, expire_time=now + MINUTE)

    with pytest.raises(StoreUnavailableError) as caught:
        await show(world, bob, PHONE, code(world))

    assert "mfa_attempts_corrupt" == caught.value.detail


async def test_contention_is_bounded(world: StsWorld, bob: Caller) -> None:
    """A change that others always precede is given up, and the code not looked at."""
    guards = ContendedGuards(clock=world.clock)
    use_guards(world, guards)

    reason = await refusal(show(world, bob, PHONE, code(world)))

    assert "mfa_contended" == reason
    assert ["get mfa-attempts", "swap mfa-attempts"] * MFA_SWAPS_MAX == guards.steps


async def test_count_outlives_refusal(world: StsWorld, bob: Caller) -> None:
    """A call that fails after its code was good takes nothing back (M10)."""
    shown = code(world)
    world.store.fail_next(StoreUnavailableError("down"), method="add")
    with pytest.raises(StoreUnavailableError):
        await show(world, bob, PHONE, shown)
    assert "mfa_code_used" == await refusal(show(world, bob, PHONE, shown))

    world.clock.advance(5 * MINUTE)
    await fail(world, bob, 4)
    world.audit.fail_next(AuditUnavailableError("down"))
    with pytest.raises(AccessDeniedError):
        await show(world, bob, PHONE, wrong(world))
    assert "mfa_locked" == await refusal(show(world, bob, PHONE, code(world)))


async def test_denied_call_uses_code(world: StsWorld, bob: Caller) -> None:
    """A code that was good stays used when policy then refuses the call (M10)."""
    world.declare(ACCOUNT.replace("  Vault:", "  Other:"))
    shown = code(world)
    with pytest.raises(AccessDeniedError):
        await world.assume(bob, VAULT, serial_number=PHONE, token_code=shown)

    assert "mfa_code_used" == await refusal(show(world, bob, PHONE, shown))


@pytest.mark.parametrize(
    "jump", [timedelta(seconds=30), timedelta(seconds=-30), timedelta(hours=-1)]
)
async def test_jump_reopens_nothing(
    world: StsWorld, bob: Caller, jump: timedelta
) -> None:
    """A jump of the clock and its return make no used code good again (M15)."""
    shown = code(world)
    await show(world, bob, PHONE, shown)

    for span in (jump, -jump):
        world.clock.step(span)
        await refusal(show(world, bob, PHONE, shown))


async def test_time_lived_twice(world: StsWorld, bob: Caller) -> None:
    """A code that was used before the clock went back is used when its time comes."""
    shown = code(world)
    await show(world, bob, PHONE, shown)
    world.clock.step(timedelta(hours=-1))
    world.clock.advance(timedelta(hours=1, seconds=-30))

    assert "mfa_code_used" == await refusal(show(world, bob, PHONE, shown))


async def test_return_from_an_hour_ahead(world: StsWorld, bob: Caller) -> None:
    """A code that was used an hour ahead locks out no later one (M15)."""
    world.clock.step(timedelta(hours=1))
    await show(world, bob, PHONE, code(world))
    world.clock.step(timedelta(hours=-1))

    await show(world, bob, PHONE, code(world))


@pytest.mark.parametrize("back", [timedelta(seconds=30), timedelta(hours=1)])
async def test_lock_outlives_jump(
    world: StsWorld, bob: Caller, back: timedelta
) -> None:
    """A clock that goes back opens no lock (M08, M15)."""
    await fail(world, bob, 5)

    world.clock.step(-back)

    assert "mfa_locked" == await refusal(show(world, bob, PHONE, code(world)))
