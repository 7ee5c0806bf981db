"""A signed call approves once, however often it is sent.

SPEC: sts-operations 1.8 and 3.4; attacks V01; ADR 0021.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from daypass.core.errors import (
    SignatureDoesNotMatchError,
    StoreUnavailableError,
    ValidationError,
)
from daypass.core.replay_limits import SIGNED_CALL_KEPT_AFTER
from daypass.sts.caller import Caller
from daypass.sts.create_trade_in_token import CreateTradeInTokenResult
from support.sts_world import StsWorld
from unit.sts import delegations as org
from unit.sts.credentials import user
from unit.sts.delegations import approve, delegations, trade_in
from unit.sts.signed_calls import call_of


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns the customer and the partner, with nothing approved."""
    return await delegations()


async def _signed(world: StsWorld) -> Caller:
    """Returns the customer's user with a call that she has signed in this second."""
    entry = world.directory.current().user_by_arn(org.ANN)
    assert entry is not None
    key = entry.access_keys[0]
    return await world.signed(key.access_key_id, key.secret_access_key)


async def test_v01_sent_again(world: StsWorld) -> None:
    """V01: a call that has approved approves nothing when it is sent again."""
    caller = await _signed(world)
    first = await approve(world, caller)

    with pytest.raises(SignatureDoesNotMatchError) as caught:
        await approve(world, caller)

    assert "signed_call_approved" == caught.value.detail
    await trade_in(world, await user(world, org.PAT), first.trade_in_token)


async def test_v01_hundred_at_once(world: StsWorld) -> None:
    """V01: of a hundred identical calls at once one approves."""
    caller = await _signed(world)

    answers = await asyncio.gather(
        *(approve(world, caller) for _ in range(100)), return_exceptions=True
    )

    approved = [each for each in answers if isinstance(each, CreateTradeInTokenResult)]
    refused = [each for each in answers if isinstance(each, SignatureDoesNotMatchError)]
    assert (1, 99) == (len(approved), len(refused))


async def test_v01_as_long_as_the_call_is_good(world: StsWorld) -> None:
    """V01: a call is remembered until it proves nothing, and a minute longer."""
    caller = await _signed(world)
    await approve(world, caller)
    end = call_of(caller).expire_time + SIGNED_CALL_KEPT_AFTER
    world.clock.advance(end - world.clock.now() - timedelta(microseconds=1))
    await world.follower.catch_up()

    with pytest.raises(SignatureDoesNotMatchError):
        await approve(world, caller)


async def test_refused_call_is_not_used_up(world: StsWorld) -> None:
    """A call that was refused, or met a fault, may be sent again."""
    caller = await _signed(world)
    with pytest.raises(ValidationError):
        await approve(world, caller, partner_account_id="x")
    world.guards.fail_next(StoreUnavailableError("away"))
    with pytest.raises(StoreUnavailableError):
        await approve(world, caller)

    assert (await approve(world, caller)).delegation_id


async def test_another_call_approves_again(world: StsWorld) -> None:
    """Another call is another approval; so is one that no signature has proven."""
    caller = await _signed(world)
    bare = replace(caller, signed_call=None)
    other = replace(caller, signed_call=replace(call_of(caller), signature="0" * 64))

    ids = {
        (await approve(world, each)).delegation_id
        for each in (caller, other, bare, bare)
    }

    assert 4 == len(ids)
