"""Which kind of credential may call which operation, with credentials of each kind.

The table of the door and the operations behind it together give the matrix of the
specification; policies allow everything here.

SPEC: sts-operations 0.9; details 18 to 20.
"""

from __future__ import annotations

import pytest
import pytest_asyncio

from daypass.core.errors import AccessDeniedError
from daypass.core.identifiers import TEMPORARY_KEY_PREFIX, encode_access_key_id
from daypass.rpc.access import check_kind
from daypass.rpc.methods import STS
from daypass.sts.account_operations import GetAccessKeyInfo, GetCallerIdentity
from daypass.sts.caller import Caller, CallerKind
from support.sts_world import StsWorld
from unit.sts import managed_organisation as org
from unit.sts.credentials import (
    assume_root,
    federation_token,
    holder,
    root,
    session_token,
    user,
)
from unit.sts.delegations import approve, trade_in

# In the order of the columns below.
KINDS = (
    CallerKind.USER,
    CallerKind.ROOT,
    CallerKind.ROLE_SESSION,
    CallerKind.USER_SESSION,
    CallerKind.FEDERATED_USER_SESSION,
    CallerKind.ROOT_TASK_SESSION,
    CallerKind.DELEGATED_SESSION,
)
MATRIX = {
    "AssumeRole": "+-++---",
    "GetCallerIdentity": "+++++++",
    "GetSessionToken": "++-----",
    "GetFederationToken": "++-----",
    "AssumeRoot": "+-+----",
    "GetAccessKeyInfo": "+++----",
}
CELLS = [
    (operation, kind, mark == "+")
    for operation, marks in MATRIX.items()
    for kind, mark in zip(KINDS, marks, strict=True)
]


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns the organisation, with nothing issued."""
    return await org.managed()


async def caller_of(world: StsWorld, kind: CallerKind) -> Caller:
    """Returns a caller of the management account, or of a member's root."""
    ann = await user(world, org.ANN)
    if kind is CallerKind.USER:
        return ann
    if kind is CallerKind.ROOT:
        return await root(world, org.MANAGEMENT)
    if kind is CallerKind.ROLE_SESSION:
        return await world.session(await world.assume(ann, org.KEEPER))
    return await acting_for(world, ann, kind)


async def acting_for(world: StsWorld, ann: Caller, kind: CallerKind) -> Caller:
    """Returns a holder of what a user has asked for, or has approved."""
    if kind is CallerKind.USER_SESSION:
        return await holder(world, (await session_token(world, ann)).credentials)
    if kind is CallerKind.FEDERATED_USER_SESSION:
        guest = await federation_token(world, ann, policy=EVERYTHING)
        return await holder(world, guest.credentials)
    if kind is CallerKind.DELEGATED_SESSION:
        return await delegated(world, ann)
    member = await assume_root(world, ann, org.MEMBER)
    return await holder(world, member.credentials)


async def delegated(world: StsWorld, ann: Caller) -> Caller:
    """Returns somebody of another account who acts as a user, for everything."""
    approved = await approve(
        world, ann, partner_account_id=org.OUTSIDER, policy=EVERYTHING
    )
    result = await trade_in(world, world.user(org.OUT), approved.trade_in_token)
    return await holder(world, result.credentials)


EVERYTHING = (
    '{"Version":"2012-10-17","Statement":'
    '{"Effect":"Allow","Action":"*","Resource":"*"}}'
)


async def call(world: StsWorld, operation: str, caller: Caller) -> None:
    """Calls an operation as the door does: the kind first, and then the rest."""
    check_kind(f"{STS}{operation}", caller.kind)
    if operation == "AssumeRole":
        await world.assume(caller, org.KEEPER)
    elif operation == "GetCallerIdentity":
        await world.run(GetCallerIdentity(), None, caller)
    elif operation == "GetSessionToken":
        await session_token(world, caller)
    elif operation == "GetFederationToken":
        await federation_token(world, caller)
    elif operation == "AssumeRoot":
        await assume_root(world, caller, org.MEMBER)
    else:
        key = encode_access_key_id(TEMPORARY_KEY_PREFIX, org.MEMBER, 1)
        info = GetAccessKeyInfo(
            directory=world.directory, authorizers=world.authorizers
        )
        await world.run(info, key, caller)


@pytest.mark.parametrize(("operation", "kind", "allowed"), CELLS)
async def test_matrix(
    world: StsWorld, operation: str, kind: CallerKind, *, allowed: bool
) -> None:
    """A kind of credential may call what the matrix says, and nothing else."""
    caller = await caller_of(world, kind)
    assert kind is caller.kind

    if allowed:
        await call(world, operation, caller)
    else:
        with pytest.raises(AccessDeniedError) as caught:
            await call(world, operation, caller)
        assert "caller_kind" == caught.value.detail
