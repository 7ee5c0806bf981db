"""Simulate: who may ask, and which requests are none."""

from __future__ import annotations

import pytest
import pytest_asyncio

from daypass.core import limits
from daypass.core.errors import (
    AccessDeniedError,
    MalformedPolicyDocumentError,
    ValidationError,
)
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
TRUST_EVERYONE = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},'
    '"Action":"sts:AssumeRole"}}'
)


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns three accounts, each with somebody who may ask."""
    return await access.three_accounts()


async def test_refuses_who_may_not_ask(world: StsWorld) -> None:
    """Asking takes daypass:Simulate."""
    with pytest.raises(AccessDeniedError):
        await outcome(world, access.CLERK, ASSUME, org.READER, asker=access.CLERK)


@pytest.mark.parametrize(
    "slots",
    [
        ReplacedSlots(identity=("{",)),
        ReplacedSlots(resource=("{",)),
        ReplacedSlots(rcp_levels=(("{",),)),
    ],
)
async def test_refuses_before_reading_policies(
    world: StsWorld, slots: ReplacedSlots
) -> None:
    """Policies are not read for who may not ask, so that they cost nothing."""
    with pytest.raises(AccessDeniedError):
        await outcome(
            world, access.CLERK, ASSUME, org.READER, asker=access.CLERK, slots=slots
        )


@pytest.mark.parametrize(
    "caller",
    [
        SimulatedCaller(),
        SimulatedCaller(principal_arn=access.CLERK, anonymous=True),
        SimulatedCaller(service="ec2.amazonaws.com", federated_provider="x"),
        SimulatedCaller(service=""),
        SimulatedCaller(principal_arn=""),
        SimulatedCaller(principal_arn="clerk"),
        SimulatedCaller(principal_arn=f"arn:aws:iam::{org.B}:user/nobody"),
        SimulatedCaller(principal_arn=f"arn:aws:iam::{org.B}:group/g"),
        SimulatedCaller(principal_arn=f"arn:aws:sts::{org.B}:federated-user/f"),
        SimulatedCaller(principal_arn="x" * 2_049),
    ],
)
async def test_refuses_no_caller(world: StsWorld, caller: SimulatedCaller) -> None:
    """A caller is exactly one, and one that can be simulated."""
    with pytest.raises(ValidationError):
        await outcome(world, caller, ASSUME, org.READER)


@pytest.mark.parametrize(
    "principal",
    [
        f"arn:aws:iam::{org.A}:group/g",
        f"arn:aws:sts::{org.A}:federated-user/f",
        f"arn:aws:sts::{org.A}:assumed-role/Local",
        f"arn:aws:iam::{org.A}:user/",
        "arn:aws:iam::12:root",
    ],
)
async def test_refuses_no_foreign_caller(world: StsWorld, principal: str) -> None:
    """What is no principal of another account cannot be simulated either."""
    slots = ReplacedSlots(identity=(ANYTHING,))

    with pytest.raises(ValidationError):
        await outcome(world, principal, ASSUME, org.READER, slots=slots)


@pytest.mark.parametrize(
    ("actions", "resources", "fits"),
    [
        (0, 1, False),
        (limits.SIMULATED_ACTIONS_MAX, 16, True),
        (limits.SIMULATED_ACTIONS_MAX, 17, False),
        (limits.SIMULATED_ACTIONS_MAX + 1, 1, False),
        (16, limits.SIMULATED_RESOURCES_MAX, True),
        (1, limits.SIMULATED_RESOURCES_MAX + 1, False),
    ],
)
async def test_size_is_bounded(
    world: StsWorld, actions: int, resources: int, *, fits: bool
) -> None:
    """A simulation has at most 64 actions, 64 resources and 1,024 results."""
    request = SimulateRequest(
        SimulatedCaller(anonymous=True),
        tuple(f"s3:Action{number}" for number in range(actions)),
        tuple(f"{BUCKET}/{number}" for number in range(resources)),
    )

    if fits:
        found = await simulate(world, request)
        assert actions * resources == len(found.results)
        return
    with pytest.raises(ValidationError):
        await simulate(world, request)


async def test_names_are_bounded(world: StsWorld) -> None:
    """Resources that make every result long are refused together."""
    request = SimulateRequest(
        SimulatedCaller(anonymous=True),
        tuple(f"s3:Action{number}" for number in range(16)),
        tuple(f"{BUCKET}/{number:02d}{'x' * 1_900}" for number in range(9)),
    )

    with pytest.raises(ValidationError) as caught:
        await simulate(world, request)

    assert "simulation_too_large" == caught.value.detail


@pytest.mark.parametrize(
    ("slots", "place"),
    [
        (ReplacedSlots(identity=(ANYTHING, "{}")), "identity policy 1"),
        (ReplacedSlots(boundary=("x",)), "boundary policy 0"),
        (ReplacedSlots(session=(TRUST_EVERYONE,)), "session policy 0"),
        (ReplacedSlots(resource=(ANYTHING,)), "resource policy 0"),
        (ReplacedSlots(scp_levels=((ANYTHING,), ("",))), "scp level 1 policy 0"),
        (ReplacedSlots(rcp_levels=(("[]",),)), "rcp level 0 policy 0"),
    ],
)
async def test_malformed_document_is_placed(
    world: StsWorld, slots: ReplacedSlots, place: str
) -> None:
    """A document that is none is an error, which says which one it is."""
    with pytest.raises((MalformedPolicyDocumentError, ValidationError)) as caught:
        await outcome(world, access.CLERK, ASSUME, org.READER, slots=slots)

    assert caught.value.message.startswith(f"{place}: ")


@pytest.mark.parametrize(
    "slots",
    [
        ReplacedSlots(boundary=(ANYTHING, ANYTHING)),
        ReplacedSlots(resource=(TRUST_EVERYONE, TRUST_EVERYONE)),
        ReplacedSlots(identity=(ANYTHING,) * (limits.SIMULATED_DOCUMENTS_MAX + 1)),
        ReplacedSlots(scp_levels=((ANYTHING,),) * (limits.SIMULATED_LEVELS_MAX + 1)),
        ReplacedSlots(rcp_levels=((ANYTHING,) * 33,)),
    ],
)
async def test_documents_are_bounded(world: StsWorld, slots: ReplacedSlots) -> None:
    """There is one boundary and one resource policy, and not too many of the rest."""
    with pytest.raises(ValidationError):
        await outcome(world, access.CLERK, ASSUME, org.READER, slots=slots)
