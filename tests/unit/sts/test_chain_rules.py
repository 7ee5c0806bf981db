"""How far role chaining may go, as an operator sets it.

SPEC: sts-operations 1.1; attacks C02.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.core.errors import AccessDeniedError
from daypass.sts.caller import Caller
from daypass.sts.chain_rules import ChainRules
from support.sts_world import StsWorld, ready
from unit.sts import organisation as org

HOUR = timedelta(hours=1)


async def chained(rules: ChainRules, hops: int) -> tuple[StsWorld, Caller]:
    """Returns a world of these rules, and a session behind so many hops."""
    world = await ready(StsWorld(org.ACCOUNT_A, org.ACCOUNT_B, chains=rules))
    caller = world.user(org.BOB)
    for _ in range(hops + 1):
        caller = await world.session(await world.assume(caller, org.TAGGED))
    return world, caller


async def refusal(world: StsWorld, caller: Caller, **parameters: object) -> str:
    """Returns the inner reason why the caller gets no further session."""
    with pytest.raises(AccessDeniedError) as caught:
        await world.assume(caller, org.TAGGED, **parameters)
    return caught.value.detail


async def test_hop_beyond_the_depth_is_refused() -> None:
    """A chain of two is the longest where an operator says so."""
    world, caller = await chained(ChainRules(depth_max=2), 2)

    assert "chain_too_deep" == await refusal(world, caller)


async def test_hop_within_the_depth_is_granted() -> None:
    """The last hop that the depth allows is granted."""
    world, caller = await chained(ChainRules(depth_max=2), 1)

    result = await world.assume(caller, org.TAGGED)

    assert 2 == len((await world.session(result)).session.ancestors)  # type: ignore[union-attr]


async def test_loop_does_not_outlive_its_chain() -> None:
    """Assuming a role again and again gains no time beyond the bound (C02)."""
    world, caller = await chained(ChainRules(lifetime_max=2 * HOUR), 0)
    world.clock.advance(HOUR - timedelta(seconds=1))
    await world.follower.catch_up()
    caller = await world.session(await world.assume(caller, org.TAGGED))
    world.clock.advance(timedelta(seconds=2))
    await world.follower.catch_up()

    assert "chain_too_long" == await refusal(world, caller)
    assert "chain_too_long" == await refusal(world, caller, duration_seconds=3_600)


async def test_chain_may_last_to_its_bound() -> None:
    """A session that ends just when the chain must is granted, and not shortened."""
    world, caller = await chained(ChainRules(lifetime_max=2 * HOUR), 0)
    world.clock.advance(HOUR - timedelta(seconds=1))
    await world.follower.catch_up()
    caller = await world.session(await world.assume(caller, org.TAGGED))
    world.clock.advance(timedelta(seconds=1))
    await world.follower.catch_up()

    result = await world.assume(caller, org.TAGGED, duration_seconds=3_600)

    assert world.clock.now() + HOUR == result.credentials.expire_time


async def test_no_bound_unless_set() -> None:
    """Without a bound a chain goes on for as long as somebody goes on, as in AWS."""
    world, caller = await chained(ChainRules(), 0)

    for _ in range(10):
        world.clock.advance(HOUR - timedelta(seconds=1))
        await world.follower.catch_up()
        caller = await world.session(await world.assume(caller, org.TAGGED))

    assert caller.session is not None
    assert timedelta(hours=10) < caller.session.expire_time - caller.session.chain_begin


async def test_user_begins_a_chain_anew() -> None:
    """Long-term keys have no chain, so that a bound never concerns them."""
    world, _ = await chained(ChainRules(lifetime_max=HOUR), 0)
    world.clock.advance(10 * HOUR)
    await world.follower.catch_up()

    result = await world.assume(world.user(org.BOB), org.TAGGED)

    assert world.clock.now() + HOUR == result.credentials.expire_time
