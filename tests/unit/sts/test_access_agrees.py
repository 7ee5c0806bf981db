"""Simulate and Authorize say what AssumeRole does."""

from __future__ import annotations

import pytest

from daypass.core.errors import AccessDeniedError
from daypass.policy.decision import Effect
from daypass.sts.access_question import AccessQuestion, ContextEntry
from daypass.sts.simulate import ReplacedSlots
from support.sts_world import StsWorld, ready
from unit.sts import access
from unit.sts import organisation as org

ASSUME = "sts:AssumeRole"
ALLOW_STS = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:*",'
    '"Resource":"*"}}'
)
POLICIES = {org.BOB: (ALLOW_STS,), org.EVE: (), access.ADA: (ALLOW_STS,)}
SESSION_NAME = ContextEntry("sts:RoleSessionName", ("s1",))


async def assumed(world: StsWorld, user: str, role: str) -> bool:
    """Tells whether a user really assumes a role."""
    try:
        await world.assume(world.user(user), role)
    except AccessDeniedError:
        return False
    return True


@pytest.mark.parametrize("user", [org.BOB, org.EVE, access.ADA])
@pytest.mark.parametrize(
    "role", [org.READER, org.AUDIT, org.NEXT, org.TAGGED, access.SECRETIVE]
)
async def test_owner_simulates_the_truth(user: str, role: str) -> None:
    """The owner of a role, who sends the caller's policies, learns what happens."""
    world = await ready(StsWorld(*access.FILES))
    really = await assumed(world, user, role)

    result = await access.outcome(
        world,
        user,
        ASSUME,
        role,
        slots=ReplacedSlots(identity=POLICIES[user]),
        context=(SESSION_NAME,),
    )

    assert really == (result.effect is Effect.ALLOW)


@pytest.mark.parametrize("user", [org.BOB, org.EVE, access.ADA])
async def test_own_account_simulates_the_truth(user: str) -> None:
    """Within one account the stored policies say what happens."""
    world = await ready(StsWorld(*access.FILES))
    really = await assumed(world, user, org.LOCAL)

    result = await access.outcome(
        world, user, ASSUME, org.LOCAL, asker=access.ADA, context=(SESSION_NAME,)
    )

    assert really == (result.effect is Effect.ALLOW)


@pytest.mark.parametrize("user", [org.BOB, org.EVE, access.ADA])
@pytest.mark.parametrize("role", [org.READER, org.AUDIT, org.NEXT, org.TAGGED])
async def test_authorize_says_the_truth(user: str, role: str) -> None:
    """What Authorize says of a role that asks for no facts of the call happens."""
    world = await ready(StsWorld(*access.FILES))
    really = await assumed(world, user, role)

    answer = await access.proven(world, AccessQuestion(ASSUME, role), user)

    assert really == answer.allowed
