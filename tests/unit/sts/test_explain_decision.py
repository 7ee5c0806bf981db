"""ExplainDecision: who is told why something was refused, and how much."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio

from daypass.core import limits
from daypass.core.errors import (
    AccessDeniedError,
    InternalFailureError,
    NotFoundError,
    StoreUnavailableError,
    ValidationError,
)
from daypass.policy.decision import Effect, Slot
from daypass.policy.explanation import Side
from support.decisions import decision_record
from support.sts_world import RETENTION, StsWorld, allow
from unit.sts import access
from unit.sts import organisation as org
from unit.sts.access import denial, explain


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns three accounts, each with somebody who may ask."""
    return await access.three_accounts()


async def test_refuses_who_may_not_ask(world: StsWorld) -> None:
    """Asking takes daypass:ExplainDecision, also for one's own denial."""
    error = await denial(world, org.EVE, org.LOCAL)

    with pytest.raises(AccessDeniedError):
        await explain(world, error.metadata["decision_id"], org.EVE)


@pytest.mark.parametrize(
    "decision_id", ["", "d" * (limits.DECISION_ID_CHARACTERS_MAX + 1)]
)
async def test_refuses_what_is_no_id(world: StsWorld, decision_id: str) -> None:
    """An id that is missing or too long is wrong."""
    with pytest.raises(ValidationError) as caught:
        await explain(world, decision_id, access.ADA)

    assert "decision_id" == caught.value.violations[0].field


async def test_other_account_finds_nothing(world: StsWorld) -> None:
    """A third account is told what it would be told of an id that never was."""
    error = await denial(world, org.BOB, org.AUDIT)
    with pytest.raises(NotFoundError) as foreign:
        await explain(world, error.metadata["decision_id"], access.MAX)

    with pytest.raises(NotFoundError) as unknown:
        await explain(world, "d" * limits.DECISION_ID_CHARACTERS_MAX, access.MAX)

    assert unknown.value.message == foreign.value.message
    assert unknown.value.detail == foreign.value.detail


async def test_forgotten_with_retention(world: StsWorld) -> None:
    """A denial is forgotten at the end of its time, from that instant."""
    error = await denial(world, org.BOB, org.AUDIT)
    world.clock.step(RETENTION)

    with pytest.raises(NotFoundError):
        await explain(world, error.metadata["decision_id"], access.ADA)


async def test_known_until_retention(world: StsWorld) -> None:
    """One second before, it is explained."""
    error = await denial(world, org.BOB, org.AUDIT)
    world.clock.step(RETENTION - timedelta(seconds=1))

    explained = await explain(world, error.metadata["decision_id"], access.ADA)

    assert org.BOB == explained.caller_arn


async def test_store_away(world: StsWorld) -> None:
    """Without the store nobody knows, and that is what is said."""
    world.denials.fail_next(StoreUnavailableError(), method="get")

    with pytest.raises(StoreUnavailableError):
        await explain(world, "decision", access.ADA)


async def test_unreadable_record(world: StsWorld) -> None:
    """A record that is not one of ours is our fault."""
    await world.denials.put(decision_record(now=world.clock.now()))

    with pytest.raises(InternalFailureError):
        await explain(world, "decision-0", access.ADA)


async def test_owner_sees_own_policy(world: StsWorld) -> None:
    """The account of the role sees its trust policy, and what to change."""
    error = await denial(world, org.BOB, org.AUDIT)

    explained = await explain(world, error.metadata["decision_id"], access.ADMIN)

    assert Side.RESOURCE is explained.side
    assert ("sts:ExternalId",) == explained.explanation.missing_keys
    assert "e-42" in explained.explanation.nearest[0].text


async def test_caller_sees_no_foreign_policy(world: StsWorld) -> None:
    """The account of the caller sees nothing of the role's trust policy (P41)."""
    error = await denial(world, org.BOB, org.AUDIT)

    explained = await explain(world, error.metadata["decision_id"], access.ADA)

    assert Side.CALLER is explained.side
    assert () == explained.explanation.missing_keys
    assert "e-42" not in repr(explained)
    assert "ExternalId" not in repr(explained)


async def test_owner_sees_no_foreign_policy(world: StsWorld) -> None:
    """The account of the role sees of the caller's policies what they came to."""
    error = await denial(world, org.BOB, org.AUDIT)

    explained = await explain(world, error.metadata["decision_id"], access.ADMIN)

    slots = {slot.slot: slot for slot in explained.explanation.slots}
    assert Effect.ALLOW is slots[Slot.IDENTITY].effect
    assert () == slots[Slot.IDENTITY].policies
    assert "assume" not in repr(slots[Slot.IDENTITY])


async def test_caller_sees_own_policy(world: StsWorld) -> None:
    """The account of the caller sees that its own policies do not allow."""
    error = await denial(world, org.EVE, org.READER)

    explained = await explain(world, error.metadata["decision_id"], access.ADA)

    assert Slot.IDENTITY is explained.explanation.slot
    assert "no identity policy of user eve" in explained.explanation.nearest[0].text


@pytest.mark.parametrize("caller", [org.BOB, org.EVE])
async def test_missing_role_looks_as_refusing(world: StsWorld, caller: str) -> None:
    """To the caller a role that denies it, and one that is not there, are one."""
    seen = []
    roles = (org.AUDIT, access.SECRETIVE, org.ABSENT, org.NOWHERE)
    for role in roles:
        error = await denial(world, caller, role)
        explained = await explain(world, error.metadata["decision_id"], access.ADA)
        seen.append(repr(explained).replace(role, "ROLE"))

    accounts = {text.replace("999999999999", org.B) for text in seen}
    assert 1 == len(accounts)


async def test_trusting_role_looks_as_missing(world: StsWorld) -> None:
    """To a caller without permission a role that would trust it is no other."""
    seen = []
    for role in (org.READER, org.ABSENT):
        error = await denial(world, org.EVE, role)
        explained = await explain(world, error.metadata["decision_id"], access.ADA)
        seen.append(repr(explained).replace(role, "ROLE"))

    assert seen[0] == seen[1]


async def test_explicit_deny_is_withheld(world: StsWorld) -> None:
    """A Deny of the other account looks like its silence to the caller."""
    error = await denial(world, org.BOB, access.SECRETIVE)

    explained = await explain(world, error.metadata["decision_id"], access.ADA)

    assert Effect.IMPLICIT_DENY is explained.explanation.effect
    assert "Hidden" not in repr(explained)


async def test_owner_sees_its_deny(world: StsWorld) -> None:
    """The account whose Deny it was sees which statement it was."""
    error = await denial(world, org.BOB, access.SECRETIVE)

    explained = await explain(world, error.metadata["decision_id"], access.ADMIN)

    assert explained.explanation.decided_by is not None
    assert "Hidden" == explained.explanation.decided_by.sid


async def test_one_account_sees_all(world: StsWorld) -> None:
    """Within one account the trust policy is shown to whoever may ask."""
    error = await denial(world, org.EVE, org.LOCAL)

    explained = await explain(world, error.metadata["decision_id"], access.ADA)

    assert "role/Local" in str(explained.explanation.slots[0].policies)
    assert explained.explanation.same_account


async def test_says_what_was_refused(world: StsWorld) -> None:
    """The answer has the operation, the words of the denial, and its time."""
    error = await denial(world, org.EVE, org.LOCAL)

    explained = await explain(world, error.metadata["decision_id"], access.ADA)

    assert ("AssumeRole", error.message) == (explained.operation, explained.reason)
    assert RETENTION == explained.expire_time - explained.decide_time


async def test_session_of_the_account_may_ask(world: StsWorld) -> None:
    """A session of a role of the account is one of its principals."""
    may_ask = access.ACCOUNT_B.replace(allow("sts:*"), allow("*"))
    world.declare(access.ACCOUNT_A, may_ask, access.ACCOUNT_C)
    error = await denial(world, org.BOB, org.AUDIT)
    session = await world.session(await world.assume(world.user(org.BOB), org.READER))

    explained = await explain(world, error.metadata["decision_id"], session)

    assert Side.RESOURCE is explained.side


async def test_is_recorded(world: StsWorld) -> None:
    """The audit record of the question names the decision that it was about."""
    error = await denial(world, org.EVE, org.LOCAL)
    await explain(world, error.metadata["decision_id"], access.ADA)

    attributes = dict(world.audit.records[-1].attributes)
    assert error.metadata["decision_id"] == attributes["explained_decision_id"]
