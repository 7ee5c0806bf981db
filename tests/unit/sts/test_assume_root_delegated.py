"""Who beside the management account may ask for root tasks, and for which.

SPEC: sts-operations 0.9 and 1.4.
"""

from __future__ import annotations

import pytest

from daypass.core.errors import AccessDeniedError
from support.sts_world import StsWorld, ready
from unit.sts import managed_organisation as org
from unit.sts.credentials import assume_root

ODA = f"arn:aws:iam::{org.OTHER}:user/oda"
MANAGEMENT_ROOT = f"arn:aws:iam::{org.MANAGEMENT}:root"
UNLOCK = "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"


async def managed(lines: str) -> StsWorld:
    """Returns the organisation with further lines about root tasks."""
    changed = org.ORGANIZATION.replace("  root:\n", f"  {lines}\n  root:\n")
    return await ready(StsWorld(*org.ACCOUNTS, org.TASKS, changed))


async def refusal(world: StsWorld, user: str, target: str, **more: str) -> str:
    """Returns the inner reason of a refusal."""
    with pytest.raises(AccessDeniedError) as caught:
        await assume_root(world, world.user(user), target, **more)
    return caught.value.detail


async def test_delegated_administrator_is_let_in() -> None:
    """The account that the task is delegated to gets a member's root session."""
    world = await managed(f'root_administrator: "{org.OTHER}"')

    result = await assume_root(world, world.user(ODA), org.MEMBER)

    assert result.credentials.access_key_id.startswith("ASIA")


async def test_management_account_keeps_its_part() -> None:
    """Delegating takes nothing from the management account."""
    world = await managed(f'root_administrator: "{org.OTHER}"')

    result = await assume_root(world, world.user(org.ANN), org.MEMBER)

    assert result.credentials.access_key_id.startswith("ASIA")


@pytest.mark.parametrize("target", [MANAGEMENT_ROOT, f"arn:aws:iam::{org.OTHER}:root"])
async def test_delegated_administrator_stays_below(target: str) -> None:
    """It gets neither the management account's root user nor its own."""
    world = await managed(f'root_administrator: "{org.OTHER}"')

    found = await refusal(world, ODA, target)

    assert "not_a_member_of_own_organization" == found


async def test_member_without_the_part_is_refused() -> None:
    """Another member is refused, whatever its own policies allow."""
    world = await managed(f'root_administrator: "{org.OTHER}"')

    found = await refusal(world, org.BEN, f"arn:aws:iam::{org.OTHER}:root")

    assert "not_a_member_of_own_organization" == found


@pytest.mark.parametrize(
    ("feature", "task", "other"),
    [
        ("RootCredentialsManagement", "IAMAuditRootUserCredentials", UNLOCK),
        (
            "RootSessions",
            "SQSUnlockQueuePolicy",
            "arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials",
        ),
    ],
)
async def test_feature_enables_its_tasks_alone(
    feature: str, task: str, other: str
) -> None:
    """A task is granted where its feature is enabled, and refused where it is not."""
    world = await managed(f"root_features: [{feature}]")
    arn = f"arn:aws:iam::aws:policy/root-task/{task}"

    result = await assume_root(
        world, world.user(org.ANN), org.MEMBER, task_policy_arn=arn
    )
    found = await refusal(world, org.ANN, org.MEMBER, task_policy_arn=other)

    assert result.credentials.access_key_id.startswith("ASIA")
    assert "not_a_member_of_own_organization" == found
