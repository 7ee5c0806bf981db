"""What a federated user may do with its credentials, and what ends them.

SPEC: sts-operations 0.6, 0.7, 0.9 and 1.9; policy-language 7.3 and 7.5; details 17,
19, 21, 23, 24 and 25.
"""

from __future__ import annotations

import json
from typing import Final

import pytest

from daypass.core.credentials import Credentials
from daypass.core.revocation import RevocationScope
from daypass.policy.context import RequestContext
from daypass.policy.decision import Slot
from daypass.policy.document import DocumentKind, Policy, PolicySource
from daypass.policy.evaluate import decide
from daypass.policy.parse import parse_policy
from daypass.sts.policy_question import Target
from daypass.sts.principals import PrincipalGoneError
from daypass.sts.revocation_view import SessionRevokedError
from daypass.sts.tags import Tag
from support.sts_world import CALL, StsWorld, allow
from unit.sts import organisation as org
from unit.sts.credentials import (
    federation_token,
    holder,
    revoke,
    root,
    user,
)

GUEST: Final = f"arn:aws:sts::{org.A}:federated-user/guest"
BUCKET: Final = "arn:aws:s3:::logs/today"
READ: Final = (
    '{"Version":"2012-10-17","Statement":'
    '{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}'
)
MANAGED: Final = f"arn:aws:iam::{org.A}:policy/ReadLogs"
POLICIES: Final = f"""
account: {{id: "{org.A}"}}
policies:
  ReadLogs: {{document: {allow("s3:GetObject")}}}
"""


def permit(world: StsWorld, *actions: str) -> None:
    """Replaces what bob may do."""
    rows = ", ".join(f'"{action}"' for action in actions)
    listed = allow("sts:*").replace('"sts:*"', f"[{rows}]")
    world.declare(
        org.ACCOUNT_A.replace(allow("sts:*"), listed), org.ACCOUNT_B, POLICIES
    )


async def decided(
    world: StsWorld,
    credentials: Credentials,
    action: str = "s3:GetObject",
    bucket: Policy | None = None,
) -> Slot | str | None:
    """Returns `allowed`, or the slot that refuses an action on an object."""
    caller = await holder(world, credentials)
    authorizer = world.authorizers.authorizer(world.directory.current())
    context = RequestContext.of(authorizer.keys(caller, CALL, {}))
    target = Target(BUCKET, org.A, trust=bucket)
    decision = decide(authorizer.question(action, target, caller, context))
    return "allowed" if decision.allowed else decision.slot


async def test_nothing_without_session_policy(world: StsWorld) -> None:
    """Without a session policy the guest may do nothing of the user's (21)."""
    permit(world, "sts:*", "s3:*")
    bob = await user(world, org.BOB)

    without = await federation_token(world, bob)
    result = await federation_token(world, bob, policy=READ)

    assert Slot.SESSION is await decided(world, without.credentials)
    assert "allowed" == await decided(world, result.credentials)
    assert "allowed" == await decided(
        world, without.credentials, "sts:GetCallerIdentity"
    )


async def test_nothing_without_session_policy_of_root(world: StsWorld) -> None:
    """A guest of a root user has what the session policy allows, and no more."""
    owner = await root(world, org.A)

    without = await federation_token(world, owner)
    result = await federation_token(world, owner, policy=READ)

    assert Slot.SESSION is await decided(world, without.credentials)
    assert Slot.SESSION is await decided(world, result.credentials, "s3:PutObject")
    assert "allowed" == await decided(world, result.credentials)


async def test_no_more_than_the_user(world: StsWorld) -> None:
    """A session policy gives nothing that the user does not have."""
    bob = await user(world, org.BOB)

    result = await federation_token(world, bob, policy=READ)

    assert Slot.IDENTITY is await decided(world, result.credentials)


async def test_managed_session_policy(world: StsWorld) -> None:
    """A managed policy of the account works as a session policy."""
    permit(world, "sts:*", "s3:*")
    result = await federation_token(
        world, await user(world, org.BOB), policy_arns=(MANAGED,)
    )

    assert Slot.SESSION is await decided(world, result.credentials, "s3:PutObject")
    assert "allowed" == await decided(world, result.credentials)


async def test_resource_policy_names_the_guest(world: StsWorld) -> None:
    """A resource policy that names the guest grants beside session policies."""
    result = await federation_token(world, await user(world, org.BOB))
    document = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": GUEST},
            "Action": "s3:GetObject",
            "Resource": "*",
        },
    }
    bucket = parse_policy(
        json.dumps(document),
        kind=DocumentKind.RESOURCE,
        source=PolicySource(slot="resource", name="bucket"),
    )

    assert "allowed" == await decided(world, result.credentials, bucket=bucket)


async def test_tags_overlay_those_of_the_user(world: StsWorld) -> None:
    """A tag replaces the user's tag whose key is equal ignoring case (25)."""
    result = await federation_token(
        world, await user(world, org.BOB), tags=(Tag("Team", "blue"),)
    )
    caller = await holder(world, result.credentials)
    authorizer = world.authorizers.authorizer(world.directory.current())

    keys = authorizer.keys(caller, CALL, {})

    assert {"aws:PrincipalTag/Team": "blue", "aws:PrincipalTag/Stage": "dev"} == {
        key: value for key, value in keys.items() if key.startswith("aws:PrincipalTag")
    }
    assert ("false", "FederatedUser") == (
        keys["aws:MultiFactorAuthPresent"],
        keys["aws:PrincipalType"],
    )


async def test_deleted_user_ends_it(world: StsWorld) -> None:
    """A user that is gone ends the sessions of its guests."""
    result = await federation_token(world, await user(world, org.BOB))
    without_bob = org.ACCOUNT_A.replace("  bob:", "  rob:").replace(org.BOB, org.EVE)
    world.declare(without_bob, org.ACCOUNT_B.replace(org.BOB, org.EVE))

    with pytest.raises(PrincipalGoneError):
        await holder(world, result.credentials)


@pytest.mark.parametrize(
    "scope",
    [RevocationScope.SESSION, RevocationScope.PRINCIPAL, RevocationScope.ACCOUNT],
)
async def test_revocation_ends_it(world: StsWorld, scope: RevocationScope) -> None:
    """Revoking the session, the user or the account ends it."""
    bob = await user(world, org.BOB)
    result = await federation_token(world, bob)
    subjects = {
        RevocationScope.SESSION: result.credentials.access_key_id,
        RevocationScope.PRINCIPAL: bob.principal.user_id,
        RevocationScope.ACCOUNT: org.A,
    }

    await revoke(world, scope, subjects[scope])

    with pytest.raises(SessionRevokedError):
        await holder(world, result.credentials)
