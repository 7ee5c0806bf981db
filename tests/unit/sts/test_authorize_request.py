"""Authorize: who may ask, and which questions are none."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio

from daypass.core import limits
from daypass.core.errors import (
    AccessDeniedError,
    MalformedPolicyDocumentError,
    RevocationViewStaleError,
    ValidationError,
)
from daypass.core.secret import Secret
from daypass.sts.access_question import AccessQuestion, ContextEntry
from daypass.sts.verdict import Verdict
from support.sts_world import LEASE, StsWorld
from unit.sts import access
from unit.sts import organisation as org
from unit.sts.access import answer, ask

BUCKET = "arn:aws:s3:::bucket"
LOGS = f"arn:aws:logs:eu-test-1:{org.B}:group/x"
PUBLIC = (
    '{"Version":"2012-10-17","Statement":{"Sid":"Everyone","Effect":"Allow",'
    '"Principal":{"AWS":"*"},"Action":"s3:GetObject","Resource":"*"}}'
)


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns three accounts, each with somebody who may ask."""
    return await access.three_accounts()


async def reader_token(world: StsWorld) -> Secret:
    """Returns the token of a session of a role of the asker's account."""
    result = await world.assume(world.user(org.BOB), org.READER)
    return result.credentials.session_token


READ = AccessQuestion("s3:GetObject", BUCKET)


async def test_refuses_who_may_not_ask(world: StsWorld) -> None:
    """Asking takes daypass:Authorize, which is an error and not an answer."""
    with pytest.raises(AccessDeniedError):
        await ask(world, READ, user=org.BOB, asker=access.CLERK)


@pytest.mark.parametrize(
    ("asker", "resource"),
    [(access.CLERK, BUCKET), (access.ADMIN, LOGS.replace(org.B, org.A))],
)
async def test_refuses_before_reading_policy(
    world: StsWorld, asker: str, resource: str
) -> None:
    """The policy of a resource is not read for who may not ask about it."""
    question = AccessQuestion("s3:GetObject", resource, "{")

    with pytest.raises(AccessDeniedError):
        await ask(world, question, user=org.BOB, asker=asker)


@pytest.mark.parametrize(
    ("user", "token"), [(None, None), (org.BOB, Secret("token")), (None, Secret(""))]
)
async def test_refuses_not_one_subject(
    world: StsWorld, user: str | None, token: Secret | None
) -> None:
    """A question is about exactly one principal."""
    with pytest.raises(ValidationError):
        await ask(world, READ, user=user, token=token)


@pytest.mark.parametrize("user", ["", "bob", org.READER, f"{org.BOB}*" + "x" * 99])
async def test_refuses_what_is_no_user(world: StsWorld, user: str) -> None:
    """A subject that is not the ARN of a user is wrong."""
    with pytest.raises(ValidationError):
        await ask(world, READ, user=user)


@pytest.mark.parametrize(
    "action",
    ["", "s3", "s3:", ":x", "*", "s3:*", "s3:Get?", "s3:a b", "s:" + "x" * 127],
)
async def test_refuses_what_is_no_action(world: StsWorld, action: str) -> None:
    """An action has a vendor and a name, and stands for itself alone."""
    with pytest.raises(ValidationError):
        await ask(world, AccessQuestion(action, BUCKET), user=access.CLERK)


@pytest.mark.parametrize("resource", ["", "bucket", "arn:aws:s3", BUCKET * 200])
async def test_refuses_what_is_no_resource(world: StsWorld, resource: str) -> None:
    """A resource is an ARN, or the star."""
    with pytest.raises(ValidationError):
        await ask(world, AccessQuestion("s3:GetObject", resource), user=access.CLERK)


@pytest.mark.parametrize("policy", ["", "{}", "[]", '{"Version":"2012-10-17"}'])
async def test_refuses_malformed_policies(world: StsWorld, policy: str) -> None:
    """A resource policy that is none is wrong, and not a denial."""
    question = AccessQuestion("s3:GetObject", BUCKET, policy)

    with pytest.raises((MalformedPolicyDocumentError, ValidationError)):
        await ask(world, question, user=access.CLERK)


@pytest.mark.parametrize(
    "key",
    [
        "aws:PrincipalArn",
        "AWS:principalARN",
        "aws:PrincipalTag/team",
        "aws:PrincipalOrgID",
        "aws:userid",
        "aws:username",
        "aws:TokenIssueTime",
        "aws:MultiFactorAuthPresent",
        "aws:MultiFactorAuthAge",
        "aws:SourceIdentity",
        "aws:FederatedProvider",
        "aws:CurrentTime",
        "aws:EpochTime",
        "aws:ResourceAccount",
        "aws:ViaAWSService",
        "aws:SourceArn",
        "aws:SourceAccount",
        "aws:CalledVia",
        "aws:ResourceTag",
        "sts:ExternalId",
        "\u017fts:ExternalId",
        "saml:sub",
        "daypass:anything",
    ],
)
async def test_refuses_keys_of_the_server(world: StsWorld, key: str) -> None:
    """What the server alone knows cannot be told to it, whatever its spelling."""
    question = AccessQuestion(
        "s3:GetObject", BUCKET, context=(ContextEntry(key, ("x",)),)
    )

    with pytest.raises(ValidationError) as caught:
        await ask(world, question, user=access.CLERK)

    assert key == caught.value.metadata["context_key"]


@pytest.mark.parametrize(
    "key",
    [
        "aws:SourceIp",
        "aws:UserAgent",
        "aws:SecureTransport",
        "aws:RequestedRegion",
        "aws:SourceVpc",
        "aws:SourceVpce",
        "aws:ResourceTag/team",
        "aws:RequestTag/team",
        "aws:TagKeys",
        "s3:prefix",
        "shop:cart",
    ],
)
async def test_takes_keys_of_the_asker(world: StsWorld, key: str) -> None:
    """What only the asker knows decides."""
    policy = PUBLIC.replace(
        '"Resource":"*"',
        f'"Resource":"*","Condition":{{"StringEquals":{{"{key}":"right"}}}}',
    )
    allowed = [
        (
            await answer(
                world,
                AccessQuestion(
                    "s3:GetObject", BUCKET, policy, (ContextEntry(key, (value,)),)
                ),
                user=access.CLERK,
            )
        ).allowed
        for value in ("wrong", "right")
    ]

    assert [False, True] == allowed


async def test_refuses_keys_twice(world: StsWorld) -> None:
    """A key that is told twice, in whatever case, is wrong."""
    entries = (ContextEntry("s3:prefix", ("a",)), ContextEntry("S3:Prefix", ("b",)))

    with pytest.raises(ValidationError):
        await ask(
            world,
            AccessQuestion("s3:GetObject", BUCKET, context=entries),
            user=access.CLERK,
        )


@pytest.mark.parametrize(("count", "fits"), [(0, True), (1, False)])
async def test_number_of_keys_is_bounded(
    world: StsWorld, count: int, *, fits: bool
) -> None:
    """As many context keys as the bound are taken, and not one more."""
    entries = tuple(
        ContextEntry(f"shop:key-{number}", ("x",))
        for number in range(limits.CONTEXT_ENTRIES_MAX + count)
    )
    question = AccessQuestion("s3:GetObject", BUCKET, context=entries)

    if fits:
        assert not (await answer(world, question, user=access.CLERK)).allowed
        return
    with pytest.raises(ValidationError):
        await ask(world, question, user=access.CLERK)


@pytest.mark.parametrize("resource", [LOGS.replace(org.B, org.A), org.LOCAL])
async def test_refuses_foreign_resources(world: StsWorld, resource: str) -> None:
    """A resource of another account is not the asker's to ask about."""
    with pytest.raises(AccessDeniedError) as caught:
        await ask(world, AccessQuestion("s3:GetObject", resource), user=access.CLERK)

    assert "resource_of_another_account" == caught.value.detail


FOREIGN = pytest.mark.parametrize(
    "user", [org.BOB, org.EVE, org.BOB + "by", "arn:aws:iam::999999999999:user/bob"]
)


@FOREIGN
async def test_refuses_foreign_users(world: StsWorld, user: str) -> None:
    """A user of another account is refused, whether there is one or not."""
    with pytest.raises(AccessDeniedError) as caught:
        await ask(world, READ, user=user)

    assert (
        "user_of_another_account",
        "The user does not belong to the account of the caller",
        {},
    ) == (caught.value.detail, caught.value.message, dict(caught.value.metadata))


@FOREIGN
async def test_foreign_users_take_a_permission(world: StsWorld, user: str) -> None:
    """Who may not ask is told that first."""
    with pytest.raises(AccessDeniedError) as caught:
        await ask(world, READ, user=user, asker=access.CLERK)

    assert "policy" == caught.value.detail


async def test_role_takes_no_policy(world: StsWorld) -> None:
    """A role has its trust policy; another one for it is wrong."""
    question = AccessQuestion("sts:AssumeRole", org.READER, PUBLIC)

    with pytest.raises(ValidationError):
        await ask(world, question, user=access.CLERK)


@pytest.mark.parametrize(
    ("token", "verdict"), [("x", Verdict.MALFORMED), ("a.b.c", Verdict.MALFORMED)]
)
async def test_malformed_token(world: StsWorld, token: str, verdict: Verdict) -> None:
    """A token that is none gets the verdict that VerifyToken gives."""
    assert verdict is await ask(world, READ, token=Secret(token))


async def test_expired_token(world: StsWorld) -> None:
    """So does one that has expired."""
    token = await reader_token(world)
    world.clock.step(timedelta(hours=2))

    assert Verdict.EXPIRED is await ask(world, READ, token=token)


async def test_stale_worker_does_not_answer(world: StsWorld) -> None:
    """A worker that cannot know of revocations does not answer about a session."""
    token = await reader_token(world)
    world.clock.advance(LEASE)

    with pytest.raises(RevocationViewStaleError):
        await ask(world, READ, token=token)


async def test_user_that_is_gone(world: StsWorld) -> None:
    """A user that does not exist gets the verdict of one that is gone."""
    assert Verdict.PRINCIPAL_GONE is await ask(world, READ, user=access.CLERK + "by")
