"""A refusal of a session operation tells nothing about the session.

SPEC: attacks C19, C20.
"""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from daypass.core.errors import AccessDeniedError, NotFoundError
from daypass.core.identifiers import encode_access_key_id
from daypass.sts.revoke_sessions import RevokeSessions, RevokeSessionsRequest
from daypass.sts.sessions import GetSession
from support.sts_world import StsWorld, allow, ready
from unit.sts import organisation as org

UNKNOWN = encode_access_key_id("ASIA", org.B, 5)
OPERATIONS = pytest.mark.parametrize("operation", ["GetSession", "RevokeSessions"])
# May do everything but to one role; may do it to that role only; may do nothing.
SPARING, NARROW, CLERK = (
    f"arn:aws:iam::{org.B}:user/{name}" for name in ("sparing", "narrow", "clerk")
)
_SPARING = (
    '{Version: "2012-10-17", Statement: [{Effect: Allow, Action: "daypass:*",'
    ' Resource: "*"}, {Effect: Deny, Action: "daypass:*",'
    f' Resource: "{org.READER}"}}]}}'
)
_ACCOUNT_B = org.ACCOUNT_B.replace(
    "  clerk: {}",
    f"  clerk: {{}}\n  sparing: {{policies: {{all: {_SPARING}}}}}\n"
    f"  narrow: {{policies: {{one: {allow('daypass:*', org.READER)}}}}}",
)


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns two accounts, one of which has users with some permissions."""
    return await ready(StsWorld(org.ACCOUNT_A, _ACCOUNT_B))


async def issue(world: StsWorld, role: str = org.READER) -> str:
    """Issues bob a session and returns its access key id."""
    result = await world.assume(world.user(org.BOB), role)
    return result.credentials.access_key_id


async def run(world: StsWorld, operation: str, key: str, caller: str) -> Any:
    """Runs GetSession or RevokeSessions for one access key id."""
    if operation == "GetSession":
        get = GetSession(
            store=world.store, authorizers=world.authorizers, clock=world.clock
        )
        return await world.run(get, key, world.user(caller))
    revoke = RevokeSessions(
        store=world.store,
        directory=world.directory,
        authorizers=world.authorizers,
        revoker=world.revoker,
        clock=world.clock,
    )
    world.log._leases.clear()
    request = RevokeSessionsRequest(access_key_id=key)
    return await world.run(revoke, request, world.user(caller))


async def refusal(
    world: StsWorld, operation: str, key: str, caller: str
) -> AccessDeniedError:
    """Returns the refusal of what must be refused."""
    with pytest.raises(AccessDeniedError) as caught:
        await run(world, operation, key, caller)
    return caught.value


@OPERATIONS
@pytest.mark.parametrize("caller", [SPARING, NARROW, CLERK])
async def test_refusal_names_the_key(
    world: StsWorld, operation: str, caller: str
) -> None:
    """What a refusal names is the access key id, and not whose session it is."""
    key = await issue(world)

    error = await refusal(world, operation, key, caller)

    assert (
        f"User: {caller} is not authorized to perform: daypass:{operation}"
        f" on resource: {key}"
    ) == error.message
    assert key == error.metadata["resource"]


@OPERATIONS
async def test_refusal_is_the_same_without_a_session(
    world: StsWorld, operation: str
) -> None:
    """Who may do nothing is refused alike whether there is a session or not."""
    key = await issue(world)

    errors = [await refusal(world, operation, each, CLERK) for each in (key, UNKNOWN)]

    known, unknown = (
        (error.message.replace(each, ""), sorted(error.metadata), error.detail)
        for error, each in zip(errors, (key, UNKNOWN), strict=True)
    )
    assert unknown == known


@OPERATIONS
async def test_refusal_looks_nothing_up(world: StsWorld, operation: str) -> None:
    """Who may do nothing is refused before the store is asked."""
    await refusal(world, operation, await issue(world), CLERK)

    assert "*" == world.audit.records[-1].resource


@OPERATIONS
async def test_permission_on_the_role_is_not_enough(
    world: StsWorld, operation: str
) -> None:
    """A key that has no record is refused to who may act on one role only."""
    await refusal(world, operation, UNKNOWN, NARROW)


@OPERATIONS
async def test_deny_on_the_role_counts(world: StsWorld, operation: str) -> None:
    """A Deny on the role of the session refuses, though everything is allowed."""
    key = await issue(world)

    await refusal(world, operation, key, SPARING)

    assert org.READER == world.audit.records[-1].resource


async def test_other_roles_are_shown(world: StsWorld) -> None:
    """Sessions of roles that no Deny names are shown."""
    key = await issue(world, org.TAGGED)

    assert org.TAGGED == (await run(world, "GetSession", key, SPARING)).principal_arn


async def test_other_sessions_are_not_found(world: StsWorld) -> None:
    """Who may ask about sessions learns that there is none."""
    with pytest.raises(NotFoundError):
        await run(world, "GetSession", UNKNOWN, SPARING)


async def test_other_roles_are_revoked(world: StsWorld) -> None:
    """Sessions of roles that no Deny names are revoked."""
    key = await issue(world, org.TAGGED)

    assert 1 == (await run(world, "RevokeSessions", key, SPARING)).sequence
