"""CreateTradeInToken approves what its caller may give, and for no longer.

SPEC: sts-operations 1.8; attacks C02 and C07; ADR 0021.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.core.errors import (
    AccessDeniedError,
    MalformedPolicyDocumentError,
    PackedPolicyTooLargeError,
    ValidationError,
)
from daypass.core.outbound_errors import SessionDurationEscalationError
from daypass.sts.chain_rules import ChainRules
from daypass.sts.get_session_token import GetSessionTokenRequest
from support.sts_world import StsWorld, allow, ready
from unit.sts import delegations as org
from unit.sts.credentials import federation_token, holder, root, session_token, user
from unit.sts.delegations import approve, delegations, keeper, tokens

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
EVERYTHING = (
    '{"Version":"2012-10-17","Statement":'
    '{"Effect":"Allow","Action":"*","Resource":"*"}}'
)


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"partner_account_id": None}, "partner_account_id"),
        ({"partner_account_id": "12345678901"}, "partner_account_id"),
        ({"partner_account_id": "12345678901\n"}, "partner_account_id"),
        ({"policy": None}, "policy"),
        ({"policy": ""}, "policy"),
        ({"policy": "\u2603"}, "policy"),
        ({"policy_arns": ("x",)}, "policy_arns[0].arn"),
        ({"session_duration": timedelta(seconds=899)}, "session_duration"),
        ({"session_duration": timedelta(seconds=43_201)}, "session_duration"),
        ({"session_duration": timedelta(seconds=900.5)}, "session_duration"),
        ({"token_lifetime": timedelta(seconds=59)}, "token_lifetime"),
        ({"token_lifetime": timedelta(seconds=86_401)}, "token_lifetime"),
        ({"token_lifetime": -HOUR}, "token_lifetime"),
    ],
)
async def test_breach_named(parameters: dict[str, object], field: str) -> None:
    """A parameter that breaches its constraints is named, before any policy."""
    nothing = allow("s3:GetObject")
    world = await ready(StsWorld(org.customer(nothing), *org.PARTNERS))

    with pytest.raises(ValidationError) as caught:
        await approve(world, world.user(org.ANN), **parameters)

    assert field in {one.field for one in caught.value.violations}


async def test_bad_policies_refused() -> None:
    """What is no policy, is too long or is not there is refused at the approval."""
    world = await delegations()
    ann = world.user(org.ANN)

    with pytest.raises(MalformedPolicyDocumentError):
        await approve(world, ann, policy="{}")
    foreign = f"arn:aws:iam::{org.PARTNER}:policy/Reading"
    with pytest.raises(MalformedPolicyDocumentError):
        await approve(world, ann, policy_arns=(foreign,))
    arn = f"arn:aws:iam::{org.CUSTOMER}:policy/Reading"
    with pytest.raises(PackedPolicyTooLargeError):
        await approve(world, ann, policy=org.READ.ljust(2_020), policy_arns=(arn,))


async def test_denied_without_the_action() -> None:
    """Approving needs an action of its own."""
    may = allow("sts:*")
    world = await ready(StsWorld(org.customer(may), *org.PARTNERS))

    with pytest.raises(AccessDeniedError) as caught:
        await approve(world, world.user(org.ANN))

    assert ("daypass:CreateTradeInToken", org.ANN) == (
        caught.value.metadata["action"],
        caught.value.metadata["resource"],
    )


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("daypass:PartnerAccount", org.PARTNER, True),
        ("daypass:PartnerAccount", org.STRANGER, False),
        ("daypass:SessionDurationSeconds", "3600", True),
        ("daypass:SessionDurationSeconds", "900", False),
    ],
)
async def test_policy_binds_partner_and_duration(
    key: str, value: str, *, allowed: bool
) -> None:
    """A policy may say who is approved, and for how long."""
    policy = (
        '{Version: "2012-10-17", Statement: [{Effect: Allow, Action: "daypass:*",'
        f' Resource: "{org.ANN}", Condition: {{StringEquals: {{"{key}": "{value}"}}}}'
        "}]}"
    )
    world = await ready(StsWorld(org.customer(policy), *org.PARTNERS))

    if allowed:
        await approve(world, world.user(org.ANN))
    else:
        with pytest.raises(AccessDeniedError, match="policy"):
            await approve(world, world.user(org.ANN))


async def test_caller_kinds_refused() -> None:
    """A root user and a federated user approve nothing."""
    world = await delegations()
    guest = await federation_token(world, await user(world, org.ANN), policy=EVERYTHING)

    for caller in (
        await root(world, org.CUSTOMER),
        await holder(world, guest.credentials),
    ):
        with pytest.raises(AccessDeniedError) as caught:
            await approve(world, caller)
        assert "caller_kind" == caught.value.detail


async def test_limited_session_refused() -> None:
    """A session with session policies does not approve: it could give what it lacks."""
    world = await delegations()
    limited = await keeper(world, await user(world, org.ANN), policy=EVERYTHING)

    with pytest.raises(AccessDeniedError) as caught:
        await approve(world, limited)

    assert "approver_has_session_policies" == caught.value.detail


async def test_c02_session_gives_no_more_time_than_it_has() -> None:
    """C02: what a session approves ends with that session at the latest."""
    world = await delegations()
    session = await keeper(world, await user(world, org.ANN), duration_seconds=3_600)

    with pytest.raises(SessionDurationEscalationError):
        await approve(world, session, session_duration=HOUR)
    result = await approve(world, session, session_duration=HOUR - SECOND)

    assert world.clock.now() + SECOND == result.expire_time


async def test_session_shortens_the_token() -> None:
    """A token of a session expires in time for the credentials to end with it."""
    world = await delegations()
    session = await keeper(world, await user(world, org.ANN), duration_seconds=3_600)

    result = await approve(world, session, session_duration=timedelta(seconds=900))

    assert world.clock.now() + timedelta(seconds=2_700) == result.expire_time


@pytest.mark.parametrize(
    ("lifetime", "expected"),
    [
        (None, HOUR),
        (timedelta(minutes=1), timedelta(minutes=1)),
        (timedelta(hours=24), timedelta(hours=24)),
    ],
)
async def test_token_lifetimes(lifetime: timedelta | None, expected: timedelta) -> None:
    """A user's token is good for an hour, or for a minute to a day if that is asked."""
    world = await delegations()

    result = await approve(world, world.user(org.ANN), token_lifetime=lifetime)

    assert world.clock.now() + expected == result.expire_time


@pytest.mark.parametrize("seconds", [900, 43_200])
async def test_session_durations(seconds: int) -> None:
    """Both edges of the session's duration are taken."""
    world = await delegations()

    result = await approve(
        world, world.user(org.ANN), session_duration=timedelta(seconds=seconds)
    )

    approval = tokens(world).open(result.trade_in_token)
    assert timedelta(seconds=seconds) == approval.duration


async def test_chain_of_approver_is_bounded() -> None:
    """An approver whose chain is too deep for another session approves nothing."""
    world = await delegations()
    session = await keeper(world, await user(world, org.ANN))
    world.chains = ChainRules(depth_max=0)

    with pytest.raises(AccessDeniedError) as caught:
        await approve(world, session, session_duration=timedelta(seconds=900))

    assert "chain_too_deep" == caught.value.detail


async def test_user_session_approves() -> None:
    """A session of GetSessionToken approves as its user."""
    world = await delegations()
    issued = await session_token(
        world, await user(world, org.ANN), GetSessionTokenRequest()
    )
    caller = await holder(world, issued.credentials)

    result = await approve(world, caller)

    template = tokens(world).open(result.trade_in_token).session
    entry = world.directory.value.user_by_arn(org.ANN)
    assert entry is not None
    assert (entry.principal.unique_id, "") == (
        template.principal_id,
        template.session_name,
    )
    assert (entry.access_keys[0].access_key_id, caller.access_key_id) == (
        template.ancestors
    )


async def test_approval_is_on_record() -> None:
    """The record names the approval and the partner, and nothing of the token."""
    world = await delegations()

    result = await approve(world, world.user(org.ANN))

    record = world.audit.records[-1]
    assert ("CreateTradeInToken", "allowed", org.ANN) == (
        record.operation,
        record.outcome,
        record.resource,
    )
    assert {
        "delegation_id": result.delegation_id,
        "partner_account": org.PARTNER,
    } == dict(record.attributes)
    assert result.trade_in_token.reveal_text() not in repr(record)
    assert result.trade_in_token.reveal_text() not in repr(result)
    assert 0 == len(world.store)
