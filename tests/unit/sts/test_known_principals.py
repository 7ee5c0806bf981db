"""Who a session stands for is remembered as long as the directory stays as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daypass.core.session import Session
from daypass.sts.known_principals import KnownPrincipals
from daypass.sts.principals import PrincipalGoneError, principal_of_session
from support.sts_world import StsWorld
from unit.sts import organisation as org


async def session_of(world: StsWorld) -> Session:
    """Returns a session of a role."""
    result = await world.assume(world.user(org.BOB), org.READER)
    text = result.credentials.session_token.reveal_text()
    return world.tokens.verify(text, world.clock.now())


async def test_same_as_without_memory(world: StsWorld) -> None:
    """The principal is the one of the directory, the same object each time."""
    session, principals = await session_of(world), KnownPrincipals()
    directory = world.directory.current()

    found = [principals.of(session, directory) for _ in range(2)]

    assert principal_of_session(session, directory) == found[0]
    assert found[0] is found[1]


async def test_gone_with_the_directory(world: StsWorld) -> None:
    """A role that was deleted is gone at once, and another snapshot is asked anew."""
    session, principals = await session_of(world), KnownPrincipals()
    before = world.directory.current()
    principals.of(session, before)
    world.declare(
        org.ACCOUNT_A,
        org.ACCOUNT_B.replace("  Reader:", "  Writer:").replace(
            org.READER, org.READER.replace("Reader", "Writer")
        ),
    )

    with pytest.raises(PrincipalGoneError):
        principals.of(session, world.directory.current())
    assert 0 == len(principals)


async def test_refusal_is_not_remembered(world: StsWorld) -> None:
    """A session without a principal leaves nothing, and has one once there is one."""
    session, principals = await session_of(world), KnownPrincipals()
    gone = replace(session, principal_id="AROAGONE")

    with pytest.raises(PrincipalGoneError):
        principals.of(gone, world.directory.current())

    assert 0 == len(principals)


async def test_bounded_and_never_mixed_up(world: StsWorld) -> None:
    """The last ones are remembered, each with its own principal."""
    session, principals = await session_of(world), KnownPrincipals(size_max=2)
    directory = world.directory.current()

    for number in range(20):
        named = replace(session, session_name=f"name-{number}")
        assert principals.of(named, directory).arn.endswith(f"/name-{number}")

    assert 2 == len(principals)
