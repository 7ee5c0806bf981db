"""Who calls, and whose key it is (1.6, 1.7)."""

from __future__ import annotations

import pytest

from daypass.core.errors import AccessDeniedError, ValidationError
from daypass.core.identifiers import encode_access_key_id
from daypass.sts.account_operations import (
    CallerIdentity,
    GetAccessKeyInfo,
    GetCallerIdentity,
)
from daypass.sts.caller import Caller
from support.sts_world import StsWorld, allow, ready
from unit.sts import organisation as org

# Of the old style, so that only the directory knows whose it is.
OLD_STYLE = "AKIA" + "A" * 16
ASKING = f"""
account: {{id: "{org.A}", name: development}}
users:
  asks:
    policies: {{own: {allow("sts:GetAccessKeyInfo")}}}
    access_keys: [{{id: {OLD_STYLE}, secret: {{file: asks.secret}}}}]
  bob: {{}}
"""
ASKS = f"arn:aws:iam::{org.A}:user/asks"


async def _account(world: StsWorld, caller: Caller, key: str) -> str:
    operation = GetAccessKeyInfo(
        directory=world.directory, authorizers=world.authorizers
    )
    return await world.run(operation, key, caller)


@pytest.fixture
async def asking() -> StsWorld:
    """Returns a world with a user who may ask and one who may not."""
    return await ready(StsWorld(ASKING))


@pytest.mark.parametrize("key", ["", "short", "A" * 129, "AKIA-" + "A" * 15])
async def test_malformed_key_refused(asking: StsWorld, key: str) -> None:
    """What is no access key id is a breach, told before anyone is authorised."""
    caller = asking.user(f"arn:aws:iam::{org.A}:user/bob")

    with pytest.raises(ValidationError) as caught:
        await _account(asking, caller, key)
    assert {"access_key_id"} == {found.field for found in caught.value.violations}


async def test_asking_takes_permission(asking: StsWorld) -> None:
    """Who is not allowed to ask learns nothing, of a known key either."""
    caller = asking.user(f"arn:aws:iam::{org.A}:user/bob")

    with pytest.raises(AccessDeniedError):
        await _account(asking, caller, OLD_STYLE)


async def test_unknown_old_key_refused(asking: StsWorld) -> None:
    """A key that is neither stored nor carries an account is refused (1.6)."""
    with pytest.raises(ValidationError) as caught:
        await _account(asking, asking.user(ASKS), "AKIA" + "B" * 16)

    assert "access_key_without_account" == caught.value.detail


async def test_key_tells_account(asking: StsWorld) -> None:
    """A stored key is its owner's, any other that of the account that it carries."""
    caller = asking.user(ASKS)

    assert org.A == await _account(asking, caller, OLD_STYLE)
    carried = encode_access_key_id("ASIA", org.B, 1)
    assert org.B == await _account(asking, caller, carried)


@pytest.mark.parametrize("name", ["root", "user"])
async def test_caller_is_named(world: StsWorld, name: str) -> None:
    """A caller learns its own names, and needs no permission for it."""
    caller = world.root(org.A) if name == "root" else world.user(org.EVE)

    who = await world.run(GetCallerIdentity(), None, caller)

    principal = caller.principal
    assert CallerIdentity(principal.user_id, org.A, principal.arn) == who
