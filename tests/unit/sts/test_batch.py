"""What a batch costs others: one write to the store, and turns that are bounded."""

from __future__ import annotations

import asyncio
from collections.abc import Container
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from daypass.adapters.memory import MemorySessionStore
from daypass.core.batch_limits import MINTS_A_TURN_MAX
from daypass.core.errors import (
    AccessDeniedError,
    DaypassError,
    StoreUnavailableError,
)
from daypass.core.limits import BATCH_ITEMS_MAX
from daypass.core.ports import SessionFilter
from daypass.core.session import SessionRecord
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.batch import BatchAssumeRole, BatchItem
from daypass.sts.batch_part import Gathering
from daypass.tokens.session_token import SessionTokenCodec
from support.sts_world import CALL, StsWorld
from unit.sts import organisation as org


class Gathered:
    """A store that sends what comes in one turn of the loop together."""

    def __init__(self, store: MemorySessionStore) -> None:
        self._store = store
        self._waiting: list[asyncio.Future[None]] = []
        self.round_trips: list[int] = []
        self.discard = store.discard
        self.share = store.share
        self.get = store.get
        self.list_sessions = store.list_sessions
        self.ping = store.ping

    async def add(self, record: SessionRecord) -> None:
        """Stores a record with the others of this turn."""
        loop = asyncio.get_running_loop()
        sent: asyncio.Future[None] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._send)
        self._waiting.append(sent)
        await sent
        await self._store.add(record)

    def _send(self) -> None:
        self.round_trips.append(len(self._waiting))
        for sent in self._waiting:
            sent.set_result(None)
        self._waiting.clear()


class Counting(SessionTokenCodec):
    """A codec that counts the tokens that its templates sign."""

    signed = 0

    def template(self, *words: Any, **named: Any) -> Any:
        """Returns a template that is counted."""
        inner = super().template(*words, **named)

        def sign(*words: Any, **named: Any) -> Any:
            self.signed += 1
            return inner.sign(*words, **named)

        return SimpleNamespace(sign=sign)


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
    batch = BatchAssumeRole(assume_role=world.assume_role)
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
    seen: list[int] = []

    async def rival() -> None:
        while True:
            seen.append(len(world.audit.records))
            await asyncio.sleep(0)

    other = asyncio.create_task(rival())
    await _run(world, _requests(BATCH_ITEMS_MAX))
    other.cancel()

    between = [after - before for before, after in pairwise(seen)]
    assert [BATCH_ITEMS_MAX] == store.round_trips
    assert BATCH_ITEMS_MAX == len(world.audit.records)
    assert MINTS_A_TURN_MAX == max(between)


async def test_batch_cancelled_afterwards_is_taken_back(
    world: StsWorld, store: Gathered
) -> None:
    """A batch that is cancelled while its items go on takes back all that wait."""
    batch = asyncio.create_task(_run(world, _requests(BATCH_ITEMS_MAX)))
    while not world.audit.records:
        await asyncio.sleep(0)

    batch.cancel()
    await asyncio.wait({batch})

    assert batch.cancelled()
    assert [BATCH_ITEMS_MAX] == store.round_trips
    page = await world.store.list_sessions(
        SessionFilter(org.B), now=world.clock.now(), limit=100
    )
    # Those that were through by then; nobody knows what became of their answers.
    assert len(page.records) <= 2 * MINTS_A_TURN_MAX


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


async def test_second_write_waits_for_nobody() -> None:
    """An item that has arrived once, or has ended, is not waited for again."""
    gathering = Gathering(2)
    one, other = gathering.part(), gathering.part()
    first = asyncio.create_task(one.before_write())
    await asyncio.sleep(0)
    assert not first.done()

    other.end()
    other.end()
    await first

    await one.before_write()
    await other.before_write()
