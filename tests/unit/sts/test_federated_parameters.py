"""The parameters that the federated operations share, and session policies.

SPEC: sts-operations 0.1, 0.2, 0.6 and 1.3; details 15 and 16.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from daypass.core.errors import (
    AccessDeniedError,
    InvalidIdentityTokenError,
    MalformedPolicyDocumentError,
    PackedPolicyTooLargeError,
    ValidationError,
)
from support.sts_world import StsWorld
from unit.sts import federated as fed
from unit.sts.federated import Request, exchange, with_proof

READ = (
    '{"Version":"2012-10-17","Statement":'
    '{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}'
)


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns an account with a provider that its roles trust, and another one."""
    return await fed.world_of()


@pytest.mark.parametrize(
    ("asked", "longest", "expected"),
    [
        (None, None, 3600),
        (900, None, 900),
        (7200, None, 7200),
        (7200, 5400, 5400),
        (1800, 5400, 1800),
        (None, 600, 600),
    ],
)
async def test_duration(
    world: StsWorld, asked: int | None, longest: int | None, expected: int
) -> None:
    """The session lasts as long as was asked for, and as the proof allows (16)."""
    cap = None if longest is None else timedelta(seconds=longest)
    request = with_proof(Request(duration_seconds=asked), duration_max=cap)

    session = (await exchange(world, request)).issued.session

    assert timedelta(seconds=expected) == session.expire_time - session.issue_time


async def test_duration_above_role(world: StsWorld) -> None:
    """What is longer than the role allows is refused, even if the proof caps it."""
    for longest in (None, timedelta(minutes=30)):
        request = with_proof(Request(duration_seconds=7201), duration_max=longest)
        with pytest.raises(ValidationError, match="duration_above_role"):
            await exchange(world, request)
    with pytest.raises(AccessDeniedError):
        await exchange(world, Request(role_arn=fed.ABSENT, duration_seconds=43200))


@pytest.mark.parametrize(
    "change",
    [
        {"role_arn": None},
        {"role_arn": ""},
        {"role_arn": "arn:aws:iam::1:r"},
        {"role_arn": f"arn:aws:iam::{fed.ACCOUNT}:user/admin"},
        {"policy": ""},
        {"policy": "x" * 2049},
        {"policy_arns": ("short",)},
        {"duration_seconds": 899},
        {"duration_seconds": 43201},
        {"minimum_session_token_size": -1},
        {"minimum_session_token_size": 4097},
        {"own": None},
    ],
)
async def test_parameters_before_the_proof(
    world: StsWorld, change: dict[str, object]
) -> None:
    """A parameter of the wrong form is refused before the proof is looked at (0.1)."""
    request = replace(Request(problem=AssertionError("asked")), **change)  # type: ignore[arg-type]

    with pytest.raises(ValidationError):
        await exchange(world, request)


async def test_all_breaches_at_once(world: StsWorld) -> None:
    """Several breaches are reported in one error, those of the operation included."""
    with pytest.raises(ValidationError, match="constraint_breach") as caught:
        await exchange(world, Request(role_arn=None, duration_seconds=1, own=None))

    assert caught.value.message.startswith("3 validation errors detected: ")


async def test_session_policies(world: StsWorld) -> None:
    """Session policies are checked, and are those of the session."""
    request = Request(policy=READ, policy_arns=(fed.MANAGED,))

    session = (await exchange(world, request)).issued.session

    assert (READ, (fed.MANAGED,)) == (
        session.policies.inline,
        session.policies.managed_arns,
    )


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"policy": "{"}, MalformedPolicyDocumentError),
        ({"policy_arns": (fed.MANAGED + "x",)}, MalformedPolicyDocumentError),
        ({"policy_arns": (fed.MANAGED,) * 11}, MalformedPolicyDocumentError),
        (
            {"policy": READ.ljust(2040), "policy_arns": (fed.MANAGED,)},
            PackedPolicyTooLargeError,
        ),
    ],
)
async def test_wrong_session_policies(
    world: StsWorld, change: dict[str, object], kind: type[Exception]
) -> None:
    """Session policies that are malformed, unknown or too large are refused."""
    with pytest.raises(kind):
        await exchange(world, replace(Request(), **change))  # type: ignore[arg-type]


async def test_policies_after_the_proof(world: StsWorld) -> None:
    """Who has no good proof does not get a policy parsed."""
    refused = InvalidIdentityTokenError("made_up")

    with pytest.raises(InvalidIdentityTokenError, match="made_up"):
        await exchange(world, Request(policy="{", problem=refused))
