"""What policies see of a second factor, and how long.

SPEC: sts-operations 0.10, 1.1 and 1.10, detail 35; policy-language 6.2; attacks M16
and M17.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio

from daypass.core.errors import AccessDeniedError
from support.sts_world import StsWorld
from unit.sts.credentials import holder, session_token, user
from unit.sts.second_factors import (
    BOB,
    EVE,
    EVES,
    FRESH,
    OPEN,
    PHONE,
    SHUT,
    VAULT,
    code,
    mfa_keys,
    one_account,
    refusal,
    show,
)


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns the account, with nothing issued."""
    return await one_account()


async def test_keys_of_credentials(world: StsWorld) -> None:
    """Long-term keys have no key, a session has false or true, a role false (35)."""
    bob = await user(world, BOB)
    plain = await holder(world, (await session_token(world, bob)).credentials)
    shown = await holder(
        world, (await show(world, bob, PHONE, code(world))).credentials
    )
    role = await world.session(
        await world.assume(
            bob, VAULT, serial_number=PHONE, token_code=code(world, offset=1)
        )
    )

    assert (None, None) == mfa_keys(world, bob)
    assert ("false", None) == mfa_keys(world, plain)
    assert ("true", "0") == mfa_keys(world, shown)
    assert ("false", None) == mfa_keys(world, role)


async def test_age_counts_on(world: StsWorld) -> None:
    """The age counts from when the code was shown, as long as the session lives."""
    result = await show(world, await user(world, BOB), PHONE, code(world))
    session = await holder(world, result.credentials)

    world.clock.advance(timedelta(seconds=3_599))
    await world.follower.catch_up()
    assert ("true", "3599") == mfa_keys(world, session)
    await world.assume(session, FRESH)

    world.clock.advance(timedelta(seconds=1))
    with pytest.raises(AccessDeniedError):
        await world.assume(session, FRESH)


async def test_trust_without_code(world: StsWorld) -> None:
    """A role that wants a second factor refuses whoever shows none (M16)."""
    bob = await user(world, BOB)
    plain = await holder(world, (await session_token(world, bob)).credentials)

    for caller in (bob, plain):
        with pytest.raises(AccessDeniedError) as caught:
            await world.assume(caller, VAULT)
        assert "policy" == caught.value.detail


async def test_trust_with_code(world: StsWorld) -> None:
    """A code in the call lets in, whatever credentials of the user sign it (M16)."""
    bob = await user(world, BOB)
    plain = await holder(world, (await session_token(world, bob)).credentials)

    for offset, caller in enumerate((bob, plain)):
        await world.assume(
            caller, VAULT, serial_number=PHONE, token_code=code(world, offset=offset)
        )


async def test_trust_of_session(world: StsWorld) -> None:
    """A session that was issued with a code is let in without one (M16)."""
    result = await show(world, await user(world, BOB), PHONE, code(world))

    await world.assume(await holder(world, result.credentials), VAULT)


async def test_code_renews_age(world: StsWorld) -> None:
    """A code in the call counts for the call, and not what its session is from."""
    result = await show(world, await user(world, BOB), PHONE, code(world))
    session = await holder(world, result.credentials)
    world.clock.advance(timedelta(hours=2))
    await world.follower.catch_up()

    with pytest.raises(AccessDeniedError):
        await world.assume(session, FRESH)
    await world.assume(session, FRESH, serial_number=PHONE, token_code=code(world))
    assert ("true", "7200") == mfa_keys(world, session)


async def test_missing_key_by_if_exists(world: StsWorld) -> None:
    """`BoolIfExists` on false holds without a key, and not with a code (M16)."""
    eve = await user(world, EVE)
    await world.assume(eve, SHUT)

    with pytest.raises(AccessDeniedError) as caught:
        await world.assume(eve, SHUT, serial_number=EVES, token_code=code(world, EVES))

    assert "policy" == caught.value.detail


async def test_chain_carries_nothing(world: StsWorld) -> None:
    """A role session has nothing of the code that it was assumed with (M17, 35)."""
    first = await world.session(
        await world.assume(
            await user(world, BOB), OPEN, serial_number=PHONE, token_code=code(world)
        )
    )

    second = await world.session(await world.assume(first, OPEN))

    for session in (first, second):
        assert ("false", None) == mfa_keys(world, session)
        with pytest.raises(AccessDeniedError):
            await world.assume(session, VAULT)


async def test_role_session_shows_none(world: StsWorld) -> None:
    """A role session has no device, not even that of the user it came from (M17)."""
    role = await world.session(await world.assume(await user(world, BOB), OPEN))

    reason = await refusal(
        world.assume(role, OPEN, serial_number=PHONE, token_code=code(world))
    )

    assert "mfa_device_of_another" == reason
