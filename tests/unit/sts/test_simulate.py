"""Simulate: what policies would say, and whose policies nobody else may use."""

from __future__ import annotations

import pytest
import pytest_asyncio

from daypass.core.errors import (
    ValidationError,
)
from daypass.policy.decision import Effect, Slot
from daypass.sts.access_question import ContextEntry
from daypass.sts.simulate import (
    ReplacedSlots,
    SimulatedCaller,
    SimulateRequest,
)
from support.sts_world import StsWorld
from unit.sts import access
from unit.sts import organisation as org
from unit.sts.access import outcome, simulate

ASSUME = "sts:AssumeRole"
BUCKET = "arn:aws:s3:::bucket"
ANYTHING = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*",'
    '"Resource":"*"}}'
)
NOTHING = ANYTHING.replace("Allow", "Deny")
TRUST_EVERYONE = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},'
    '"Action":"sts:AssumeRole"}}'
)
OPEN_BUCKET = TRUST_EVERYONE.replace(
    '"sts:AssumeRole"', '"s3:GetObject","Resource":"*"'
)
EXTERNAL_ID = (ContextEntry("sts:ExternalId", ("e-42",)),)


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns three accounts, each with somebody who may ask."""
    return await access.three_accounts()


async def test_foreign_caller_brings_policies(world: StsWorld) -> None:
    """The stored policies of another account's user are not used (P41)."""
    with pytest.raises(ValidationError) as caught:
        await outcome(world, org.BOB, ASSUME, org.READER)

    assert "identity" == caught.value.metadata["slot"]


async def test_foreign_role_brings_trust(world: StsWorld) -> None:
    """The stored trust policy of another account's role is not used (P41)."""
    with pytest.raises(ValidationError) as caught:
        await outcome(world, access.ADMIN, ASSUME, org.LOCAL)

    assert "resource" == caught.value.metadata["slot"]


@pytest.mark.parametrize("name", ["team/bob", "team/nobody"])
async def test_foreign_existence_is_hidden(world: StsWorld, name: str) -> None:
    """Whether a user of another account exists makes no difference."""
    arn = f"arn:aws:iam::{org.A}:user/{name}"
    slots = ReplacedSlots(identity=(ANYTHING,))

    result = await outcome(world, arn, ASSUME, org.READER, slots=slots)

    assert Effect.ALLOW is result.effect


async def test_foreign_tags_are_hidden(world: StsWorld) -> None:
    """What another account declares of its users is not in the context."""
    condition = '"Condition":{"Null":{"aws:PrincipalTag/team":"true"}},"Resource"'
    untagged = ANYTHING.replace('"Resource"', condition)
    slots = ReplacedSlots(identity=(untagged,))

    result = await outcome(world, org.BOB, ASSUME, org.READER, slots=slots)

    assert Effect.ALLOW is result.effect


async def test_foreign_ids_are_hidden(world: StsWorld) -> None:
    """A unique id in a document that was sent is not turned into an ARN (P41)."""
    user = world.directory.current().user_by_arn(org.EVE)
    assert user is not None
    names_eve = TRUST_EVERYONE.replace('"*"', f'"{user.principal.unique_id}"', 1)
    slots = ReplacedSlots(resource=(names_eve,))

    result = await outcome(world, access.CLERK, ASSUME, org.READER, slots=slots)

    assert Effect.IMPLICIT_DENY is result.effect
    assert org.EVE not in repr(result)


async def test_stored_policies_of_own(world: StsWorld) -> None:
    """The stored policies of the asker's account decide where none is sent."""
    session = f"arn:aws:sts::{org.B}:assumed-role/Reader/s1"
    effects = [
        (await outcome(world, who, ASSUME, org.NEXT)).effect
        for who in (access.CLERK, org.READER, session)
    ]

    assert [Effect.IMPLICIT_DENY, Effect.ALLOW, Effect.ALLOW] == effects


async def test_sent_policies_take_their_place(world: StsWorld) -> None:
    """A slot that is sent replaces the stored one, an empty one too."""
    effects = [
        (
            await outcome(
                world,
                access.ADMIN,
                "sts:GetAccessKeyInfo",
                "*",
                slots=ReplacedSlots(identity=documents),
            )
        ).effect
        for documents in ((NOTHING,), (), (ANYTHING,), None)
    ]

    assert [
        Effect.EXPLICIT_DENY,
        Effect.IMPLICIT_DENY,
        Effect.ALLOW,
        Effect.ALLOW,
    ] == effects


@pytest.mark.parametrize(
    ("slots", "decides"),
    [
        (ReplacedSlots(boundary=(NOTHING,)), Slot.BOUNDARY),
        (ReplacedSlots(session=(NOTHING,)), Slot.SESSION),
        (ReplacedSlots(scp_levels=((ANYTHING,), (NOTHING,))), Slot.SCP),
        (ReplacedSlots(scp_levels=((ANYTHING,), ())), Slot.SCP),
    ],
)
async def test_every_slot_can_be_sent(
    world: StsWorld, slots: ReplacedSlots, decides: Slot
) -> None:
    """Boundary, session and organisation policies that are sent decide."""
    result = await outcome(
        world, access.ADMIN, "sts:GetAccessKeyInfo", "*", slots=slots
    )

    assert result.effect is not Effect.ALLOW
    assert decides is result.explanation.slot


@pytest.mark.parametrize(
    "slots",
    [
        ReplacedSlots(boundary=()),
        ReplacedSlots(session=()),
        ReplacedSlots(scp_levels=()),
        ReplacedSlots(rcp_levels=()),
    ],
)
async def test_empty_slots_are_not_set(world: StsWorld, slots: ReplacedSlots) -> None:
    """An empty slot does not take part, and so denies nothing (7.8)."""
    result = await outcome(
        world, access.ADMIN, "sts:GetAccessKeyInfo", "*", slots=slots
    )

    assert Effect.ALLOW is result.effect


async def test_trust_can_be_sent(world: StsWorld) -> None:
    """A trust policy that is sent takes the place of the role's."""
    effects = [
        (
            await outcome(
                world,
                org.BOB,
                ASSUME,
                org.NEXT,
                slots=ReplacedSlots(identity=(ANYTHING,), resource=documents),
            )
        ).effect
        for documents in (None, (), (TRUST_EVERYONE,))
    ]

    assert [Effect.IMPLICIT_DENY, Effect.IMPLICIT_DENY, Effect.ALLOW] == effects


async def test_resource_policy_can_be_sent(world: StsWorld) -> None:
    """The policy of another resource can be sent, and is read as such."""
    effects = [
        (
            await outcome(
                world,
                access.CLERK,
                "s3:GetObject",
                BUCKET,
                slots=ReplacedSlots(resource=documents),
            )
        ).effect
        for documents in (None, (OPEN_BUCKET,))
    ]

    assert [Effect.IMPLICIT_DENY, Effect.ALLOW] == effects


async def test_context_can_be_sent(world: StsWorld) -> None:
    """Any context key can be sent; one without values is absent."""
    slots = ReplacedSlots(identity=(ANYTHING,))
    effects = [
        (
            await outcome(
                world, org.BOB, ASSUME, org.AUDIT, slots=slots, context=context
            )
        ).effect
        for context in ((), (ContextEntry("sts:ExternalId"),), EXTERNAL_ID)
    ]

    assert [Effect.IMPLICIT_DENY, Effect.IMPLICIT_DENY, Effect.ALLOW] == effects


async def test_context_replaces_the_servers(world: StsWorld) -> None:
    """A key that is sent replaces what the server would have built."""
    mfa = '"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}},"Resource"'
    slots = ReplacedSlots(identity=(ANYTHING.replace('"Resource"', mfa),))
    context = (ContextEntry("aws:multifactorauthpresent", ("true",)),)
    effects = [
        (
            await outcome(
                world, org.READER, "s3:Get", BUCKET, slots=slots, context=each
            )
        ).effect
        for each in ((), context)
    ]

    assert [Effect.IMPLICIT_DENY, Effect.ALLOW] == effects


@pytest.mark.parametrize("resource", [org.TAGGED, org.READER])
async def test_root_assumes_nothing(world: StsWorld, resource: str) -> None:
    """A root user assumes no role, whatever the policies say (7.3)."""
    root = f"arn:aws:iam::{org.B}:root"

    assert (
        Effect.IMPLICIT_DENY
        is (await outcome(world, root, "STS:assumerole", resource)).effect
    )


async def test_root_does_the_rest(world: StsWorld) -> None:
    """Everything else in its account a root user may do."""
    root = f"arn:aws:iam::{org.B}:root"

    assert Effect.ALLOW is (await outcome(world, root, "s3:GetObject", BUCKET)).effect


@pytest.mark.parametrize(
    ("caller", "effect"),
    [
        (SimulatedCaller(service="ec2.amazonaws.com"), Effect.ALLOW),
        (SimulatedCaller(service="lambda.amazonaws.com"), Effect.IMPLICIT_DENY),
        (SimulatedCaller(federated_provider="accounts.google.com"), Effect.ALLOW),
        (SimulatedCaller(federated_provider="example.com"), Effect.IMPLICIT_DENY),
        (SimulatedCaller(anonymous=True), Effect.IMPLICIT_DENY),
    ],
)
async def test_callers_without_account(
    world: StsWorld, caller: SimulatedCaller, effect: Effect
) -> None:
    """Services, providers and strangers have what is given to them by name."""
    named = TRUST_EVERYONE.replace(
        '{"AWS":"*"}',
        '{"Service":"ec2.amazonaws.com","Federated":"accounts.google.com"}',
    )

    result = await outcome(
        world, caller, ASSUME, org.READER, slots=ReplacedSlots(resource=(named,))
    )

    assert effect is result.effect


async def test_role_is_never_direct(world: StsWorld) -> None:
    """A role stands for a session without a name, which a boundary caps (case 107)."""
    trust = TRUST_EVERYONE.replace('"*"', f'"{org.READER}"', 1)
    slots = ReplacedSlots(
        resource=(trust,),
        boundary=(
            NOTHING.replace("Deny", "Allow").replace('"Action":"*"', '"Action":"s3:*"'),
        ),
    )

    result = await outcome(world, org.READER, ASSUME, org.NEXT, slots=slots)

    assert Effect.IMPLICIT_DENY is result.effect
    assert Slot.BOUNDARY is result.explanation.slot


async def test_results_are_in_order(world: StsWorld) -> None:
    """For each action in order there is each resource in order."""
    request = SimulateRequest(
        SimulatedCaller(principal_arn=access.ADMIN),
        (ASSUME, "s3:GetObject"),
        (org.NEXT, "*"),
    )

    found = await simulate(world, request)

    assert [
        (ASSUME, org.NEXT),
        (ASSUME, "*"),
        ("s3:GetObject", org.NEXT),
        ("s3:GetObject", "*"),
    ] == [(result.action, result.resource) for result in found.results]


async def test_no_resource_is_the_star(world: StsWorld) -> None:
    """Without a resource the question is about the star."""
    request = SimulateRequest(SimulatedCaller(principal_arn=access.ADMIN), (ASSUME,))

    (result,) = (await simulate(world, request)).results

    assert "*" == result.resource


async def test_nothing_is_kept(world: StsWorld) -> None:
    """A simulated denial is no denial: it is not kept, and the log says allowed."""
    await outcome(world, access.CLERK, ASSUME, org.READER)

    assert 0 == len(world.denials)
    assert "allowed" == world.audit.records[-1].outcome


async def test_long_answers_are_cut(world: StsWorld) -> None:
    """Past the bound of one answer the results say what each slot says."""
    statements = ",".join(
        f'{{"Sid":"S{number}","Effect":"Deny","Action":"s3:*","Resource":"*",'
        f'"Condition":{{"StringEquals":{{"shop:{number}":"{"v" * 200}"}}}}}}'
        for number in range(60)
    )
    wide = f'{{"Version":"2012-10-17","Statement":[{statements}]}}'
    request = SimulateRequest(
        SimulatedCaller(principal_arn=access.CLERK),
        tuple(f"s3:Action{number}" for number in range(64)),
        tuple(f"{BUCKET}/{number}" for number in range(8)),
        slots=ReplacedSlots(identity=(wide,)),
    )

    results = (await simulate(world, request)).results

    assert results[0].explanation.slots[0].policies
    assert not results[-1].explanation.slots[0].policies
    assert Effect.IMPLICIT_DENY is results[-1].effect
