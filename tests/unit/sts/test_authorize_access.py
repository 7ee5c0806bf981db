"""Authorize: answers about sessions and users, for who owns the resource."""

from __future__ import annotations

import pytest
import pytest_asyncio

from daypass.core.errors import (
    AccessDeniedError,
)
from daypass.policy.decision import Effect, Slot
from daypass.sts.access_question import AccessQuestion, ContextEntry
from support.sts_world import StsWorld, allow
from unit.sts import access
from unit.sts import organisation as org
from unit.sts.access import answer, explain, proven

BUCKET = "arn:aws:s3:::bucket"
PUBLIC = (
    '{"Version":"2012-10-17","Statement":{"Sid":"Everyone","Effect":"Allow",'
    '"Principal":{"AWS":"*"},"Action":"s3:GetObject","Resource":"*"}}'
)
TO_A = PUBLIC.replace('"AWS":"*"', f'"AWS":"{org.A}"')
FROM_OFFICE = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow",'
    f'"Principal":{{"AWS":"{org.A}"}},"Action":"s3:GetObject","Resource":"*",'
    '"Condition":{"StringEquals":{"aws:SourceVpc":"vpc-office"}}}}'
)


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns three accounts, each with somebody who may ask."""
    return await access.three_accounts()


READ = AccessQuestion("s3:GetObject", BUCKET)


async def test_denial_is_an_answer(world: StsWorld) -> None:
    """What nothing allows is denied, with the message for the principal."""
    outcome = await answer(world, READ, user=access.CLERK)

    assert not outcome.allowed
    assert (Effect.IMPLICIT_DENY, Slot.IDENTITY) == (outcome.effect, outcome.slot)
    assert (
        f"User: {access.CLERK} is not authorized to perform: s3:GetObject on"
        f" resource: {BUCKET} because no identity-based policy allows the"
        " s3:GetObject action"
    ) == outcome.reason


async def test_denial_is_explained(world: StsWorld) -> None:
    """The decision id of such an answer leads to its reasons."""
    outcome = await answer(world, READ, user=access.CLERK)

    explained = await explain(world, outcome.decision_id, access.ADMIN)

    assert "Authorize" == explained.operation
    assert access.CLERK == explained.caller_arn


async def test_denial_is_recorded_as_answer(world: StsWorld) -> None:
    """The audit record has the answer; the question itself was allowed."""
    await answer(world, READ, user=access.CLERK)

    record = world.audit.records[-1]
    assert ("allowed", BUCKET) == (record.outcome, record.resource)
    assert "implicitDeny by identity" == record.decided_by
    assert ("subject", access.CLERK) in record.attributes


async def test_subject_account_sees_its_side(world: StsWorld) -> None:
    """The principal's account sees its own side of it, and no resource policy."""
    outcome = await proven(
        world, AccessQuestion("s3:GetObject", BUCKET, FROM_OFFICE), org.EVE
    )

    explained = await explain(world, outcome.decision_id, access.ADA)

    assert "vpc-office" not in repr(explained)
    assert Slot.IDENTITY is explained.explanation.slot


async def test_identity_policy_allows(world: StsWorld) -> None:
    """A user of the account whose policies allow is allowed."""
    outcome = await answer(
        world, AccessQuestion("daypass:VerifyToken", "*"), user=access.ADMIN
    )

    assert outcome.allowed
    assert access.ADMIN == outcome.principal_arn


async def test_foreign_user_needs_resource_policy(world: StsWorld) -> None:
    """A user of another account needs the policy of the resource, too."""
    world.declare(
        access.ACCOUNT_A.replace(allow("sts:*"), allow("s3:*")),
        access.ACCOUNT_B,
        access.ACCOUNT_C,
    )
    allowed = [
        (
            await proven(world, AccessQuestion("s3:GetObject", BUCKET, policy), org.BOB)
        ).allowed
        for policy in (None, TO_A)
    ]

    assert [False, True] == allowed


async def test_session_is_capped(world: StsWorld) -> None:
    """What a session's own policies leave out is denied to it."""
    world.declare(
        access.ACCOUNT_A,
        access.ACCOUNT_B.replace(allow("sts:*"), allow("s3:*")),
        access.ACCOUNT_C,
    )
    policy = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow",'
        '"Action":"s3:ListBucket","Resource":"*"}}'
    )
    whole = await world.assume(world.user(org.BOB), org.READER)
    capped = await world.assume(world.user(org.BOB), org.READER, policy=policy)

    outcomes = [
        await answer(world, READ, token=result.credentials.session_token)
        for result in (capped, whole)
    ]

    assert [False, True] == [outcome.allowed for outcome in outcomes]
    assert Slot.SESSION is outcomes[0].slot
    assert whole.assumed_role_arn == outcomes[1].principal_arn


async def test_context_is_the_subjects(world: StsWorld) -> None:
    """Conditions see the tags and the address of the subject, not the asker's."""
    policy = PUBLIC.replace(
        '"Resource":"*"',
        '"Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"red"},'
        '"Null":{"aws:SourceIp":"true"}}',
    )
    world.declare(
        access.ACCOUNT_A.replace(allow("sts:*"), allow("s3:*")),
        access.ACCOUNT_B,
        access.ACCOUNT_C,
    )

    outcome = await proven(
        world, AccessQuestion("s3:GetObject", BUCKET, policy), org.BOB
    )

    assert outcome.allowed


async def test_role_is_decided_by_trust(world: StsWorld) -> None:
    """Whether a role may be assumed is decided with its trust policy."""
    allowed = [
        (await proven(world, AccessQuestion("sts:AssumeRole", role), org.BOB)).allowed
        for role in (org.NEXT, org.READER)
    ]

    assert [False, True] == allowed


async def test_trust_is_about_assuming(world: StsWorld) -> None:
    """Other actions on a role are decided without its trust policy."""
    world.declare(
        access.ACCOUNT_A,
        access.ACCOUNT_B.replace(allow("s3:GetObject"), allow("s3:*")).replace(
            "  clerk: {}", f"  clerk: {{policies: {{look: {allow('iam:GetRole')}}}}}"
        ),
        access.ACCOUNT_C,
    )

    outcome = await answer(
        world, AccessQuestion("iam:GetRole", org.READER), user=access.CLERK
    )

    assert outcome.allowed


async def test_tags_of_roles_are_declared(world: StsWorld) -> None:
    """Nobody says what the tags of a role are but the directory."""
    tagged = (
        '{Version: "2012-10-17", Statement: [{Effect: Allow, Action: "iam:*",'
        ' Resource: "*", Condition: {StringEquals: {"aws:ResourceTag/team": "mine"}}}]}'
    )
    world.declare(
        access.ACCOUNT_A,
        access.ACCOUNT_B.replace(
            "  clerk: {}", f"  clerk: {{policies: {{tagged: {tagged}}}}}"
        ),
        access.ACCOUNT_C,
    )
    context = (ContextEntry("aws:ResourceTag/team", ("mine",)),)
    question = AccessQuestion("iam:GetRole", org.READER, context=context)

    assert not (await answer(world, question, user=access.CLERK)).allowed


async def test_missing_keys_of_own_policies(world: StsWorld) -> None:
    """The asker learns which facts its own policy asked for in vain."""
    outcome = await proven(
        world, AccessQuestion("s3:GetObject", BUCKET, FROM_OFFICE), org.BOB
    )

    assert ("aws:SourceVpc",) == outcome.missing_keys


async def test_no_missing_keys_of_others(world: StsWorld) -> None:
    """Which facts another account's policies ask for is not the asker's to know."""
    secret = (
        '{Version: "2012-10-17", Statement: [{Effect: Allow, Action: "s3:*",'
        ' Resource: "*", Condition: {StringEquals: {"shop:secret": "x"}}}]}'
    )
    world.declare(
        access.ACCOUNT_A.replace(allow("sts:*"), secret),
        access.ACCOUNT_B,
        access.ACCOUNT_C,
    )
    outcome = await proven(world, AccessQuestion("s3:GetObject", BUCKET, TO_A), org.BOB)

    assert () == outcome.missing_keys
    assert "shop:secret" not in repr(outcome)


async def test_proven_caller_needs_permission(world: StsWorld) -> None:
    """Asking about somebody who is proven takes the same permission."""
    operation = access.AboutProven(world, world.user(org.BOB))

    with pytest.raises(AccessDeniedError) as caught:
        await world.run(operation, READ, world.user(access.CLERK))

    assert "daypass:Authorize" == caught.value.metadata["action"]


async def test_proven_caller_is_asked_about(world: StsWorld) -> None:
    """Somebody who was proven otherwise is decided about in the same way."""
    subject = await world.session(await world.assume(world.user(org.BOB), org.READER))

    outcome = await world.run(
        access.AboutProven(world, subject),
        AccessQuestion("sts:AssumeRole", org.NEXT),
        world.user(access.ADMIN),
    )

    assert outcome.allowed
    assert subject.principal.arn == outcome.principal_arn
