"""A permission is remembered for who has it, while nothing that decided it changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daypass.core.errors import AccessDeniedError
from daypass.core.session import SessionPolicies
from daypass.sts.audit import AuditEntry
from daypass.sts.caller import CallContext, Caller
from daypass.sts.pipeline import Invocation
from daypass.sts.remembered_permission import RememberedPermission
from support.sts_world import StsWorld, allow
from unit.sts import organisation as org

ADMIN = f"arn:aws:iam::{org.B}:user/admin"
CLERK = f"arn:aws:iam::{org.B}:user/clerk"
CALL = CallContext("r1", "192.0.2.1", None, secure_transport=True)
# What the administrator may, as the directory declares it, and by a condition.
ANYTHING = allow("daypass:*")
FROM_HERE = f'{ANYTHING[:-3]}, Condition: {{IpAddress: {{"aws:SourceIp": "192.0.2.0/24"}}}}}}]}}'


def permission(world: StsWorld, **bounds: int) -> RememberedPermission:
    """Returns the permission to verify tokens."""
    return RememberedPermission(
        "daypass:VerifyToken",
        authorizers=world.authorizers,
        **bounds,
    )


def ask(
    world: StsWorld,
    asked: RememberedPermission,
    caller: Caller,
    call: CallContext = CALL,
) -> AuditEntry:
    """Asks for the permission, and returns what is recorded."""
    entry = AuditEntry("VerifyToken", call, caller, "d1")
    asked.require(Invocation(caller, call, entry), world.directory.current())
    return entry


def test_same_record_each_time(world: StsWorld) -> None:
    """Who may is remembered, and the record names the statement as before."""
    asked, admin = permission(world), world.user(ADMIN)

    first, second = ask(world, asked, admin), ask(world, asked, admin)

    assert 1 == len(asked)
    assert first.decided_by
    assert first.decided_by == second.decided_by


def test_refusal_is_not_remembered(world: StsWorld) -> None:
    """Who may not is refused each time, with a decision of its own."""
    asked, clerk = permission(world), world.user(CLERK)

    for _ in range(2):
        with pytest.raises(AccessDeniedError) as caught:
            ask(world, asked, clerk)
        assert "d1" == caught.value.metadata["decision_id"]

    assert 0 == len(asked)


def test_ends_with_the_directory(world: StsWorld) -> None:
    """A permission that was taken away is gone with the next call."""
    asked, admin = permission(world), world.user(ADMIN)
    ask(world, asked, admin)

    taken = org.ACCOUNT_B.replace(ANYTHING, allow("daypass:Authorize"))
    world.declare(org.ACCOUNT_A, taken)

    with pytest.raises(AccessDeniedError):
        ask(world, asked, world.user(ADMIN))


def test_condition_is_asked_each_time(world: StsWorld) -> None:
    """A yes that asked something of a call says nothing of another call."""
    world.declare(org.ACCOUNT_A, org.ACCOUNT_B.replace(ANYTHING, FROM_HERE))
    asked, admin = permission(world), world.user(ADMIN)
    ask(world, asked, admin)

    with pytest.raises(AccessDeniedError):
        ask(world, asked, admin, replace(CALL, source_address="198.51.100.1"))

    assert 0 == len(asked)


def test_other_principal_with_the_same_key(world: StsWorld) -> None:
    """What is remembered of a key is nothing to another principal."""
    asked, admin = permission(world), world.user(ADMIN)
    ask(world, asked, admin)
    other = replace(admin, principal=world.user(CLERK).principal)

    with pytest.raises(AccessDeniedError):
        ask(world, asked, other)


async def test_session_with_policies(world: StsWorld) -> None:
    """What a session without policies may is nothing to one with policies."""
    result = await world.assume(world.user(org.BOB), org.READER)
    text = result.credentials.session_token.reveal_text()
    session = world.tokens.verify(text, world.clock.now())
    asked, admin = permission(world), world.user(ADMIN)
    ask(world, asked, admin)
    bound = replace(
        session,
        policies=SessionPolicies(
            '{"Version":"2012-10-17","Statement":'
            '[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
        ),
    )

    with pytest.raises(AccessDeniedError):
        ask(world, asked, replace(admin, session=bound))


def test_bounded(world: StsWorld) -> None:
    """The last callers are remembered, and no more."""
    asked, admin = permission(world, size_max=2), world.user(ADMIN)

    for number in range(5):
        ask(world, asked, replace(admin, access_key_id=f"AKIA{number}"))

    assert 2 == len(asked)
