"""Callers that are really proven, and the operations that issue credentials."""

from __future__ import annotations

from datetime import timedelta

from daypass.core.credentials import Credentials
from daypass.core.revocation import Revocation, RevocationScope
from daypass.directory.entities import AccessKey
from daypass.sts.assume_root import AssumeRoot, AssumeRootResult
from daypass.sts.assume_root_request import AssumeRootRequest, task_policy_arn
from daypass.sts.caller import Caller
from daypass.sts.get_federation_token import (
    GetFederationToken,
    GetFederationTokenRequest,
    GetFederationTokenResult,
)
from daypass.sts.get_session_token import (
    GetSessionToken,
    GetSessionTokenRequest,
    GetSessionTokenResult,
)
from support.sts_world import StsWorld

AUDIT_TASK = task_policy_arn("aws", "IAMAuditRootUserCredentials")


async def user(world: StsWorld, arn: str) -> Caller:
    """Returns a user that has shown its first long-term key."""
    entry = world.directory.current().user_by_arn(arn)
    assert entry is not None, f"{arn} is not declared"
    return await _proven(world, entry.access_keys[0])


async def root(world: StsWorld, account_id: str) -> Caller:
    """Returns the root user of an account that has shown its long-term key."""
    account = world.directory.current().account(account_id)
    assert account is not None, f"{account_id} is not declared"
    return await _proven(world, account.root.access_keys[0])


async def holder(world: StsWorld, credentials: Credentials) -> Caller:
    """Returns whoever has issued credentials, really proven."""
    return await world.authenticate(
        credentials.access_key_id,
        credentials.secret_access_key,
        credentials.session_token,
    )


async def session_token(
    world: StsWorld, caller: Caller, request: GetSessionTokenRequest | None = None
) -> GetSessionTokenResult:
    """Calls GetSessionToken."""
    operation = GetSessionToken(issuer=world.issuer, second_factor=world.second_factor)
    return await world.run(operation, request or GetSessionTokenRequest(), caller)


async def assume_root(
    world: StsWorld, caller: Caller, target: str | None, **parameters: object
) -> AssumeRootResult:
    """Calls AssumeRoot, for the task of an audit unless one is given."""
    operation = AssumeRoot(
        directory=world.directory,
        authorizers=world.authorizers,
        issuer=world.issuer,
        clock=world.clock,
        chains=world.chains,
    )
    fields: dict[str, object] = {
        "target_principal": target,
        "task_policy_arn": AUDIT_TASK,
        **parameters,
    }
    request = AssumeRootRequest(**fields)  # type: ignore[arg-type]
    return await world.run(operation, request, caller)


async def federation_token(
    world: StsWorld, caller: Caller, **parameters: object
) -> GetFederationTokenResult:
    """Calls GetFederationToken, for the name `guest` unless one is given."""
    operation = GetFederationToken(
        directory=world.directory,
        authorizers=world.authorizers,
        session_policies=world.policies,
        issuer=world.issuer,
    )
    fields: dict[str, object] = {"name": "guest", **parameters}
    request = GetFederationTokenRequest(**fields)  # type: ignore[arg-type]
    return await world.run(operation, request, caller)


async def revoke(world: StsWorld, scope: RevocationScope, subject: str) -> None:
    """Revokes, and lets the worker read of it."""
    now = world.clock.now()
    await world.log.append(Revocation(scope, subject, now, now + timedelta(days=3)))
    await world.follower.catch_up()


async def _proven(world: StsWorld, key: AccessKey) -> Caller:
    return await world.authenticate(key.access_key_id, key.secret_access_key)
