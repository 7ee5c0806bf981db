"""Who learns why a provider's proof was refused, and that nobody else does.

SPEC: policy-language 7.7 and 7.8; detail 14; attacks P41.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from daypass.core.errors import (
    NotFoundError,
)
from daypass.policy.explanation import Side
from daypass.sts.explain_decision import (
    ExplainDecision,
    ExplainDecisionRequest,
    ExplainedDecision,
)
from support.sts_world import StsWorld, ready
from unit.sts import federated as fed
from unit.sts.federated import Request, denied, with_proof


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns an account with a provider that its roles trust, and another one."""
    return await fed.world_of()


async def explained(world: StsWorld, request: Request) -> ExplainedDecision:
    """Has a denial explained to the administrator of the role's account."""
    await denied(world, request)
    await world.explain_waiting()
    operation = ExplainDecision(
        store=world.denials, authorizers=world.authorizers, clock=world.clock
    )
    return await world.run(
        operation, ExplainDecisionRequest("request-1"), world.user(fed.ADMIN)
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda request: replace(request, role_arn=fed.ABSENT),
        lambda request: replace(request, role_arn=fed.WRONG_ACTION),
        lambda request: replace(
            with_proof(request, trust_keys={}), role_arn=fed.CONDITIONAL
        ),
    ],
    ids=["absent", "refusing", "condition"],
)
async def test_owner_has_it_explained(
    world: StsWorld, change: Callable[[Request], Request]
) -> None:
    """The account of the role has a denial explained, with the provider as caller."""
    found = await explained(world, change(Request()))

    assert (fed.PROVIDER, "") == (found.caller_arn, found.caller_account_id)
    assert Side.RESOURCE is found.side
    assert found.explanation.nearest


async def test_nobody_else_has_it_explained(world: StsWorld) -> None:
    """An account that only has a provider of the same name is told nothing."""
    await denied(world, Request(role_arn=fed.FOREIGN))
    await world.explain_waiting()
    operation = ExplainDecision(
        store=world.denials, authorizers=world.authorizers, clock=world.clock
    )

    with pytest.raises(NotFoundError):
        await world.run(
            operation, ExplainDecisionRequest("request-1"), world.user(fed.ADMIN)
        )


async def test_explanations_have_a_bound() -> None:
    """Who is denied all the time is denied without explanations, by a bound."""
    world = await ready(StsWorld(*fed.FILES, explained_max=1))

    for _ in range(3):
        await denied(world, Request(role_arn=fed.ABSENT))

    attributes = dict(world.audit.records[-1].attributes)
    assert "not made: too many" == attributes["explanation"]


async def test_queue_of_explanations_is_full() -> None:
    """Without room for the owner's view the denial is kept without its reasons."""
    world = await ready(StsWorld(*fed.FILES, waiting_max=0))

    await denied(world, Request(role_arn=fed.ABSENT))

    assert await world.denials.get("request-1", now=world.clock.now()) is not None


async def test_inexplicable_denial_stands() -> None:
    """A denial whose record cannot be made is a denial all the same."""
    world = await ready(StsWorld(*fed.FILES, retention=timedelta.max))

    error = await denied(world, Request(role_arn=fed.ABSENT))

    attributes = dict(world.audit.records[-1].attributes)
    assert fed.REFUSAL == error.message
    assert "not made: OverflowError" == attributes["explanation"]
