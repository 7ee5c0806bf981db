"""GetSessionToken: credentials of the caller itself.

SPEC: sts-operations 0.9, 0.11 and 1.10; details 16, 17, 19 and 22.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.core.credentials import Credentials
from daypass.core.errors import (
    AccessDeniedError,
    ExpiredTokenError,
    StoreUnavailableError,
    ValidationError,
)
from daypass.core.ports import SessionFilter
from daypass.core.revocation import RevocationScope
from daypass.core.secret import Secret
from daypass.sts.caller import Caller, CallerKind
from daypass.sts.get_session_token import GetSessionTokenRequest
from daypass.sts.principals import PrincipalGoneError
from daypass.sts.revocation_view import SessionRevokedError
from support.sts_world import CALL, StsWorld, allow
from unit.sts import organisation as org
from unit.sts.credentials import holder, revoke, root, session_token, user

BOBS_KEY = "[{id: {file: bob.id}, secret: {file: bob.secret}}]"
INACTIVE = "[{id: {file: bob.id}, secret: {file: bob.secret}, status: Inactive}]"
DENIED = (
    '{Version: "2012-10-17", Statement: [{Effect: Deny, Action: "*", Resource: "*"}]}'
)


def lifetime(world: StsWorld, credentials: Credentials) -> float:
    """Returns for how many seconds from now credentials are good."""
    return (credentials.expire_time - world.clock.now()).total_seconds()


async def of_bob(world: StsWorld) -> Credentials:
    """Returns credentials that bob asked for."""
    result = await session_token(world, await user(world, org.BOB))
    return result.credentials


async def test_role_session_refused(world: StsWorld) -> None:
    """A role session may not call it, whatever its policy (19)."""
    caller = await world.session(await world.assume(world.user(org.BOB), org.READER))

    with pytest.raises(AccessDeniedError) as caught:
        await session_token(world, caller)

    assert "Cannot call GetSessionToken with session credentials" == (
        caught.value.message
    )


async def test_own_session_refused(world: StsWorld) -> None:
    """Credentials that it issued cannot be renewed with themselves."""
    caller = await holder(world, await of_bob(world))

    with pytest.raises(AccessDeniedError) as caught:
        await session_token(world, caller)

    assert "caller_kind" == caught.value.detail


async def test_no_store_no_credentials(world: StsWorld) -> None:
    """Nothing is issued that the store does not have."""
    world.store.fail_next(StoreUnavailableError("down"), method="add")

    with pytest.raises(StoreUnavailableError):
        await of_bob(world)


@pytest.mark.parametrize("seconds", [-1, 0, 899, 129_601])
async def test_duration_out_of_range(world: StsWorld, seconds: int) -> None:
    """A duration outside the range is refused, for a root user too."""
    request = GetSessionTokenRequest(duration_seconds=seconds)

    for caller in (await user(world, org.BOB), await root(world, org.A)):
        with pytest.raises(ValidationError) as caught:
            await session_token(world, caller, request)
        assert "durationSeconds" in caught.value.message


@pytest.mark.parametrize(
    ("seconds", "granted"),
    [(None, 43_200), (900, 900), (3_601, 3_601), (129_600, 129_600)],
)
async def test_duration_of_user(
    world: StsWorld, seconds: int | None, granted: int
) -> None:
    """A user gets what it asks for, and twelve hours without asking (16)."""
    result = await session_token(
        world, await user(world, org.BOB), GetSessionTokenRequest(seconds)
    )

    assert granted == lifetime(world, result.credentials)


@pytest.mark.parametrize(
    ("seconds", "granted"),
    [
        (None, 3_600),
        (900, 900),
        (3_599, 3_599),
        (3_600, 3_600),
        (3_601, 3_600),
        (43_200, 3_600),
        (129_600, 3_600),
    ],
)
async def test_duration_of_root(
    world: StsWorld, seconds: int | None, granted: int
) -> None:
    """A root user gets an hour at the most; more is lowered (17)."""
    result = await session_token(
        world, await root(world, org.A), GetSessionTokenRequest(seconds)
    )

    assert granted == lifetime(world, result.credentials)


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        (GetSessionTokenRequest(serial_number="arn:aws:iam::1:mfa/b"), "tokenCode"),
        (GetSessionTokenRequest(token_code=Secret("012345")), "serialNumber"),
        (
            GetSessionTokenRequest(serial_number="12345678", token_code=Secret("1")),
            "serialNumber",
        ),
        (
            GetSessionTokenRequest(minimum_session_token_size=4_097),
            "minimumSessionTokenSize",
        ),
        (
            GetSessionTokenRequest(minimum_session_token_size=-1),
            "minimumSessionTokenSize",
        ),
    ],
)
async def test_breach_named(
    world: StsWorld, request_: GetSessionTokenRequest, named: str
) -> None:
    """A breach of a constraint names the parameter."""
    with pytest.raises(ValidationError) as caught:
        await session_token(world, await user(world, org.BOB), request_)

    assert named in caught.value.message


async def test_token_as_long_as_asked(world: StsWorld) -> None:
    """The token is at least as long as was asked for, and its size is told."""
    request = GetSessionTokenRequest(minimum_session_token_size=4_096)

    result = await session_token(world, await user(world, org.BOB), request)

    assert 4_096 == result.session_token_bytes
    assert 4_096 == len(result.credentials.session_token.reveal())


async def test_policy_cannot_deny(world: StsWorld) -> None:
    """A policy that denies everything does not deny it."""
    world.declare(org.ACCOUNT_A.replace(allow("sts:*"), DENIED), org.ACCOUNT_B)

    assert 43_200 == lifetime(world, await of_bob(world))


async def test_identity_kept(world: StsWorld) -> None:
    """The session reports the ARN and the id of the user (22)."""
    before = await user(world, org.BOB)

    after = await holder(world, await of_bob(world))

    assert before.principal == after.principal
    assert (org.BOB, CallerKind.USER_SESSION) == (after.principal.arn, after.kind)


async def test_root_stays_root(world: StsWorld) -> None:
    """The session of a root user is the root user."""
    result = await session_token(world, await root(world, org.A))

    after = await holder(world, result.credentials)

    assert f"arn:aws:iam::{org.A}:root" == after.principal.arn
    assert CallerKind.ROOT is after.kind


async def test_second_factor_key_false(world: StsWorld) -> None:
    """Without a second factor the key is present and false; long-term it is absent."""
    session = await holder(world, await of_bob(world))

    assert None is mfa_key(world, await user(world, org.BOB))
    assert "false" == mfa_key(world, session)


def mfa_key(world: StsWorld, caller: Caller) -> object:
    """Returns the value of `aws:MultiFactorAuthPresent` in a caller's requests."""
    authorizer = world.authorizers.authorizer(world.directory.current())
    return authorizer.keys(caller, CALL, {}).get("aws:MultiFactorAuthPresent")


async def test_use_is_not_chaining(world: StsWorld) -> None:
    """A role assumed with the session may last longer than an hour (22)."""
    caller = await holder(world, await of_bob(world))

    result = await world.assume(caller, org.READER, duration_seconds=7_200)

    assert 7_200 == lifetime(world, result.credentials)


async def test_session_ends(world: StsWorld) -> None:
    """The session is good until its last second."""
    credentials = await of_bob(world)
    world.clock.advance(timedelta(seconds=43_199))
    await world.follower.catch_up()
    assert org.BOB == (await holder(world, credentials)).principal.arn

    world.clock.advance(timedelta(seconds=1))

    with pytest.raises(ExpiredTokenError):
        await holder(world, credentials)


async def test_inactive_key_ends_it(world: StsWorld) -> None:
    """Deactivating the long-term key ends the session; activating it revives it."""
    credentials = await of_bob(world)
    world.declare(org.ACCOUNT_A.replace(BOBS_KEY, INACTIVE), org.ACCOUNT_B)

    with pytest.raises(PrincipalGoneError) as caught:
        await holder(world, credentials)

    world.declare(org.ACCOUNT_A, org.ACCOUNT_B)
    assert "parent_key_inactive" == caught.value.detail
    assert org.BOB == (await holder(world, credentials)).principal.arn


async def test_deleted_key_ends_it(world: StsWorld) -> None:
    """Deleting the long-term key ends the session."""
    credentials = await of_bob(world)
    world.declare(org.ACCOUNT_A.replace(BOBS_KEY, "[]"), org.ACCOUNT_B)

    with pytest.raises(PrincipalGoneError) as caught:
        await holder(world, credentials)

    assert "parent_key_gone" == caught.value.detail


async def test_role_outlives_the_key(world: StsWorld) -> None:
    """A role session that came of the session does not depend on the key."""
    caller = await holder(world, await of_bob(world))
    role = await world.assume(caller, org.READER)

    world.declare(org.ACCOUNT_A.replace(BOBS_KEY, INACTIVE), org.ACCOUNT_B)

    assert CallerKind.ROLE_SESSION is (await holder(world, role.credentials)).kind


async def test_deleted_user_ends_it(world: StsWorld) -> None:
    """A user that is gone ends the session, and a namesake does not revive it."""
    credentials = await of_bob(world)
    without_bob = org.ACCOUNT_A.replace("  bob:", "  rob:").replace(org.BOB, org.EVE)
    world.declare(without_bob, org.ACCOUNT_B.replace(org.BOB, org.EVE))
    world.declare(org.ACCOUNT_A, org.ACCOUNT_B)

    with pytest.raises(PrincipalGoneError) as caught:
        await holder(world, credentials)

    assert "user_gone" == caught.value.detail


@pytest.mark.parametrize(
    "scope",
    [RevocationScope.SESSION, RevocationScope.PRINCIPAL, RevocationScope.ACCOUNT],
)
async def test_revocation_ends_it(world: StsWorld, scope: RevocationScope) -> None:
    """Revoking the session, the user or the account ends it and what came of it."""
    credentials = await of_bob(world)
    caller = await holder(world, credentials)
    role = await world.assume(caller, org.LOCAL)
    subjects = {
        RevocationScope.SESSION: credentials.access_key_id,
        RevocationScope.PRINCIPAL: caller.principal.user_id,
        RevocationScope.ACCOUNT: org.A,
    }

    await revoke(world, scope, subjects[scope])

    for each in (credentials, role.credentials):
        with pytest.raises(SessionRevokedError):
            await holder(world, each)


async def test_record_and_audit(world: StsWorld) -> None:
    """The store knows whose session it is, and the audit log who asked."""
    credentials = await of_bob(world)

    page = await world.store.list_sessions(
        SessionFilter(org.A), now=world.clock.now(), limit=10
    )
    (record,) = page.records
    assert (credentials.access_key_id, org.BOB) == (
        record.access_key_id,
        record.principal_arn,
    )
    audited = world.audit.records[-1]
    assert ("GetSessionToken", org.BOB, credentials.access_key_id) == (
        audited.operation,
        audited.resource,
        audited.issued_access_key_id,
    )
