"""Details of roles that imitators get wrong (spec section 7), with what moves.

SPEC: sts-operations 0.11, 1.1 and 2.3; details 2, 30 and 33.
"""

from __future__ import annotations

import pytest
import pytest_asyncio

from daypass.core.errors import AccessDeniedError
from support.sts_world import StsWorld, allow, trust
from unit.sts import organisation as org


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns the two accounts, with nothing issued."""
    return await org.two_accounts()


async def _role_id(world: StsWorld) -> str:
    result = await world.assume(world.user(org.BOB), org.READER)
    return result.assumed_role_id.partition(":")[0]


async def test_detail_2_role_id_is_stable(world: StsWorld) -> None:
    """A role has one id in every call, and another one once it is made anew (2)."""
    first, second = await _role_id(world), await _role_id(world)
    world.declare(org.ACCOUNT_A)
    world.declare(org.ACCOUNT_A, org.ACCOUNT_B)
    third = await _role_id(world)

    assert first == second
    assert first != third
    assert {"AROA"} == {first[:4], third[:4]}


async def test_detail_30_trust_in_account_delegates(world: StsWorld) -> None:
    """Trust in the own account admits whom an identity policy lets, and no other (30)."""
    delegating = trust(f"arn:aws:iam::{org.A}:root")
    world.declare(org.ACCOUNT_A.replace(trust(org.BOB), delegating), org.ACCOUNT_B)

    with pytest.raises(AccessDeniedError) as caught:
        await world.assume(world.user(org.EVE), org.LOCAL)
    result = await world.assume(world.user(org.BOB), org.LOCAL)

    assert "policy" == caught.value.detail
    assert f"arn:aws:sts::{org.A}:assumed-role/Local/s1" == result.assumed_role_arn


async def test_detail_30_trust_in_everybody(world: StsWorld) -> None:
    """Across accounts trust in everybody needs an identity policy as well (30)."""
    with pytest.raises(AccessDeniedError) as caught:
        await world.assume(world.user(org.EVE), org.TAGGED)
    result = await world.assume(world.user(org.BOB), org.TAGGED)

    assert "policy" == caught.value.detail
    assert f"arn:aws:sts::{org.B}:assumed-role/Tagged/s1" == result.assumed_role_arn


async def test_detail_33_permissions_are_read_at_use(world: StsWorld) -> None:
    """What a role may do changes for its live sessions at once, both ways (33)."""
    session = await world.session(await world.assume(world.user(org.BOB), org.READER))
    deny = allow("sts:*").replace("Effect: Allow", "Effect: Deny")

    world.declare(org.ACCOUNT_A, org.ACCOUNT_B.replace(allow("sts:*"), deny, 1))
    with pytest.raises(AccessDeniedError) as caught:
        await world.assume(session, org.NEXT)
    world.declare(org.ACCOUNT_A, org.ACCOUNT_B)
    await world.assume(session, org.NEXT)

    assert "policy" == caught.value.detail
