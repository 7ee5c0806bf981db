"""What a batch costs others: one write to the store, and turns that are bounded."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Container, Sequence
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from daypass.adapters.memory import MemorySessionStore
from daypass.core.batch_limits import ANSWERS_A_TURN_MAX, MINTS_A_TURN_MAX
from daypass.core.errors import (
    AccessDeniedError,
    AccessKeyTakenError,
    AuditUnavailableError,
    DaypassError,
    StoreUnavailableError,
)
from daypass.core.limits import BATCH_ITEMS_MAX
from daypass.core.ports import AuditRecord, SessionFilter
from daypass.core.session import SessionRecord
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.audit import TAKEN_BACK, AuditEntry, Auditor
from daypass.sts.batch import BatchItem
from daypass.tokens.session_token import SessionTokenCodec
from support.records import session_record
from support.sts_world import CALL, StsWorld
from unit.sts import organisation as org
from unit.sts.signed_calls import StoreAround


class Gathered(StoreAround):
    """A store that tells how many records came in each call."""

    def __init__(self, store: MemorySessionStore) -> None:
        super().__init__(store)
        self.round_trips: list[int] = []

    async def add(self, record: SessionRecord) -> None:
        """Stores a record."""
        self.round_trips.append(1)
        await self.inner.add(record)

    async def add_many(
        self, records: Sequence[SessionRecord]
    ) -> list[AccessKeyTakenError | StoreUnavailableError | None]:
        """Stores records, in a later turn of the loop."""
        self.round_trips.append(len(records))
        await asyncio.sleep(0)
        return await self.inner.add_many(records)


class Counting(SessionTokenCodec):
    """A codec that counts the tokens that its templates sign."""

    signed = 0

    def template(self, *words: Any, **named: Any) -> Any:
        """Returns a template that is counted."""
        inner = super().template(*words, **named)

        def sign(*words: Any, **named: Any) -> Any:
            self.signed += 1
            return inner.sign(*words, **named)

        return SimpleNamespace(sign=sign, packed_percent=inner.packed_percent)


class CountingAuditor(Auditor):
    """An auditor that counts the records of grants that it makes."""

    made = 0

    def grant(self, entry: AuditEntry) -> AuditRecord:
        """Returns the record, which is counted."""
        self.made += 1
        return super().grant(entry)


def _requests(count: int, *, denied: Container[int] = ()) -> list[AssumeRoleRequest]:
    return [
        AssumeRoleRequest(
            role_arn=org.AUDIT if number in denied else org.READER,
            role_session_name=f"s{number}",
        )
        for number in range(count)
    ]


@pytest.fixture
def store(world: StsWorld) -> Gathered:
    """Returns the store of the world, which tells its round trips."""
    made = Gathered(world.store)
    world.issuer._store = made
    return made


async def _run(world: StsWorld, requests: list[AssumeRoleRequest]) -> list[BatchItem]:
    batch = world.batch()
    async with asyncio.timeout(30):
        return list(await batch.run(tuple(requests), world.user(org.BOB), CALL))


def _granted(items: list[BatchItem]) -> int:
    return sum(isinstance(item.outcome, AssumeRoleResult) for item in items)


async def test_refusals_write_nothing(world: StsWorld, store: Gathered) -> None:
    """A batch of which every item is refused goes to the store for none of them."""
    items = await _run(world, _requests(3, denied=range(3)))

    assert _granted(items) == 0
    assert [] == store.round_trips


@pytest.mark.parametrize(
    "count", [1, MINTS_A_TURN_MAX, MINTS_A_TURN_MAX + 1, BATCH_ITEMS_MAX]
)
async def test_one_round_trip(world: StsWorld, store: Gathered, count: int) -> None:
    """All items of a batch are stored together, whatever their number."""
    items = await _run(world, _requests(count))

    assert count == _granted(items)
    assert [count] == store.round_trips


@pytest.mark.parametrize("place", [0, 10, 19])
async def test_refused_item_holds_nobody_up(
    world: StsWorld, store: Gathered, place: int
) -> None:
    """The items beside a refused one are stored together, wherever it stands."""
    items = await _run(world, _requests(20, denied=[place]))

    assert isinstance(items[place].outcome, AccessDeniedError)
    assert [19] == store.round_trips


async def test_lost_write_fails_its_item(world: StsWorld, store: Gathered) -> None:
    """An item whose write fails is one error, and undoes no other item."""
    world.store.fail_next(StoreUnavailableError("down"), method="add")

    items = await _run(world, _requests(5))

    failed = [item for item in items if isinstance(item.outcome, DaypassError)]
    assert [StoreUnavailableError] == [type(item.outcome) for item in failed]
    assert 4 == _granted(items)
    assert [5] == store.round_trips


async def test_cancelled_batch_leaves_nothing(world: StsWorld) -> None:
    """A batch that is cancelled before its items are stored issues nothing."""
    batch = asyncio.create_task(_run(world, _requests(BATCH_ITEMS_MAX)))
    # The batch has begun, and a few of its items are signed and wait for the rest.
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    batch.cancel()
    await asyncio.wait({batch})

    assert batch.cancelled()
    page = await world.store.list_sessions(
        SessionFilter(org.B), now=world.clock.now(), limit=1
    )
    assert () == page.records


async def test_others_get_their_turns(world: StsWorld) -> None:
    """Whoever else is ready runs after every few mints of a batch, not after all."""
    codec = Counting()
    world.issuer._codec = codec
    seen: list[int] = []

    async def rival() -> None:
        while True:
            seen.append(codec.signed)
            await asyncio.sleep(0)

    other = asyncio.create_task(rival())
    await _run(world, _requests(BATCH_ITEMS_MAX))
    other.cancel()

    between = [after - before for before, after in pairwise(seen)]
    assert BATCH_ITEMS_MAX == codec.signed
    assert MINTS_A_TURN_MAX == max(between)


async def test_others_get_their_turns_afterwards(
    world: StsWorld, store: Gathered
) -> None:
    """What remains when all is stored is done a few items at a turn, too."""
    world.auditor = auditor = CountingAuditor(sink=world.audit, clock=world.clock)
    seen: list[int] = []

    async def rival() -> None:
        while True:
            seen.append(auditor.made)
            await asyncio.sleep(0)

    other = asyncio.create_task(rival())
    await _run(world, _requests(BATCH_ITEMS_MAX))
    other.cancel()

    between = [after - before for before, after in pairwise(seen)]
    assert [BATCH_ITEMS_MAX] == store.round_trips
    assert BATCH_ITEMS_MAX == len(world.audit.records)
    assert ANSWERS_A_TURN_MAX == max(between)


async def test_batch_is_recorded_in_one_go(world: StsWorld) -> None:
    """The grants of a batch become durable together, each with its own record."""
    world.audit.fail_next(AuditUnavailableError("full"), method="write")

    items = await _run(world, _requests(5, denied=[1]))

    assert 4 == _granted(items)
    assert {f"{CALL.request_id}.{number}" for number in range(5)} == {
        record.decision_id for record in world.audit.records
    }


async def test_no_audit_no_batch(world: StsWorld, store: Gathered) -> None:
    """Without the audit log no item leaves, and all are taken back."""
    world.audit.fail_next(AuditUnavailableError("full"), method="write_many")

    items = await _run(world, _requests(5, denied=[1]))

    kinds = Counter(type(item.outcome) for item in items)
    assert {AuditUnavailableError: 4, AccessDeniedError: 1} == kinds
    assert [4] == store.round_trips
    assert 0 == len(world.store)
    details = Counter(record.detail for record in world.audit.records)
    assert 4 == details[TAKEN_BACK]


async def test_taken_name_fails_no_other_item(world: StsWorld, store: Gathered) -> None:
    """An item whose name is taken gets another one, and the others are stored."""
    other = session_record(1, now=world.clock.now())
    world.store.fail_next(AccessKeyTakenError(other), method="add")

    items = await _run(world, _requests(5))

    assert 5 == _granted(items) == len(world.store)
    assert [5, 1] == store.round_trips
    assert 5 == len(
        {record.issued_access_key_id for record in world.audit.records} - {None}
    )


async def test_batch_cancelled_afterwards_is_taken_back(
    world: StsWorld, store: Gathered
) -> None:
    """A batch that is cancelled when all is stored takes back every item."""
    batch = asyncio.create_task(_run(world, _requests(BATCH_ITEMS_MAX)))
    while not len(world.store):
        await asyncio.sleep(0)

    batch.cancel()
    await asyncio.wait({batch})

    assert batch.cancelled()
    assert [BATCH_ITEMS_MAX] == store.round_trips
    assert 0 == len(world.store)
    details = Counter(record.detail for record in world.audit.records)
    assert {TAKEN_BACK: BATCH_ITEMS_MAX} == details


async def test_unary_mint_passes_a_batch(world: StsWorld) -> None:
    """A mint that comes while a batch is decided is answered before the batch is."""
    ended: list[str] = []

    async def unary() -> None:
        await world.assume(world.user(org.BOB), org.READER)
        ended.append("unary")

    async def batch() -> None:
        await _run(world, _requests(BATCH_ITEMS_MAX))
        ended.append("batch")

    async with asyncio.TaskGroup() as group:
        group.create_task(batch())
        await asyncio.sleep(0)
        group.create_task(unary())

    assert ["unary", "batch"] == ended
