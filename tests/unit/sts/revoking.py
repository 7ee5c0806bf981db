"""Revocations that a worker has read, and what becomes of sessions."""

from __future__ import annotations

from datetime import timedelta

from daypass.core.revocation import Revocation, RevocationScope
from daypass.core.session import Session
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.revocation_view import SessionRevokedError
from support.sts_world import StsWorld


async def revoke(world: StsWorld, scope: RevocationScope, subject: str) -> None:
    """Appends a revocation, and lets the worker read it."""
    now = world.clock.now()
    await world.log.append(Revocation(scope, subject, now, now + timedelta(days=3)))
    await world.follower.catch_up()


async def session_of(world: StsWorld, result: AssumeRoleResult) -> Session:
    """Returns the session of issued credentials."""
    caller = await world.session(result)
    assert caller.session is not None
    return caller.session


async def refused(world: StsWorld, result: AssumeRoleResult) -> bool:
    """Tells whether credentials are refused as revoked."""
    try:
        await world.session(result)
    except SessionRevokedError:
        return True
    return False
