"""A signed call that exchanges a token for credentials has one session, too.

SPEC: sts-operations 3.4 and 6.1; attacks V01; decision 0013.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from daypass.core.credentials import Credentials
from daypass.core.errors import SignatureDoesNotMatchError
from daypass.sts.caller import Caller
from daypass.sts.signed_call import SignedCall
from support.exchange_world import (
    CREDENTIALS,
    STOREFRONT,
    ExchangeWorld,
    customer,
    shop,
)
from support.oidc_issuer import NOW
from unit.sts.signed_calls import shown


@pytest_asyncio.fixture
async def world() -> ExchangeWorld:
    """Returns the shop."""
    return await shop()


def _signed(world: ExchangeWorld) -> Caller:
    """Returns the shop's client with a call that it has signed."""
    now = world.sts.clock.now()
    caller = world.caller(STOREFRONT)
    call = SignedCall(
        access_key_id=caller.access_key_id,
        signature="0" * 64,
        sign_time=now,
        expire_time=now + timedelta(minutes=15),
    )
    return replace(caller, signed_call=call)


async def _send(
    world: ExchangeWorld, caller: Caller, token: str | None = None
) -> Credentials:
    result = await world.exchange(
        caller,
        subject_token=token or customer(exp=NOW + 7_200),
        requested_token_type=CREDENTIALS,
        audiences=(),
    )
    assert result.credentials is not None
    return result.credentials


async def test_v01_repeat_gets_the_same(world: ExchangeWorld) -> None:
    """V01: an exchange that is sent again is issued no second session."""
    caller = _signed(world)
    first = await _send(world, caller)
    world.sts.clock.advance(timedelta(minutes=10))
    await world.sts.follower.catch_up()

    again = await _send(world, caller)

    assert shown(first) == shown(again)


async def test_v01_hundred_at_once(world: ExchangeWorld) -> None:
    """V01: of a hundred identical exchanges at once all get one set of credentials."""
    caller = _signed(world)

    answers = await asyncio.gather(*(_send(world, caller) for _ in range(100)))

    assert 1 == len({shown(answer) for answer in answers})


async def test_v01_repeat_that_would_end_otherwise(world: ExchangeWorld) -> None:
    """V01: a repeat whose credentials would last for another time is refused."""
    caller, token = _signed(world), customer(exp=NOW + 1_200)
    await _send(world, caller, token)
    world.sts.clock.advance(timedelta(seconds=2))

    with pytest.raises(SignatureDoesNotMatchError) as caught:
        await _send(world, caller, token)

    assert "signed_call_changed" == caught.value.detail


async def test_v01_revoking_reaches_repeats(world: ExchangeWorld) -> None:
    """V01: tokens of one call have one name, so that revoking one ends them all."""
    caller = _signed(world)
    first = await world.token(caller=caller)
    world.sts.clock.advance(timedelta(seconds=2))
    await world.sts.follower.catch_up()
    again = await world.token(caller=caller)
    assert first != again

    await world.revoke(first)

    assert ["REVOKED", "REVOKED"] == [
        await world.verdict(token) for token in (first, again)
    ]


async def test_v01_revoked_token_does_not_come_back(world: ExchangeWorld) -> None:
    """V01: a call whose token was revoked gets no other one when it is sent again."""
    caller = _signed(world)
    await world.revoke(await world.token(caller=caller))

    with pytest.raises(SignatureDoesNotMatchError) as caught:
        await world.token(caller=replace(caller, epoch=world.sts.view.epoch))

    assert "signed_call_token_revoked" == caught.value.detail


async def test_another_call_has_another_token(world: ExchangeWorld) -> None:
    """Tokens of two calls have two names, and neither is that of the call."""
    caller = _signed(world)
    call = caller.signed_call
    assert call is not None
    other = replace(caller, signed_call=replace(call, signature="f" * 64))

    first, second = [
        world.read(await world.token(caller=each)).token_id for each in (caller, other)
    ]

    assert 3 == len({first, second, call.call_id})
