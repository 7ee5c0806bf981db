"""The parameters of AssumeRoot: whose root, which task, and for how long.

SPEC: sts-operations 0.9 and 1.4; details 16 and 44.
"""

from __future__ import annotations

from typing import Final

import pytest
import pytest_asyncio

from daypass.core.credentials import Credentials
from daypass.core.errors import (
    AccessDeniedError,
    ExpiredTokenError,
    ValidationError,
)
from daypass.sts.assume_root_request import TASK_POLICIES, task_policy_arn
from daypass.sts.caller import CallerKind
from support.sts_world import StsWorld
from unit.sts import managed_organisation as org
from unit.sts.credentials import (
    AUDIT_TASK,
    assume_root,
    holder,
    user,
)

LIST: Final = "iam:ListAccessKeys"


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns the organisation, with nothing issued."""
    return await org.managed()


async def of_member(world: StsWorld, **parameters: object) -> Credentials:
    """Returns credentials of the member's root user that ann asked for."""
    ann = await user(world, org.ANN)
    return (await assume_root(world, ann, org.MEMBER, **parameters)).credentials


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "11112222333",
        "1111222233334",
        "arn:aws:iam::111122223333:user/ben",
        "arn:aws:iam::111122223333:root ",
        "arn:aws:iam::111122223333:root/",
        "arn:aws:sts::111122223333:root",
        "arn:aws:iam:us-east-1:111122223333:root",
        "arn:aws:iam::*:root",
        "x" * 2_049,
    ],
)
async def test_target_refused(world: StsWorld, target: str | None) -> None:
    """A target is an account id or the ARN of an account's root."""
    with pytest.raises(ValidationError):
        await assume_root(world, await user(world, org.ANN), target)


async def test_target_of_another_partition(world: StsWorld) -> None:
    """A root of another partition is no member."""
    with pytest.raises(AccessDeniedError):
        await assume_root(
            world, await user(world, org.ANN), f"arn:aws-cn:iam::{org.MEMBER}:root"
        )


@pytest.mark.parametrize("target", [org.MEMBER, org.MEMBER_ROOT])
async def test_session_is_the_root(world: StsWorld, target: str) -> None:
    """The session is the root user of the member, named by id or ARN."""
    result = await assume_root(world, await user(world, org.ANN), target)

    caller = await holder(world, result.credentials)
    assert (org.MEMBER_ROOT, org.MEMBER, CallerKind.ROOT_TASK_SESSION) == (
        caller.principal.arn,
        caller.principal.user_id,
        caller.kind,
    )


@pytest.mark.parametrize(
    "arn",
    [
        None,
        "",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:iam::aws:policy/IAMAuditRootUserCredentials",
        "arn:aws:iam::aws:policy/root-task/IAMauditRootUserCredentials",
        "arn:aws-cn:iam::aws:policy/root-task/IAMAuditRootUserCredentials",
        f"arn:aws:iam::{org.MEMBER}:policy/root-task/IAMAuditRootUserCredentials",
    ],
)
async def test_other_policy_refused(world: StsWorld, arn: str | None) -> None:
    """Any policy but the five of tasks is refused (44)."""
    with pytest.raises(ValidationError):
        await of_member(world, task_policy_arn=arn)


async def test_undeclared_task_refused(world: StsWorld) -> None:
    """A task whose policy the directory does not have is refused, and says so."""
    world.declare(*org.ACCOUNTS, org.ORGANIZATION)

    with pytest.raises(ValidationError) as caught:
        await of_member(world)

    assert f"The task policy {AUDIT_TASK} is not declared in the directory" == (
        caught.value.message
    )


@pytest.mark.parametrize("name", TASK_POLICIES)
async def test_every_task(world: StsWorld, name: str) -> None:
    """Each of the five tasks can be asked for."""
    credentials = await of_member(world, task_policy_arn=task_policy_arn("aws", name))

    assert org.MEMBER_ROOT == (await holder(world, credentials)).principal.arn


@pytest.mark.parametrize("seconds", [-1, 901, 3_600])
async def test_duration_out_of_range(world: StsWorld, seconds: int) -> None:
    """A duration above 900 is refused, and not lowered (44)."""
    with pytest.raises(ValidationError):
        await of_member(world, duration_seconds=seconds)


@pytest.mark.parametrize(
    ("seconds", "granted"), [(None, 900), (1, 1), (899, 899), (900, 900)]
)
async def test_duration_granted(
    world: StsWorld, seconds: int | None, granted: int
) -> None:
    """A session lasts as long as was asked for, and 900 seconds without asking (16)."""
    credentials = await of_member(world, duration_seconds=seconds)

    span = credentials.expire_time - world.clock.now()
    assert granted == span.total_seconds()
    assert org.MEMBER_ROOT == (await holder(world, credentials)).principal.arn


async def test_no_duration_has_expired(world: StsWorld) -> None:
    """A session of no time is issued, and has expired."""
    credentials = await of_member(world, duration_seconds=0)

    with pytest.raises(ExpiredTokenError):
        await holder(world, credentials)
