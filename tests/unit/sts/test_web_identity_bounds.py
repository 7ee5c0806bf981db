"""What callers with garbage, and slow providers, may take from others (V35, O34)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from daypass.core.errors import (
    InvalidIdentityTokenError,
    RejectedError,
)
from support.oidc_issuer import (
    ISSUER,
    claims,
    sign,
)
from support.sts_world import StsWorld, ready
from unit.sts import web_identity as web
from unit.sts.web_identity import Exchange, exchange_in, single, token


async def test_refused_too_often() -> None:
    """Too many refused tokens from one address are turned away, for a while."""
    exchange = await exchange_in(refused_burst_max=3)
    wrong = sign(claims(), number=1, key_id="ES256-0")

    details = [(await exchange.refusal(RejectedError, wrong)).detail for _ in range(5)]

    assert [
        *["id_token_wrong_signature"] * 3,
        *["proofs_refused_too_often"] * 2,
    ] == (details)
    exchange.world.clock.advance(timedelta(seconds=1))
    await exchange.world.follower.catch_up()
    await exchange()


async def test_others_are_not_touched() -> None:
    """Garbage for one provider does not keep tokens of another one out."""
    exchange = await exchange_in(refused_burst_max=1)
    wrong = sign(claims(), number=1, key_id="ES256-0")
    for _ in range(3):
        await exchange.refusal(RejectedError, wrong)

    await exchange(single(), role_arn=web.ONCE)


async def test_good_tokens_count_for_nothing() -> None:
    """Good tokens are exchanged however many there are."""
    exchange = await exchange_in(refused_burst_max=1)

    for _ in range(5):
        await exchange()


async def test_unknown_issuers_cost_nothing() -> None:
    """A token of nobody's asks nobody and is refused at once, each time."""
    exchange = await exchange_in(refused_burst_max=1)
    nobodys = token(iss="https://no.example")

    details = {
        (await exchange.refusal(InvalidIdentityTokenError, nobodys)).detail
        for _ in range(3)
    }

    assert {"id_token_no_provider"} == details
    assert [] == exchange.keys.asked


class HeldKeys:
    """A source whose answers for one issuer wait until they are let go."""

    def __init__(self, keys: web.ListedKeys) -> None:
        self._keys = keys
        self.let_go = asyncio.Event()
        self.waiting = 0

    async def key_set(
        self, issuer: str, *, provider_arn: str, key_id: str | None
    ) -> Any:
        """Returns the set; see the port."""
        if issuer == ISSUER:
            self.waiting += 1
            await self.let_go.wait()
        return await self._keys.key_set(
            issuer, provider_arn=provider_arn, key_id=key_id
        )


@pytest.mark.parametrize(
    ("bounds", "detail"),
    [
        ({"per_provider_max": 2}, "provider_full"),
        ({"exchanges_max": 2}, "exchanges_full"),
    ],
)
async def test_slow_provider(bounds: dict[str, int], detail: str) -> None:
    """Callers of a slow provider are bounded, and do not keep those of others out."""
    held = HeldKeys(web.ListedKeys())
    exchange = Exchange(await ready(StsWorld(*web.FILES)), keys=held, **bounds)
    async with asyncio.TaskGroup() as tasks:
        slow = [tasks.create_task(exchange()) for _ in range(2)]
        while held.waiting < 2:
            await asyncio.sleep(0)

        error = await exchange.refusal(RejectedError)
        await exchange(single(), role_arn=web.ONCE)
        held.let_go.set()
        assert ("Throttling", detail) == (error.row.reason, error.detail)
        assert error.retry_after is not None

    assert all(task.result().subject == "user-1" for task in slow)
    await exchange()
