"""What a denial leaves behind, and that nothing here ever changes it."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
import pytest_asyncio

from daypass.adapters.memory import MemoryDecisionStore
from daypass.core import limits
from daypass.core.decision_record import DecisionRecord
from daypass.core.errors import (
    AccessDeniedError,
    StoreUnavailableError,
    ValidationError,
)
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.audit import AuditEntry
from daypass.sts.decisions import Allowance
from support.sts_world import CALL, StsWorld, allow, ready
from support.world import ManualClock
from unit.sts import access
from unit.sts import organisation as org
from unit.sts.access import decode, denial, explain, unexplainable

EXPLANATION = "explanation"


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns three accounts, each with somebody who may ask."""
    return await access.three_accounts()


class StuckStore(MemoryDecisionStore):
    """A store that does not answer when something is to be kept."""

    def __init__(self) -> None:
        """Begins without anybody who waits."""
        super().__init__()
        self.asked = asyncio.Event()

    async def put(self, record: DecisionRecord) -> None:
        """Takes note that it was asked, and waits for ever."""
        del record
        self.asked.set()
        await asyncio.Event().wait()


async def test_store_down_changes_nothing(world: StsWorld) -> None:
    """Without the store the denial is the same, with the same message to open."""
    kept = await denial(world, org.BOB, org.AUDIT)
    world.denials.fail_next(StoreUnavailableError(), method="put")

    lost = await denial(world, org.BOB, org.AUDIT)

    assert (kept.message, kept.detail) == (lost.message, lost.detail)
    assert kept.metadata.keys() == lost.metadata.keys()


async def test_store_down_is_recorded(world: StsWorld) -> None:
    """The audit record of such a denial says that it cannot be explained."""
    world.denials.fail_next(StoreUnavailableError(), method="put")

    await denial(world, org.EVE, org.LOCAL)

    attributes = dict(world.audit.records[-1].attributes)
    assert "not kept: store unavailable" == attributes[EXPLANATION]


async def test_stuck_store_delays_little() -> None:
    """A store that does not answer delays a denial by the bound and no longer."""
    world = await ready(StsWorld(*access.FILES, decision_store=StuckStore()))
    started = asyncio.get_running_loop().time()

    await denial(world, org.EVE, org.LOCAL)

    passed = asyncio.get_running_loop().time() - started
    most = 4 * limits.DECISION_STORE_TIME_MAX.total_seconds()
    assert most > passed


async def test_cancelled_denial_is_on_record() -> None:
    """A call that ends while its explanation is being kept is audited."""
    store = StuckStore()
    world = await ready(StsWorld(*access.FILES, decision_store=store))
    call = asyncio.ensure_future(world.assume(world.user(org.EVE), org.LOCAL))
    await store.asked.wait()

    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert "refused" == world.audit.records[-1].outcome


async def test_grant_keeps_nothing(world: StsWorld) -> None:
    """What is allowed is neither explained nor kept."""
    await world.assume(world.user(org.BOB), org.LOCAL)

    assert 0 == len(world.denials)


async def test_denial_carries_its_message(world: StsWorld) -> None:
    """A denial by policy has a decision id and an encoded message."""
    error = await denial(world, org.BOB, org.AUDIT)

    assert ["decision_id", "encoded_authorization_message"] == list(error.metadata)[:2]


async def test_every_operation_does(world: StsWorld) -> None:
    """Our own operations refuse with a decision that can be explained, too."""
    with pytest.raises(AccessDeniedError) as caught:
        await explain(world, "any", access.CLERK)

    explained = await explain(world, caught.value.metadata["decision_id"], access.ADMIN)
    assert "daypass:ExplainDecision" == explained.explanation.action


async def test_batch_items_have_their_own(world: StsWorld) -> None:
    """Each item that is refused has a decision of its own, which is explained."""
    batch = world.batch()
    requests = tuple(
        AssumeRoleRequest(role_arn=arn, role_session_name="s1")
        for arn in (org.AUDIT, org.LOCAL, org.ABSENT)
    )

    items = await batch.run(requests, world.user(org.BOB), CALL)

    await world.explain_waiting()
    ids = [
        item.outcome.metadata["decision_id"]
        for item in items
        if isinstance(item.outcome, AccessDeniedError)
    ]
    assert ["request-1.0", "request-1.2"] == ids
    resources = [
        (await explain(world, each, access.ADA)).explanation.resource for each in ids
    ]
    assert [org.AUDIT, org.ABSENT] == resources


async def test_views_are_bounded(world: StsWorld) -> None:
    """The explanation of large policies is cut, and still says what was decided."""
    statements = ", ".join(
        f'{{Sid: "S{number}", Effect: Allow, Principal: {{AWS: "{org.BOB}"}},'
        f' Action: "sts:AssumeRole", Condition: {{StringEquals:'
        f' {{"aws:RequestTag/k{number}": "{"v" * 200}"}}}}}}'
        for number in range(10)
    )
    wide = access.ACCOUNT_A.replace(
        "  Local: {trust:",
        '  Wide: {trust: {Version: "2012-10-17", Statement: ['
        + statements
        + "]}}\n  Local: {trust:",
    )
    world.declare(wide, access.ACCOUNT_B, access.ACCOUNT_C)
    most = limits.EXPLANATION_BYTES_MAX

    error = await denial(world, org.BOB, f"arn:aws:iam::{org.A}:role/Wide")

    record = await world.denials.get("request-1", now=world.clock.now())
    assert record is not None
    assert most >= len(record.caller_view)
    assert "implicitDeny" == json.loads(record.caller_view)["effect"]
    assert "encoded_authorization_message" in error.metadata


async def test_flood_is_not_kept() -> None:
    """Whoever is refused more often than that fills no store."""
    world = await ready(StsWorld(*access.FILES, explained_max=1))
    await denial(world, org.BOB, org.AUDIT)
    first = await world.denials.get("request-1", now=world.clock.now())

    await denial(world, org.BOB, org.ABSENT)

    assert first == await world.denials.get("request-1", now=world.clock.now())
    attributes = dict(world.audit.records[-1].attributes)
    assert "not made: too many" == attributes[EXPLANATION]


@pytest.mark.parametrize("role", [org.AUDIT, access.SECRETIVE, org.ABSENT])
async def test_flood_has_brief_messages(role: str) -> None:
    """Its denials carry messages that say what was refused, and tell no role apart."""
    world = await ready(StsWorld(*access.FILES, explained_max=0))
    error = await denial(world, org.BOB, role)

    decoded = await decode(world, error.metadata["encoded_authorization_message"])

    assert decoded["explicitDeny"] is False
    assert [] == decoded["matchedStatements"]["items"]


async def test_brief_message_tells_own_deny() -> None:
    """A brief message still tells a Deny within one account from a silence."""
    world = await ready(StsWorld(*access.FILES, explained_max=0))
    deny = allow("sts:*").replace("Effect: Allow", "Effect: Deny")
    denying = access.ACCOUNT_A.replace(allow("sts:*"), deny, 1)
    world.declare(denying, access.ACCOUNT_B, access.ACCOUNT_C)
    error = await denial(world, org.BOB, org.LOCAL)

    decoded = await decode(world, error.metadata["encoded_authorization_message"])

    assert decoded["explicitDeny"] is True


async def test_fault_changes_nothing(world: StsWorld) -> None:
    """If explaining itself fails, the denial stands and says nothing more."""
    caller = world.user(org.EVE)
    entry = AuditEntry("AssumeRole", CALL, caller, "decision-1")

    metadata = world.decisions.refuse(unexplainable(world, org.EVE, org.LOCAL), entry)

    assert {} == metadata
    assert entry.denial is None
    assert {EXPLANATION: "not made: ZeroDivisionError"} == entry.attributes


async def test_fault_changes_no_answer(world: StsWorld) -> None:
    """The same holds for a denial that is an answer."""
    entry = AuditEntry("Authorize", CALL, world.user(org.BOB), "decision-1")

    world.decisions.note(unexplainable(world, org.BOB, org.NEXT), entry)

    assert entry.denial is None
    assert {EXPLANATION: "not made: ZeroDivisionError"} == entry.attributes


async def test_retention_is_a_setting() -> None:
    """A deployment that keeps denials for less forgets them sooner."""
    minute = timedelta(minutes=1)
    world = await ready(StsWorld(*access.FILES, retention=minute))
    await denial(world, org.BOB, org.AUDIT)

    record = await world.denials.get("request-1", now=world.clock.now())

    assert record is not None
    assert minute == record.expire_time - record.decide_time


def test_allowance_is_a_burst() -> None:
    """An account has a burst, and then nothing at the same instant."""
    allowance = Allowance(clock=ManualClock(), burst_max=3)
    taken = [allowance.take("a") for _ in range(4)]

    assert [True, True, True, False] == taken


def test_allowance_of_each_account() -> None:
    """One account does not use up what another has."""
    allowance = Allowance(clock=ManualClock(), burst_max=3)
    for _ in range(3):
        allowance.take("a")

    assert allowance.take("b")


@pytest.mark.parametrize(("seconds", "allowed"), [(0.9, False), (1.0, True)])
def test_allowance_fills_up(seconds: float, *, allowed: bool) -> None:
    """Afterwards there is one more each second, and not before it has passed."""
    clock = ManualClock()
    allowance = Allowance(clock=clock, burst_max=3)
    for _ in range(3):
        allowance.take("a")
    clock.advance(timedelta(seconds=seconds))

    assert allowed == allowance.take("a")


async def test_other_refusals_keep_nothing(world: StsWorld) -> None:
    """A refusal that is not by policy is not explained, and needs no store."""
    with pytest.raises(ValidationError):
        await world.assume_role.run(AssumeRoleRequest(), world.user(org.BOB), CALL)

    assert 0 == len(world.denials)
