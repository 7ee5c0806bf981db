"""The session operations: who may, on what, and what they answer.

SPEC: attacks C03, C19, C20.
"""

from __future__ import annotations

from typing import Any

import pytest

from daypass.core.errors import (
    AccessDeniedError,
    NotFoundError,
    StoreUnavailableError,
    ValidationError,
)
from daypass.core.identifiers import encode_access_key_id
from daypass.core.session import SessionRecord
from daypass.sts.caller import Caller
from daypass.sts.page_tokens import PageTokens
from daypass.sts.revoke_sessions import (
    RevokeSessions,
    RevokeSessionsRequest,
    RevokeSessionsResult,
)
from daypass.sts.session_targets import PrincipalChoice
from daypass.sts.sessions import (
    GetSession,
    ListSessions,
    ListSessionsRequest,
    SessionList,
)
from support.sts_world import StsWorld
from unit.sts import organisation as org

ADMIN = f"arn:aws:iam::{org.B}:user/admin"
CLERK = f"arn:aws:iam::{org.B}:user/clerk"
READER = PrincipalChoice(role_arn=org.READER)


async def issue(world: StsWorld, role: str = org.READER, **more: object) -> str:
    """Issues bob a session and returns its access key id."""
    result = await world.assume(world.user(org.BOB), role, **more)
    return result.credentials.access_key_id


async def get(world: StsWorld, key: str, caller: str = ADMIN) -> SessionRecord:
    """Runs GetSession."""
    operation = GetSession(
        store=world.store, authorizers=world.authorizers, clock=world.clock
    )
    return await world.run(operation, key, world.user(caller))


async def listing(
    world: StsWorld, request: ListSessionsRequest, caller: Caller | None = None
) -> SessionList:
    """Runs ListSessions."""
    operation = ListSessions(
        store=world.store,
        directory=world.directory,
        authorizers=world.authorizers,
        pages=PageTokens(ring=world.ring, entropy=world.entropy),
        clock=world.clock,
    )
    return await world.run(operation, request, caller or world.user(ADMIN))


async def revoke(
    world: StsWorld, caller: str = ADMIN, **target: Any
) -> RevokeSessionsResult:
    """Runs RevokeSessions; the one worker's lease is not in the way."""
    operation = RevokeSessions(
        store=world.store,
        directory=world.directory,
        authorizers=world.authorizers,
        revoker=world.revoker,
        clock=world.clock,
    )
    world.log._leases.clear()
    request = RevokeSessionsRequest(**target)
    result = await world.run(operation, request, world.user(caller))
    await world.follower.catch_up()
    return result


async def test_get_refuses_another_account(world: StsWorld) -> None:
    """A key of another account is refused before anything is looked up."""
    key = await issue(world, org.LOCAL)

    with pytest.raises(AccessDeniedError) as caught:
        await get(world, key)

    assert "session_of_another_account" == caught.value.detail


async def test_get_refuses_without_permission(world: StsWorld) -> None:
    """Showing a session takes daypass:GetSession, whether it exists or not."""
    for key in (await issue(world), encode_access_key_id("ASIA", org.B, 5)):
        with pytest.raises(AccessDeniedError):
            await get(world, key, CLERK)


async def test_get_refuses_what_is_no_key(world: StsWorld) -> None:
    """What is no access key id is refused with its field."""
    with pytest.raises(ValidationError) as caught:
        await get(world, "short")

    assert "access_key_id" == caught.value.violations[0].field


async def test_get_knows_no_such_session(world: StsWorld) -> None:
    """A session that does not exist is not found, to those who may know that."""
    with pytest.raises(NotFoundError):
        await get(world, encode_access_key_id("ASIA", org.B, 5))


async def test_get_shows_who_asked(world: StsWorld) -> None:
    """A record tells whose session it is and who asked for it."""
    record = await get(world, await issue(world))

    assert (record.principal_arn, record.issued_to) == (org.READER, org.BOB)


async def test_list_refuses_another_accounts_role(world: StsWorld) -> None:
    """A role of another account is refused."""
    request = ListSessionsRequest(PrincipalChoice(role_arn=org.LOCAL))

    with pytest.raises(AccessDeniedError):
        await listing(world, request)


async def test_list_refuses_a_negative_size(world: StsWorld) -> None:
    """A negative page size is refused."""
    with pytest.raises(ValidationError):
        await listing(world, ListSessionsRequest(PrincipalChoice(), -1))


async def test_list_refuses_an_unknown_role(world: StsWorld) -> None:
    """A role of the account that does not exist is refused, to those who may list."""
    with pytest.raises(ValidationError):
        await listing(world, ListSessionsRequest(PrincipalChoice(role_arn=org.ABSENT)))


async def test_list_shows_the_account_only(world: StsWorld) -> None:
    """Without a filter the sessions of the caller's account are listed."""
    keys = {await issue(world), await issue(world, org.TAGGED)}
    await issue(world, org.LOCAL)

    page = await listing(world, ListSessionsRequest(PrincipalChoice()))

    assert {record.access_key_id for record in page.records} == keys


async def test_list_follows_its_pages(world: StsWorld) -> None:
    """Pages of two hold all of five sessions of a role once."""
    keys = {await issue(world) for _ in range(5)}
    await issue(world, org.TAGGED)
    seen: list[str] = []
    token = ""
    for _ in range(3):
        page = await listing(world, ListSessionsRequest(READER, 2, token))
        seen += [record.access_key_id for record in page.records]
        token = page.next_page_token

    assert (sorted(keys), "") == (sorted(seen), token)


async def test_page_token_is_bound_to_its_list(world: StsWorld) -> None:
    """A page token does not continue another list."""
    for _ in range(3):
        await issue(world)
    first = await listing(world, ListSessionsRequest(READER, 1))

    with pytest.raises(ValidationError) as caught:
        await listing(
            world, ListSessionsRequest(PrincipalChoice(), 1, first.next_page_token)
        )

    assert "page_token_not_ours" == caught.value.detail


@pytest.mark.parametrize("token", ["x", "a.b", ".", "a.%%%", "a" * 9000])
async def test_forged_page_token_is_refused(world: StsWorld, token: str) -> None:
    """A page token that is not ours is refused."""
    with pytest.raises(ValidationError):
        await listing(world, ListSessionsRequest(READER, 1, token))


async def test_changed_page_token_is_refused(world: StsWorld) -> None:
    """A page token with one character changed is refused."""
    await issue(world)
    await issue(world)
    token = (await listing(world, ListSessionsRequest(READER, 1))).next_page_token
    changed = token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]

    with pytest.raises(ValidationError):
        await listing(world, ListSessionsRequest(READER, 1, changed))


@pytest.mark.parametrize(
    "target",
    [
        {},
        {"account_id": org.B, "access_key_id": "x" * 20},
        {"account_id": org.B, "reason": "r" * 257},
    ],
)
async def test_revoke_wants_one_target(world: StsWorld, target: dict[str, Any]) -> None:
    """Nothing, too much, or too long a reason is refused."""
    with pytest.raises(ValidationError):
        await revoke(world, **target)


@pytest.mark.parametrize(
    "target",
    [
        {"account_id": org.A},
        {"whose": PrincipalChoice(role_arn=org.LOCAL)},
        {"access_key_id": encode_access_key_id("ASIA", org.A, 5)},
    ],
)
async def test_revoke_stays_in_the_account(
    world: StsWorld, target: dict[str, Any]
) -> None:
    """What is another account's is refused (C20)."""
    with pytest.raises(AccessDeniedError):
        await revoke(world, **target)


async def test_revoke_takes_a_permission(world: StsWorld) -> None:
    """Revoking takes daypass:RevokeSessions."""
    with pytest.raises(AccessDeniedError):
        await revoke(world, CLERK, access_key_id=await issue(world))


@pytest.mark.parametrize("kind", ["session", "role", "account"])
async def test_revoke_ends_the_session(world: StsWorld, kind: str) -> None:
    """Each target ends the session that it covers."""
    result = await world.assume(world.user(org.BOB), org.READER)
    targets: dict[str, dict[str, Any]] = {
        "session": {"access_key_id": result.credentials.access_key_id},
        "role": {"whose": READER},
        "account": {"account_id": org.B},
    }

    revoked = await revoke(world, **targets[kind], reason="test")

    assert RevokeSessionsResult(1, effective_everywhere=True) == revoked
    with pytest.raises(Exception, match="session_revoked"):
        await world.session(result)


async def test_revoke_of_an_ended_session_succeeds(world: StsWorld) -> None:
    """Revoking a session that is not there succeeds, twice."""
    key = encode_access_key_id("ASIA", org.B, 5)

    numbers = [(await revoke(world, access_key_id=key)).sequence for _ in range(2)]

    assert [1, 2] == numbers


async def test_revocation_is_audited(world: StsWorld) -> None:
    """The audit record names the target and the reason."""
    await revoke(world, whose=READER, reason="laptop lost")

    record = world.audit.records[-1]
    assert {"role_arn": org.READER, "reason": "laptop lost"} == dict(record.attributes)


async def test_unstored_revocation_is_not_acknowledged(world: StsWorld) -> None:
    """A log that does not take the entry makes the call fail."""
    world.log.fail_next(StoreUnavailableError(), method="append")

    with pytest.raises(StoreUnavailableError):
        await revoke(world, account_id=org.B)
