"""GetDelegatedAccessToken trades an approval in, once, for what was approved.

SPEC: sts-operations 1.8; attacks C02 and C03; ADR 0021.
"""

from __future__ import annotations

import asyncio
import random
import string
from datetime import timedelta

import pytest

from daypass.core.errors import (
    AccessDeniedError,
    AuditUnavailableError,
    PackedPolicyTooLargeError,
    StoreUnavailableError,
    ValidationError,
)
from daypass.core.outbound_errors import ExpiredTradeInTokenError
from daypass.core.revocation import RevocationScope
from daypass.core.secret import Secret
from daypass.core.session import SessionKind
from daypass.keyring.generate import new_ring
from daypass.sts.chain_rules import ChainRules
from daypass.sts.tags import Tag
from support.sts_world import StsWorld
from unit.sts import delegations as org
from unit.sts.credentials import holder, revoke, root, session_token, user
from unit.sts.delegations import approve, delegations, keeper, trade_in

SECOND = timedelta(seconds=1)


async def _detail(
    world: StsWorld, token: Secret, error: type[Exception] = AccessDeniedError
) -> str:
    """Returns the inner reason for which the partner's user is refused."""
    with pytest.raises(error) as caught:
        await trade_in(world, world.user(org.PAT), token)
    return str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "x", "AAAA", "%", "a" * 16_384, "a" * 16_385, "\u2603"]
)
async def test_rubbish_refused(text: str) -> None:
    """What is no token is a wrong parameter, and is not shown."""
    world = await delegations()

    with pytest.raises(ValidationError) as caught:
        await trade_in(world, world.user(org.PAT), Secret(text))

    assert not text or f"'{text}'" not in caught.value.message


async def test_token_of_another_deployment_refused() -> None:
    """A token that another ring sealed is a wrong parameter."""
    world = await delegations()
    token = (await approve(world, world.user(org.ANN))).trade_in_token
    world.ring.value = new_ring(world.entropy, world.clock.now())

    assert "trade_in_token_not_ours" == await _detail(world, token, ValidationError)


async def test_other_partner_refused() -> None:
    """A token is for one account: another one is denied, and does not use it up."""
    world = await delegations()
    token = (await approve(world, world.user(org.ANN))).trade_in_token

    for arn in (org.SUE, org.ANN):
        with pytest.raises(AccessDeniedError) as caught:
            await trade_in(world, world.user(arn), token)
        assert "trade_in_token_of_another_partner" == caught.value.detail

    await trade_in(world, world.user(org.PAT), token)


async def test_other_partner_does_not_learn_of_expiry() -> None:
    """Whoever the token is not for is told so, expired or not."""
    world = await delegations()
    token = (await approve(world, world.user(org.ANN))).trade_in_token
    world.clock.advance(timedelta(days=2))
    await world.follower.catch_up()

    with pytest.raises(AccessDeniedError):
        await trade_in(world, world.user(org.SUE), token)


async def test_denied_without_the_action() -> None:
    """Trading in needs `sts:GetDelegatedAccessToken`, and uses nothing up without."""
    world = await delegations()
    token = (await approve(world, world.user(org.ANN))).trade_in_token
    poor = org.PARTNERS[0].replace('"sts:*"', '"sts:AssumeRole"')
    world.declare(org.FILES[0], poor, org.PARTNERS[1])

    assert "policy" == await _detail(world, token)
    world.declare(*org.FILES)
    await trade_in(world, world.user(org.PAT), token)


async def test_caller_kinds_refused() -> None:
    """A root user and a session of GetSessionToken trade nothing in."""
    world = await delegations()
    token = (await approve(world, world.user(org.ANN))).trade_in_token
    issued = await session_token(world, await user(world, org.PAT))

    for caller in (
        await root(world, org.PARTNER),
        await holder(world, issued.credentials),
    ):
        with pytest.raises(AccessDeniedError) as caught:
            await trade_in(world, caller, token)
        assert "caller_kind" == caught.value.detail


async def test_expired_token_refused() -> None:
    """A token is good until the second before its expiry, and not at it."""
    world = await delegations()
    ann = world.user(org.ANN)
    first, second = [(await approve(world, ann)).trade_in_token for _ in range(2)]
    world.clock.advance(timedelta(hours=1) - SECOND)
    await world.follower.catch_up()

    await trade_in(world, world.user(org.PAT), first)
    world.clock.advance(SECOND)
    await world.follower.catch_up()
    reason = await _detail(world, second, ExpiredTradeInTokenError)

    assert "trade_in_token_expired" == reason


async def test_c02_credentials_end_with_the_approvers_session() -> None:
    """C02: traded in at the last second, the credentials end with the approver's."""
    world = await delegations()
    session = await keeper(world, await user(world, org.ANN), duration_seconds=3_600)
    assert session.session is not None
    approved = await approve(world, session, session_duration=timedelta(seconds=900))
    world.clock.advance(timedelta(seconds=2_699))
    await world.follower.catch_up()

    result = await trade_in(world, world.user(org.PAT), approved.trade_in_token)

    end = session.session.expire_time
    assert end - SECOND == result.credentials.expire_time


async def test_used_token_refused() -> None:
    """A token works once; then it is used up, which its partner is told."""
    world = await delegations()
    token = (await approve(world, world.user(org.ANN))).trade_in_token
    await trade_in(world, world.user(org.PAT), token)

    assert "trade_in_token_used" == await _detail(
        world, token, ExpiredTradeInTokenError
    )


async def test_one_of_many_wins() -> None:
    """Of a hundred calls with one token at a time exactly one gets credentials."""
    world = await delegations()
    token = (await approve(world, world.user(org.ANN))).trade_in_token
    pat = world.user(org.PAT)

    outcomes = await asyncio.gather(
        *(trade_in(world, pat, token) for _ in range(100)), return_exceptions=True
    )

    refused = [one for one in outcomes if isinstance(one, ExpiredTradeInTokenError)]
    assert (1, 99) == (len(outcomes) - len(refused), len(refused))
    assert 1 == len(world.store)


async def test_token_is_kept_as_a_digest() -> None:
    """What is kept of a used token does not let anybody trade it in."""
    world = await delegations()
    token = (await approve(world, world.user(org.ANN))).trade_in_token

    await trade_in(world, world.user(org.PAT), token)

    kept = repr(vars(world.guards))
    assert 1 == len(world.guards)
    assert token.reveal_text() not in kept


async def test_store_away_issues_nothing() -> None:
    """Without the store of used tokens nothing is issued."""
    world = await delegations()
    token = (await approve(world, world.user(org.ANN))).trade_in_token
    world.guards.fail_next(StoreUnavailableError("away"))

    assert "away" == await _detail(world, token, StoreUnavailableError)
    assert 0 == len(world.store)


async def test_failed_issue_uses_the_token_up() -> None:
    """A token whose credentials could not be stored is used up all the same."""
    world = await delegations()
    token = (await approve(world, world.user(org.ANN))).trade_in_token
    world.store.fail_next(StoreUnavailableError("away"), method="add")

    assert "away" == await _detail(world, token, StoreUnavailableError)
    assert "trade_in_token_used" == await _detail(
        world, token, ExpiredTradeInTokenError
    )
    assert 0 == len(world.store)


async def test_nothing_leaves_without_audit() -> None:
    """Credentials whose record cannot be written are taken back."""
    world = await delegations()
    token = (await approve(world, world.user(org.ANN))).trade_in_token
    world.audit.fail_next(AuditUnavailableError("audit_away"))

    with pytest.raises(AuditUnavailableError):
        await trade_in(world, world.user(org.PAT), token)

    assert 0 == len(world.store)


async def test_gone_approver_refused() -> None:
    """A token of a user that is no more, or a namesake of it, is worth nothing."""
    world = await delegations()
    token = (await approve(world, world.user(org.ANN))).trade_in_token

    world.declare(org.customer(with_ann=False), *org.PARTNERS)
    assert "approver_user_gone" == await _detail(world, token)
    world.declare(*org.FILES)
    assert "approver_user_gone" == await _detail(world, token)


async def test_inactive_key_of_approver_refused() -> None:
    """A token that a user approved by a key is worth nothing once the key is off."""
    world = await delegations()
    token = (await approve(world, await user(world, org.ANN))).trade_in_token
    off = org.FILES[0].replace(
        "secret: {file: ann.secret}", "secret: {file: ann.secret}, status: Inactive"
    )
    world.declare(off, *org.PARTNERS)

    assert "approver_parent_key_inactive" == await _detail(world, token)


async def test_revoked_approver_refused() -> None:
    """A token of an approver that was revoked since is worth nothing."""
    world = await delegations()
    ann = await user(world, org.ANN)
    session = await keeper(world, ann)
    short = timedelta(seconds=900)
    by_user = (await approve(world, ann)).trade_in_token
    by_session = (await approve(world, session, session_duration=short)).trade_in_token

    await revoke(world, RevocationScope.SESSION, session.access_key_id)
    assert "approver_session_revoked" == await _detail(world, by_session)
    await revoke(world, RevocationScope.PRINCIPAL, ann.principal.user_id)
    assert "approver_session_revoked" == await _detail(world, by_user)


async def test_chain_of_partner_is_bounded() -> None:
    """A partner whose chain is too deep for another session is refused, unused."""
    world = await delegations()
    token = (await approve(world, world.user(org.ANN))).trade_in_token
    pat = await user(world, org.PAT)
    worker = await world.session(await world.assume(pat, org.WORKER))
    world.chains = ChainRules(depth_max=0)

    with pytest.raises(AccessDeniedError) as caught:
        await trade_in(world, worker, token)

    assert "chain_too_deep" == caught.value.detail
    assert 0 == len(world.guards)


async def test_credentials_of_a_user() -> None:
    """The answer names the approver, and the session is of its account."""
    world = await delegations()
    ann = await user(world, org.ANN)
    approved = await approve(
        world, ann, session_duration=timedelta(seconds=900), policy=org.READ
    )

    result = await trade_in(world, await user(world, org.PAT), approved.trade_in_token)

    caller = await holder(world, result.credentials)
    assert (org.ANN, org.ANN) == (result.assumed_principal, caller.principal.arn)
    assert caller.session is not None
    assert SessionKind.DELEGATED is caller.session.kind
    assert world.clock.now() + timedelta(seconds=900) == result.credentials.expire_time
    assert result.packed_policy_percent is not None
    assert 0 < result.packed_policy_percent <= 100


async def test_credentials_of_a_role_session() -> None:
    """A role session is acted for under its own name, tags and source identity."""
    world = await delegations()
    session = await keeper(
        world,
        await user(world, org.ANN),
        source_identity="ann",
        tags=(Tag("team", "x"),),
        transitive_tag_keys=("team",),
    )
    short = timedelta(seconds=900)
    approved = await approve(world, session, session_duration=short)
    pat = await user(world, org.PAT)
    worker = await world.session(await world.assume(pat, org.WORKER))

    result = await trade_in(world, worker, approved.trade_in_token)

    caller = await holder(world, result.credentials)
    assert caller.session is not None
    assert session.principal == caller.principal
    assert session.principal.arn == result.assumed_principal
    assert {"team": "x"} == caller.session.tags
    assert frozenset() == caller.session.transitive_tag_keys
    assert "ann" == caller.session.source_identity
    assert (session.access_key_id, worker.access_key_id) == caller.session.ancestors


async def test_record_and_audit() -> None:
    """Both accounts find it: the session of the approver, the record of the partner."""
    world = await delegations()
    approved = await approve(world, await user(world, org.ANN))
    pat = await user(world, org.PAT)

    result = await trade_in(world, pat, approved.trade_in_token)

    key = result.credentials.access_key_id
    stored = await world.store.get(key, now=world.clock.now())
    record = world.audit.records[-1]
    assert stored is not None
    assert (org.CUSTOMER, org.ANN, org.PAT, pat.access_key_id) == (
        stored.account_id,
        stored.principal_arn,
        stored.issued_to,
        stored.parent_access_key_id,
    )
    assert (org.PAT, org.ANN, key) == (
        record.caller_arn,
        record.resource,
        record.issued_access_key_id,
    )
    assert {"delegation_id": approved.delegation_id} == dict(record.attributes)
    assert approved.trade_in_token.reveal_text() not in repr(record)


async def test_managed_policy_alone() -> None:
    """A managed policy alone approves, and counts as it is at each use."""
    world = await delegations()
    arn = f"arn:aws:iam::{org.CUSTOMER}:policy/Reading"
    approved = await approve(
        world, await user(world, org.ANN), policy=None, policy_arns=(arn,)
    )

    result = await trade_in(world, world.user(org.PAT), approved.trade_in_token)

    caller = await holder(world, result.credentials)
    assert caller.session is not None
    assert (arn,) == caller.session.policies.managed_arns


async def test_packed_policies_too_large() -> None:
    """Policies and tags that no session token has room for are refused in advance."""
    world = await delegations()
    noise = random.Random(0)  # noqa: S311 - repeatable on purpose.
    letters = string.ascii_letters + string.digits
    tags = tuple(
        Tag(f"k{number}", "".join(noise.choices(letters, k=200))) for number in range(5)
    )
    session = await keeper(world, await user(world, org.ANN), tags=tags)
    resource = "".join(noise.choices(letters, k=1_800))
    policy = org.READ.replace('"*"', f'"arn:aws:s3:::{resource}"')

    with pytest.raises(PackedPolicyTooLargeError):
        await approve(
            world, session, policy=policy, session_duration=timedelta(seconds=900)
        )
