"""What a delegated session may do, and what ends it.

It may do what was approved and its approver may do, at each use; it falls with its
approver and with whoever traded it in.

SPEC: sts-operations 1.8 and 0.11; attacks C03 and C07; ADR 0021.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from daypass.core.errors import AccessDeniedError, InvalidClientTokenIdError
from daypass.core.revocation import RevocationScope
from daypass.core.session import SessionPolicies
from daypass.policy.context import RequestContext
from daypass.policy.document import DocumentKind, Policy, PolicySource
from daypass.policy.evaluate import decide
from daypass.policy.parse import parse_policy
from daypass.sts.caller import Caller
from daypass.sts.policy_question import Authorizer, Target
from daypass.sts.principals import principal_of_session
from daypass.sts.session_policies import SessionPolicyReader
from support.sts_world import StsWorld, allow, ready
from support.world import START
from unit.sts import delegations as org
from unit.sts.credentials import holder, revoke, user
from unit.sts.delegations import approve, delegations, keeper, trade_in

BUCKET = "arn:aws:s3:::b/k"
SHORT = timedelta(seconds=900)
EVERYTHING = (
    '{"Version":"2012-10-17","Statement":'
    '{"Effect":"Allow","Action":"*","Resource":"*"}}'
)


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns the customer and the partner, with nothing approved."""
    return await delegations()


async def _acting(
    world: StsWorld, approver: Caller, partner: Caller | None = None
) -> Caller:
    """Returns the partner's user, or another, acting as the approver to read."""
    approved = await approve(world, approver, session_duration=SHORT)
    partner = partner or await user(world, org.PAT)
    result = await trade_in(world, partner, approved.trade_in_token)
    return await holder(world, result.credentials)


async def _still(world: StsWorld, caller: Caller) -> bool:
    """Tells whether a session is still good, by the checks of a proof."""
    assert caller.session is not None
    try:
        world.view.check(caller.session)
        found = principal_of_session(caller.session, world.directory.value)
    except InvalidClientTokenIdError:
        return False
    return found == caller.principal


def _allowed(
    world: StsWorld, caller: Caller, action: str, trust: Policy | None = None
) -> bool:
    authorizer = Authorizer(
        directory=world.directory.value,
        session_policies=SessionPolicyReader(),
        now=START,
    )
    target = Target(BUCKET, org.CUSTOMER, trust)
    keys = authorizer.identity_keys(caller.principal, caller.session)
    question = authorizer.question(action, target, caller, RequestContext.of(keys))
    return decide(question).allowed


def _bucket_policy(principal: str) -> Policy:
    text = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":'
        f'{principal},"Action":"s3:*","Resource":"*"}}}}'
    )
    source = PolicySource(slot="resource", name="bucket")
    return parse_policy(text, kind=DocumentKind.RESOURCE, source=source)


async def test_not_approved_is_denied(world: StsWorld) -> None:
    """What the approver may do and has not approved is denied."""
    ann = await user(world, org.ANN)
    acting = await _acting(world, ann)

    assert _allowed(world, ann, "s3:PutObject")
    assert not _allowed(world, acting, "s3:PutObject")


async def test_approved_is_allowed(world: StsWorld) -> None:
    """What the approver may do and has approved is allowed."""
    assert _allowed(
        world, await _acting(world, await user(world, org.ANN)), "s3:GetObject"
    )


async def test_approver_cannot_give_what_it_lacks(world: StsWorld) -> None:
    """What was approved and the approver may not do is denied."""
    world.declare(org.customer(allow("daypass:*")), *org.PARTNERS)

    acting = await _acting(world, await user(world, org.ANN))

    assert not _allowed(world, acting, "s3:GetObject")


async def test_permissions_are_read_at_use(world: StsWorld) -> None:
    """An approver that can do less from now on takes the session along."""
    acting = await _acting(world, await user(world, org.ANN))
    world.declare(org.customer(allow("ec2:*")), *org.PARTNERS)

    assert not _allowed(world, acting, "s3:GetObject")


@pytest.mark.parametrize("named", ["user", "session", "everyone"])
async def test_resource_that_names_the_approver(world: StsWorld, named: str) -> None:
    """A resource that opens itself to the approver opens no more than was approved."""
    ann = await user(world, org.ANN)
    approver = await keeper(world, ann) if named == "session" else ann
    acting = await _acting(world, approver)
    name = '"*"' if named == "everyone" else f'{{"AWS":"{approver.principal.arn}"}}'
    bucket = _bucket_policy(name)

    assert _allowed(world, approver, "s3:PutObject", bucket)
    assert not _allowed(world, acting, "s3:PutObject", bucket)
    assert _allowed(world, acting, "s3:GetObject", bucket)


async def test_session_without_policies_may_nothing(world: StsWorld) -> None:
    """A delegated session that names nothing that was approved may do nothing."""
    acting = await _acting(world, await user(world, org.ANN))
    assert acting.session is not None
    bare = replace(acting.session, policies=SessionPolicies())

    assert not _allowed(world, replace(acting, session=bare), "s3:GetObject")


@pytest.mark.parametrize("approver", ["user", "session"])
async def test_c03_falls_with_its_approver(world: StsWorld, approver: str) -> None:
    """C03: revoking whoever approved, or the session that did, ends it."""
    ann = await user(world, org.ANN)
    by = await keeper(world, ann) if approver == "session" else ann
    acting = await _acting(world, by)
    assert await _still(world, acting)

    if approver == "session":
        await revoke(world, RevocationScope.SESSION, by.access_key_id)
    else:
        await revoke(world, RevocationScope.PRINCIPAL, ann.principal.user_id)

    assert not await _still(world, acting)


async def test_c03_falls_with_the_partner(world: StsWorld) -> None:
    """C03: revoking the session that traded it in, or its role, ends it."""
    pat = await user(world, org.PAT)
    ann = await user(world, org.ANN)
    workers = [
        await world.session(await world.assume(pat, org.WORKER)) for _ in range(2)
    ]
    first, second = [await _acting(world, ann, worker) for worker in workers]

    await revoke(world, RevocationScope.SESSION, workers[0].access_key_id)
    assert not await _still(world, first)
    assert await _still(world, second)
    assert workers[1].session is not None
    await revoke(world, RevocationScope.PRINCIPAL, workers[1].session.principal_id)
    assert not await _still(world, second)


@pytest.mark.parametrize("account", [org.CUSTOMER, org.PARTNER])
async def test_c03_falls_with_either_account(world: StsWorld, account: str) -> None:
    """C03: revoking the account of the approver or of the partner ends it."""
    acting = await _acting(world, await user(world, org.ANN))

    await revoke(world, RevocationScope.ACCOUNT, account)

    assert not await _still(world, acting)


async def test_other_revocations_leave_it(world: StsWorld) -> None:
    """Revoking somebody else, or the partner before it traded in, does not end it."""
    pat = await user(world, org.PAT)
    await revoke(world, RevocationScope.PRINCIPAL, pat.principal.user_id)
    approved = await approve(world, await user(world, org.ANN))
    await revoke(world, RevocationScope.PRINCIPAL, pat.principal.user_id)
    result = await trade_in(world, await user(world, org.PAT), approved.trade_in_token)
    acting = await holder(world, result.credentials)

    await revoke(world, RevocationScope.ACCOUNT, org.STRANGER)

    assert await _still(world, acting)


async def test_falls_with_its_own_revocation(world: StsWorld) -> None:
    """An operator of the approver's account ends it by its access key id."""
    acting = await _acting(world, await user(world, org.ANN))

    await revoke(world, RevocationScope.SESSION, acting.access_key_id)

    assert not await _still(world, acting)


async def test_dies_with_the_approver(world: StsWorld) -> None:
    """Deleting the user ends what it approved, and a namesake does not revive it."""
    acting = await _acting(world, await user(world, org.ANN))
    world.declare(org.customer(with_ann=False), *org.PARTNERS)
    assert not await _still(world, acting)

    world.declare(*org.FILES)
    assert not await _still(world, acting)


async def test_dies_with_the_approving_key(world: StsWorld) -> None:
    """Switching off the long-term key that approved ends the session."""
    acting = await _acting(world, await user(world, org.ANN))
    off = org.FILES[0].replace(
        "secret: {file: ann.secret}", "secret: {file: ann.secret}, status: Inactive"
    )

    world.declare(off, *org.PARTNERS)

    assert not await _still(world, acting)


async def test_never_approves_again(world: StsWorld) -> None:
    """A delegated session hands nothing on, whatever was approved."""
    approved = await approve(world, await user(world, org.ANN), policy=EVERYTHING)
    result = await trade_in(world, await user(world, org.PAT), approved.trade_in_token)
    acting = await holder(world, result.credentials)

    with pytest.raises(AccessDeniedError) as caught:
        await approve(world, acting)
    assert "caller_kind" == caught.value.detail
    other = await approve(
        world, await user(world, org.ANN), partner_account_id=org.CUSTOMER
    )
    with pytest.raises(AccessDeniedError) as caught:
        await trade_in(world, acting, other.trade_in_token)
    assert "caller_kind" == caught.value.detail


actions = st.sampled_from(("s3:GetObject", "s3:PutObject", "s3:Get*", "s3:*", "*"))
statements = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(("Allow", "Allow", "Deny")),
        "Action": actions,
        "Resource": st.sampled_from(("*", BUCKET, "arn:aws:s3:::other/*")),
    }
)
documents = st.lists(statements, min_size=1, max_size=3).map(
    lambda found: str({"Version": "2012-10-17", "Statement": found}).replace("'", '"')
)


@settings(max_examples=60, deadline=None)
@given(own=documents, approved=documents, bucket=st.none() | documents)
async def test_c07_delegated_within_approver(
    own: str, approved: str, bucket: str | None
) -> None:
    """C07: whatever the policies, a delegated session may do no more than its approver."""
    world = await ready(StsWorld(*org.FILES))
    by = await approve(world, await user(world, org.ANN), policy=approved)
    result = await trade_in(world, await user(world, org.PAT), by.trade_in_token)
    acting = await holder(world, result.credentials)
    world.declare(org.customer(own), *org.PARTNERS)
    ann = await user(world, org.ANN)
    trust = None
    if bucket is not None:
        text = bucket.replace('"Effect"', '"Principal": "*", "Effect"')
        source = PolicySource(slot="resource", name="bucket")
        trust = parse_policy(text, kind=DocumentKind.RESOURCE, source=source)

    for action in ("s3:GetObject", "s3:PutObject", "ec2:RunInstances"):
        if _allowed(world, acting, action, trust):
            assert _allowed(world, ann, action, trust)
