"""Tokens that may be exchanged once (attacks O31 and J58)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest_asyncio

from daypass.core.errors import (
    ExpiredIdentityTokenError,
    InvalidIdentityTokenError,
    StoreUnavailableError,
)
from support.oidc_issuer import (
    NOW,
)
from unit.sts import web_identity as web
from unit.sts.web_identity import Exchange, exchange_in, single


@pytest_asyncio.fixture
async def exchange() -> Exchange:
    """Returns the operation in a world with two accounts."""
    return await exchange_in()


async def test_single_use(exchange: Exchange) -> None:
    """In one-time mode exactly one of many exchanges of a token succeeds (O31, J58)."""
    raw = single()

    outcomes = await asyncio.gather(
        *(exchange(raw, role_arn=web.ONCE) for _ in range(100)), return_exceptions=True
    )

    failed = [one for one in outcomes if isinstance(one, InvalidIdentityTokenError)]
    assert 99 == len(failed)
    assert {"id_token_used"} == {one.detail for one in failed}


async def test_single_use_until_the_end(exchange: Exchange) -> None:
    """A used token stays used until no clock takes it any more, skew included."""
    raw = single(exp=NOW + 600)
    await exchange(raw, role_arn=web.ONCE)

    exchange.world.clock.advance(timedelta(seconds=899))
    await exchange.world.follower.catch_up()
    await exchange.refusal(InvalidIdentityTokenError, raw, role_arn=web.ONCE)
    exchange.world.clock.advance(timedelta(seconds=1))
    await exchange.world.follower.catch_up()
    await exchange.refusal(ExpiredIdentityTokenError, raw, role_arn=web.ONCE)


async def test_single_use_is_per_token(exchange: Exchange) -> None:
    """Another token of the same subject is good, and other providers repeat."""
    await exchange(single(jti="1"), role_arn=web.ONCE)
    await exchange(single(jti="2"), role_arn=web.ONCE)
    await exchange()
    await exchange()


async def test_single_use_without_store(exchange: Exchange) -> None:
    """Where nobody knows whether a token was used it is refused."""
    exchange.world.guards.fail_next(StoreUnavailableError(), method="swap")

    await exchange.refusal(StoreUnavailableError, single(), role_arn=web.ONCE)
