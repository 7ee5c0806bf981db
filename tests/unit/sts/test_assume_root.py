"""AssumeRoot: credentials for one task of the root user of a member account.

SPEC: sts-operations 0.9 and 1.4; details 16 and 44.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
import pytest_asyncio

from daypass.core.credentials import Credentials
from daypass.core.errors import (
    AccessDeniedError,
)
from daypass.core.revocation import RevocationScope
from daypass.core.session import SessionPolicies
from daypass.policy.context import RequestContext
from daypass.policy.decision import Slot
from daypass.policy.evaluate import decide
from daypass.sts.assume_root_request import task_policy_arn
from daypass.sts.policy_question import Target
from daypass.sts.principals import PrincipalGoneError
from daypass.sts.revocation_view import SessionRevokedError
from daypass.sts.tags import Tag
from support.sts_world import CALL, StsWorld, allow
from unit.sts import managed_organisation as org
from unit.sts.credentials import (
    AUDIT_TASK,
    assume_root,
    holder,
    revoke,
    root,
    session_token,
    user,
)

LIST: Final = "iam:ListAccessKeys"


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns the organisation, with nothing issued."""
    return await org.managed()


def replaced(world: StsWorld, old: str, new: str) -> None:
    """Changes every file of the directory."""
    world.declare(*(text.replace(old, new) for text in org.FILES))


async def of_member(world: StsWorld, **parameters: object) -> Credentials:
    """Returns credentials of the member's root user that ann asked for."""
    ann = await user(world, org.ANN)
    return (await assume_root(world, ann, org.MEMBER, **parameters)).credentials


async def decided(
    world: StsWorld, credentials: Credentials, action: str
) -> Slot | str | None:
    """Returns `allowed`, or the slot that refuses an action in the account."""
    caller = await holder(world, credentials)
    authorizer = world.authorizers.authorizer(world.directory.current())
    context = RequestContext.of(authorizer.keys(caller, CALL, {}))
    target = Target(f"arn:aws:iam::{org.MEMBER}:user/ben", org.MEMBER)
    decision = decide(authorizer.question(action, target, caller, context))
    return "allowed" if decision.allowed else decision.slot


async def test_root_refused(world: StsWorld) -> None:
    """Root credentials are refused, those of a session too."""
    owner = await root(world, org.MANAGEMENT)
    session = await holder(world, (await session_token(world, owner)).credentials)

    for caller in (owner, session):
        with pytest.raises(AccessDeniedError) as caught:
            await assume_root(world, caller, org.MEMBER)
        assert "caller_kind" == caught.value.detail


async def test_session_of_user_refused(world: StsWorld) -> None:
    """A session of GetSessionToken is refused."""
    ann = await user(world, org.ANN)
    session = await holder(world, (await session_token(world, ann)).credentials)

    with pytest.raises(AccessDeniedError):
        await assume_root(world, session, org.MEMBER)


async def test_root_session_refused(world: StsWorld) -> None:
    """A session of AssumeRoot cannot go on to another account."""
    caller = await holder(world, await of_member(world))

    with pytest.raises(AccessDeniedError):
        await assume_root(world, caller, org.OTHER)


async def test_without_permission_refused(world: StsWorld) -> None:
    """The caller's policies must allow it on the root of the member."""
    replaced(
        world, allow("sts:*"), allow("sts:AssumeRoot", f"arn:aws:iam::{org.OTHER}:root")
    )
    ann = await user(world, org.ANN)

    with pytest.raises(AccessDeniedError) as caught:
        await assume_root(world, ann, org.MEMBER)

    assert (
        f"User: {org.ANN} is not authorized to perform: sts:AssumeRoot"
        f" on resource: {org.MEMBER_ROOT}"
    ) == caught.value.message
    await assume_root(world, ann, org.OTHER)


async def test_condition_on_task(world: StsWorld) -> None:
    """Policies may ask for the task by `sts:TaskPolicyArn`."""
    policy = allow("sts:*").replace(
        '"*"}',
        f'"*", Condition: {{StringEquals: {{"sts:TaskPolicyArn": "{AUDIT_TASK}"}}}}}}',
    )
    replaced(world, allow("sts:*"), policy)
    other = task_policy_arn("aws", "S3UnlockBucketPolicy")

    with pytest.raises(AccessDeniedError):
        await of_member(world, task_policy_arn=other)

    await of_member(world)


@pytest.mark.parametrize(
    ("caller", "target"),
    [
        (org.BEN, org.MEMBER),
        (org.BEN, org.OTHER),
        (org.BEN, org.MANAGEMENT),
        (org.OUT, org.MEMBER),
        (org.OUT, org.OUTSIDER),
        (org.OUT, "000000000001"),
        (org.ANN, org.MANAGEMENT),
        (org.ANN, org.OUTSIDER),
        (org.ANN, "000000000001"),
    ],
)
async def test_only_managers_and_members(
    world: StsWorld, caller: str, target: str
) -> None:
    """Who is not of the management account, and what is no member, is refused alike."""
    with pytest.raises(AccessDeniedError) as caught:
        await assume_root(world, await user(world, caller), target)

    assert "not_a_member_of_own_organization" == caught.value.detail
    assert (
        "AssumeRoot is for callers of the management account of an organization or its"
        " delegated administrator, for member accounts, and for tasks that are enabled"
    ) == caught.value.message


async def test_denied_by_resource_control(world: StsWorld) -> None:
    """A resource control policy over the member may deny it; no other is shown."""
    document = (
        '{Version: "2012-10-17", Statement: [{Effect: Deny, Principal: "*",'
        ' Action: "sts:AssumeRoot", Resource: "*"}]}'
    )
    world.declare(
        *org.ACCOUNTS,
        org.TASKS,
        org.ORGANIZATION.replace(
            "policies: {}", f"policies: {{Keep: {document}}}"
        ).replace(
            f'"{org.MEMBER}": {{}}',
            f'"{org.MEMBER}": {{resource_control_policies: [Keep]}}',
        ),
    )
    ann, out = await user(world, org.ANN), await user(world, org.OUT)

    with pytest.raises(AccessDeniedError) as caught:
        await assume_root(world, ann, org.MEMBER)
    with pytest.raises(AccessDeniedError) as foreign:
        await assume_root(world, out, org.MEMBER)

    assert "policy" == caught.value.detail
    assert "not_a_member_of_own_organization" == foreign.value.detail
    await assume_root(world, ann, org.OTHER)


async def test_permissions_are_the_task(world: StsWorld) -> None:
    """The session may do what its task says, and nothing else of a root user's."""
    credentials = await of_member(world)

    assert Slot.SESSION is await decided(world, credentials, "iam:DeleteUser")
    assert Slot.SESSION is await decided(world, credentials, "s3:GetObject")
    assert "allowed" == await decided(world, credentials, LIST)


async def test_permissions_follow_the_policy(world: StsWorld) -> None:
    """A task policy that changes or goes away counts at once."""
    credentials = await of_member(world)
    assert "allowed" == await decided(world, credentials, LIST)

    replaced(world, LIST, "iam:GetLoginProfile")
    assert Slot.SESSION is await decided(world, credentials, LIST)

    world.declare(*org.ACCOUNTS, org.ORGANIZATION)
    assert Slot.SESSION is await decided(world, credentials, "iam:GetLoginProfile")


async def test_no_task_no_permission(world: StsWorld) -> None:
    """A session that names no task may do nothing, whoever could make one."""
    caller = await holder(world, await of_member(world))
    assert caller.session is not None
    session = replace(caller.session, policies=SessionPolicies())
    authorizer = world.authorizers.authorizer(world.directory.current())
    target = Target(org.MEMBER_ROOT, org.MEMBER)
    context = RequestContext.of(authorizer.keys(caller, CALL, {}))

    decision = decide(
        authorizer.question(LIST, target, replace(caller, session=session), context)
    )

    assert not decision.allowed


async def test_long_term_root_uncapped(world: StsWorld) -> None:
    """Neither root keys nor a session of GetSessionToken have a task."""
    owner = await root(world, org.MEMBER)
    session = (await session_token(world, owner)).credentials

    assert "allowed" == await decided(world, session, "iam:DeleteUser")


async def test_context_of_session(world: StsWorld) -> None:
    """The session's requests say that the root user was assumed, and no tags."""
    keeper = await world.session(
        await world.assume(
            await user(world, org.ANN),
            org.KEEPER,
            tags=(Tag("team", "red"),),
            transitive_tag_keys=("team",),
        )
    )
    result = await assume_root(world, keeper, org.MEMBER)
    authorizer = world.authorizers.authorizer(world.directory.current())

    keys = authorizer.keys(await holder(world, result.credentials), CALL, {})
    before = authorizer.keys(await root(world, org.MEMBER), CALL, {})

    assert ("true", "false", "Account", org.MEMBER_ROOT) == (
        keys["aws:AssumedRoot"],
        keys["aws:MultiFactorAuthPresent"],
        keys["aws:PrincipalType"],
        keys["aws:PrincipalArn"],
    )
    assert [] == [key for key in keys if key.startswith("aws:PrincipalTag")]
    assert "aws:AssumedRoot" not in before


async def test_source_identity_kept(world: StsWorld) -> None:
    """The source identity of the caller is told and kept; without one there is none."""
    ann = await user(world, org.ANN)
    keeper = await world.session(
        await world.assume(ann, org.KEEPER, source_identity="ann")
    )

    result = await assume_root(world, keeper, org.MEMBER)
    without = await assume_root(world, ann, org.MEMBER)

    session = (await holder(world, result.credentials)).session
    assert session is not None
    assert ("ann", "ann", None) == (
        result.source_identity,
        session.source_identity,
        without.source_identity,
    )


async def test_account_that_is_gone(world: StsWorld) -> None:
    """A member that is gone ends the sessions of its root."""
    credentials = await of_member(world)
    world.declare(
        org.ACCOUNTS[0],
        org.TASKS,
        org.ORGANIZATION.replace(f'"{org.MEMBER}": {{}}, "{org.OTHER}": {{}}', ""),
    )

    with pytest.raises(PrincipalGoneError):
        await holder(world, credentials)


@pytest.mark.parametrize("what", ["itself", "parent", "role", "user", "account"])
async def test_revocation_ends_it(world: StsWorld, what: str) -> None:
    """Revoking the session, its lineage, the principals or the account ends it."""
    ann = await user(world, org.ANN)
    keeper = await world.session(await world.assume(ann, org.KEEPER))
    assert keeper.session is not None
    result = await assume_root(world, keeper, org.MEMBER)
    subjects = {
        "itself": (RevocationScope.SESSION, result.credentials.access_key_id),
        "parent": (RevocationScope.SESSION, keeper.access_key_id),
        "role": (RevocationScope.PRINCIPAL, keeper.session.principal_id),
        "user": (RevocationScope.PRINCIPAL, ann.principal.user_id),
        "account": (RevocationScope.ACCOUNT, org.MEMBER),
    }

    await revoke(world, *subjects[what])

    with pytest.raises(SessionRevokedError):
        await holder(world, result.credentials)


async def test_audit_names_target_and_task(world: StsWorld) -> None:
    """The audit log says which account, which task, and what was issued."""
    credentials = await of_member(world)

    record = world.audit.records[-1]
    assert ("AssumeRoot", org.MEMBER_ROOT, credentials.access_key_id) == (
        record.operation,
        record.resource,
        record.issued_access_key_id,
    )
    assert ("task_policy", AUDIT_TASK) in record.attributes
