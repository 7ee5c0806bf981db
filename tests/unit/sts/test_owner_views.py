"""What the owner of a resource may see of a denial is made after the answer.

SPEC: attacks P41.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
import pytest_asyncio

from daypass.adapters.memory import MemoryDecisionStore
from daypass.core import denial_limits
from daypass.core.decision_record import DecisionRecord
from daypass.core.errors import AccessDeniedError, StoreUnavailableError
from daypass.sts.audit import AuditEntry
from support.sts_world import CALL, StsWorld, ready
from unit.sts import access
from unit.sts import organisation as org
from unit.sts.access import unexplainable

# One role that exists and one that does not, both of another account.
FOREIGN = pytest.mark.parametrize("role", [org.AUDIT, org.ABSENT])
DEADLINE_SECONDS = 10.0


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns three accounts, each with somebody who may ask."""
    return await access.three_accounts()


async def refuse(world: StsWorld, caller: str, role: str) -> dict[str, str]:
    """Has an AssumeRole refused, and returns the attributes of its audit record."""
    with pytest.raises(AccessDeniedError):
        await world.assume(world.user(caller), role)
    return dict(world.audit.records[-1].attributes)


async def kept(world: StsWorld, decision_id: str = "request-1") -> DecisionRecord:
    """Returns the record of a denial, which must be kept."""
    record = await world.denials.get(decision_id, now=world.clock.now())
    assert record is not None
    return record


def entry_of(world: StsWorld, caller: str, decision_id: str = "d-1") -> AuditEntry:
    """Returns the beginning of an audit record."""
    return AuditEntry("AssumeRole", CALL, world.user(caller), decision_id)


@FOREIGN
async def test_nothing_is_kept_before_the_answer(world: StsWorld, role: str) -> None:
    """A denial across accounts leaves before it is kept, whether there is a role."""
    await refuse(world, org.BOB, role)

    assert 0 == len(world.denials)


async def test_foreign_policy_is_read_afterwards(world: StsWorld) -> None:
    """Before the answer nobody looks for whom the role's policy names."""
    asked: list[str] = []

    def arn_of(unique_id: str) -> str | None:
        asked.append(unique_id)
        return None

    denial = replace(unexplainable(world, org.BOB, org.NEXT), arn_of=arn_of)
    world.decisions.refuse(denial, entry_of(world, org.BOB))
    before = list(asked)

    await world.explain_waiting()

    assert [] == before
    assert asked


@FOREIGN
async def test_both_views_are_kept_together(world: StsWorld, role: str) -> None:
    """The record that is kept has what each account may see."""
    await refuse(world, org.BOB, role)

    await world.explain_waiting()

    record = await kept(world)
    assert [True, True] == [
        bool(json.loads(view)["slots"])
        for view in (record.caller_view, record.resource_view)
    ]
    assert record.caller_view != record.resource_view


async def test_own_denial_does_not_wait(world: StsWorld) -> None:
    """A denial within one account is kept when its answer leaves."""
    await refuse(world, org.EVE, org.LOCAL)

    record = await kept(world)

    assert record.caller_view == record.resource_view


@FOREIGN
async def test_full_queue_is_on_record(role: str) -> None:
    """Beyond the bound, and not before it, the owner is shown the answer alone."""
    world = await ready(StsWorld(*access.FILES, waiting_max=1))
    fits = await refuse(world, org.BOB, role)

    full = await refuse(world, org.BOB, role)

    assert [None, "owner's view not made: too many"] == [
        each.get("explanation") for each in (fits, full)
    ]
    record = await kept(world)
    assert [True, False] == [
        bool(json.loads(view)["slots"])
        for view in (record.caller_view, record.resource_view)
    ]


async def test_queue_has_room_again() -> None:
    """What has been explained makes room for the next one."""
    world = await ready(StsWorld(*access.FILES, waiting_max=1))
    await refuse(world, org.BOB, org.AUDIT)
    await world.explain_waiting()

    assert "explanation" not in await refuse(world, org.BOB, org.AUDIT)


async def test_fault_costs_one_view(world: StsWorld) -> None:
    """If explaining to the owner fails, the caller's view is kept all the same."""
    denial = unexplainable(world, org.BOB, org.NEXT)
    world.decisions.refuse(denial, entry_of(world, org.BOB))

    await world.explain_waiting()

    record = await kept(world, "d-1")
    assert [] == json.loads(record.resource_view)["slots"]
    ((decision_id, error),) = world.lost
    assert ("d-1", ZeroDivisionError) == (decision_id, type(error))


async def test_store_away_costs_one_record(world: StsWorld) -> None:
    """What the store does not take is reported, and the next one is kept."""
    for decision_id in ("d-1", "d-2"):
        denial = unexplainable(world, org.BOB, org.NEXT)
        seen = replace(denial, arn_of=lambda _: None)
        world.decisions.refuse(seen, entry_of(world, org.BOB, decision_id))
    world.denials.fail_next(StoreUnavailableError(), method="put")

    await world.explain_waiting()

    assert ["d-1"] == [decision_id for decision_id, _ in world.lost]
    assert "d-2" == (await kept(world, "d-2")).decision_id


class StuckStore(MemoryDecisionStore):
    """A store that does not answer when something is to be kept."""

    async def put(self, record: DecisionRecord) -> None:
        """Waits for ever."""
        del record
        await asyncio.Event().wait()


async def test_stuck_store_is_given_up() -> None:
    """A store that does not answer does not stop the work."""
    world = await ready(StsWorld(*access.FILES, decision_store=StuckStore()))
    await refuse(world, org.BOB, org.AUDIT)

    await world.explain_waiting()

    assert [TimeoutError] == [type(error) for _, error in world.lost]


class TellingStore(MemoryDecisionStore):
    """A store that tells when something was kept."""

    def __init__(self) -> None:
        """Begins with nothing."""
        super().__init__()
        self.put_at: asyncio.Queue[float] = asyncio.Queue()

    async def put(self, record: DecisionRecord) -> None:
        """Keeps a record, and notes when."""
        await super().put(record)
        self.put_at.put_nowait(asyncio.get_running_loop().time())


async def test_worker_waits_a_moment() -> None:
    """A running worker explains each denial when its answer has left.

    The second denial comes while the first one waits, and has a pause of its own.
    """
    store = TellingStore()
    world = await ready(StsWorld(*access.FILES, decision_store=store))
    loop = asyncio.get_running_loop()
    first = asyncio.Event()
    half = denial_limits.OWNER_VIEW_PAUSE_MIN.total_seconds() / 2
    loop.call_later(half, first.set)

    async with asyncio.TaskGroup() as tasks, asyncio.timeout(DEADLINE_SECONDS):
        worker = tasks.create_task(world.owner_views.run(report=world.lose))
        refused_at = [loop.time()]
        await refuse(world, org.BOB, org.AUDIT)
        await first.wait()
        refused_at.append(loop.time())
        await refuse(world, org.BOB, org.AUDIT)
        kept_at = [await store.put_at.get() for _ in refused_at]
        worker.cancel()

    least = denial_limits.OWNER_VIEW_PAUSE_MIN.total_seconds()
    passed = [end - begin for begin, end in zip(refused_at, kept_at, strict=True)]
    assert [True, True] == [least <= each for each in passed]
