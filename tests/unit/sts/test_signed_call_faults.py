"""A signed call whose first answer failed, was lost, or is still on its way.

SPEC: sts-operations 3.4; attacks V01, C14, G18; reliability promise 13.
"""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio

from daypass.adapters.memory import MemoryAuditSink, MemorySessionStore
from daypass.core.errors import AuditUnavailableError, StoreUnavailableError
from daypass.core.ports import AuditRecord
from daypass.core.session import SessionRecord
from daypass.sts.audit import GIVEN_TO_REPEAT, TAKE_BACK_FAILED, TAKEN_BACK
from support.one_by_one import WritesEach
from support.sts_world import StsWorld
from unit.sts import managed_organisation as org
from unit.sts.credentials import holder
from unit.sts.signed_calls import (
    SECOND,
    Gate,
    StoreAround,
    send,
    sessions,
    shown,
    signed,
)


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns the organisation, with nothing issued."""
    return await org.managed()


class SlowAudit(WritesEach):
    """An audit log whose first record takes until a gate is opened."""

    def __init__(self, inner: MemoryAuditSink, gate: Gate) -> None:
        self._inner = inner
        self._gate: Gate | None = gate
        self.note = inner.note

    async def write(self, record: AuditRecord) -> None:
        """Writes a record."""
        gate, self._gate = self._gate, None
        if gate is not None:
            await gate.pass_through()
        await self._inner.write(record)


class LosingStore(StoreAround):
    """A store that adds or shares once, and loses the answer."""

    def __init__(self, inner: MemorySessionStore, lost: str) -> None:
        super().__init__(inner)
        self._lost: str | None = lost

    async def add(self, record: SessionRecord) -> None:
        """Adds a record."""
        await super().add(record)
        self._lose("add")

    async def share(self, record: SessionRecord) -> bool:
        """Shares a record."""
        shared = await super().share(record)
        self._lose("share")
        return shared

    def _lose(self, method: str) -> None:
        if self._lost == method:
            self._lost = None
            raise StoreUnavailableError("answer_lost")


class LateStore(StoreAround):
    """A store whose sharing waits at a gate before it begins."""

    def __init__(self, inner: MemorySessionStore, gate: Gate) -> None:
        super().__init__(inner)
        self._gate = gate

    async def share(self, record: SessionRecord) -> bool:
        """Shares a record."""
        await self._gate.pass_through()
        return await super().share(record)


class FickleStore(StoreAround):
    """A store in which a record is always gone when it is to be shared."""

    async def share(self, record: SessionRecord) -> bool:
        """Takes the record back before it could be shared, and adds it again."""
        await self.inner.discard(record)
        shared = await self.inner.share(record)
        await self.inner.add(record)
        return shared


def details(world: StsWorld) -> list[str]:
    """Returns the details of all audit records so far."""
    return [record.detail for record in world.audit.records]


async def test_retry_after_audit_failure_mints(world: StsWorld) -> None:
    """A call that was taken back leaves nothing, and is issued a session when retried."""
    caller = await signed(world)
    world.audit.fail_next(AuditUnavailableError("full"), method="write")
    with pytest.raises(AuditUnavailableError):
        await send(world, caller)
    assert () == await sessions(world)
    assert TAKEN_BACK == details(world)[-1]
    world.clock.advance(SECOND)

    answer = await send(world, caller)

    (record,) = await sessions(world)
    assert world.clock.now() == record.issue_time
    assert (await holder(world, answer.credentials)).session is not None
    assert "repeat" not in dict(world.audit.records[-1].attributes)


async def test_store_away_then_back(world: StsWorld) -> None:
    """A call that the store was away for is issued a session when retried."""
    caller = await signed(world)
    world.store.fail_next(StoreUnavailableError("down"), method="add")
    with pytest.raises(StoreUnavailableError):
        await send(world, caller)

    await send(world, caller)

    assert 1 == len(await sessions(world))


@pytest.mark.parametrize("discarded", [True, False])
async def test_lost_answer_of_the_store(world: StsWorld, *, discarded: bool) -> None:
    """A retry finds what an unsure store kept, or free what could be taken back."""
    caller = await signed(world)
    world.issuer._store = LosingStore(world.store, "add")
    if not discarded:
        world.store.fail_next(StoreUnavailableError("down"), method="discard")
    with pytest.raises(StoreUnavailableError):
        await send(world, caller)
    assert (TAKEN_BACK if discarded else TAKE_BACK_FAILED) in details(world)

    answer = await send(world, caller)

    (record,) = await sessions(world)
    assert record.access_key_id == answer.credentials.access_key_id
    assert (await holder(world, answer.credentials)).session is not None


@pytest.mark.parametrize("fault", ["before", "answer"])
async def test_unsure_sharing_gives_nothing(world: StsWorld, fault: str) -> None:
    """A repeat that the store cannot vouch for is refused, and answered when retried."""
    caller = await signed(world)
    first = await send(world, caller)
    if fault == "answer":
        world.issuer._store = LosingStore(world.store, "share")
    else:
        world.store.fail_next(StoreUnavailableError("down"), method="share")

    with pytest.raises(StoreUnavailableError):
        await send(world, caller)

    again = await send(world, caller)
    assert shown(first.credentials) == shown(again.credentials)


@pytest.mark.parametrize("how", ["cancelled", "audit"])
async def test_given_away_is_not_taken_back(world: StsWorld, how: str) -> None:
    """G18: what a repeat was given stays when the first call fails after it."""
    caller = await signed(world)
    gate = Gate()
    world.auditor._sink = SlowAudit(world.audit, gate)
    first = asyncio.create_task(send(world, caller))
    await gate.reached.wait()

    answer = await send(world, caller)
    if how == "cancelled":
        first.cancel()
    else:
        world.audit.fail_next(AuditUnavailableError("full"), method="write")
        gate.open()
    await asyncio.gather(first, return_exceptions=True)

    (record,) = await sessions(world)
    assert record.access_key_id == answer.credentials.access_key_id
    assert (await holder(world, answer.credentials)).session is not None
    assert GIVEN_TO_REPEAT == details(world)[-1]


async def test_first_answer_after_a_repeat(world: StsWorld) -> None:
    """A first call that is slow gets what its repeat was given before it."""
    caller = await signed(world)
    gate = Gate()
    world.auditor._sink = SlowAudit(world.audit, gate)
    first = asyncio.create_task(send(world, caller))
    await gate.reached.wait()
    again = await send(world, caller)

    gate.open()

    assert shown((await first).credentials) == shown(again.credentials)
    assert 1 == len(await sessions(world))


async def test_taken_back_before_it_is_given(world: StsWorld) -> None:
    """A repeat that comes while the first is taken back is issued a session itself."""
    caller = await signed(world)
    audit_gate, share_gate = Gate(), Gate()
    world.auditor._sink = SlowAudit(world.audit, audit_gate)
    world.issuer._store = LateStore(world.store, share_gate)
    first = asyncio.create_task(send(world, caller))
    await audit_gate.reached.wait()
    repeat = asyncio.create_task(send(world, caller))
    await share_gate.reached.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert TAKEN_BACK == details(world)[-1]

    share_gate.open()

    answer = await repeat
    (record,) = await sessions(world)
    assert record.access_key_id == answer.credentials.access_key_id
    assert (await holder(world, answer.credentials)).session is not None


@pytest.mark.parametrize("fault", ["audit", "store"])
async def test_failed_repeat_takes_nothing_back(world: StsWorld, fault: str) -> None:
    """A repeat that fails leaves the session of the first call as it is.

    The two come within one second, so that their sessions would be the same.
    """
    caller = await signed(world)
    first = await send(world, caller)
    if fault == "audit":
        world.audit.fail_next(AuditUnavailableError("full"), method="write")
    else:
        world.store.fail_next(StoreUnavailableError("down"), method="add")

    with pytest.raises((AuditUnavailableError, StoreUnavailableError)):
        await send(world, caller)

    assert 1 == len(await sessions(world))
    assert (await holder(world, first.credentials)).session is not None


async def test_endless_contention_is_given_up(world: StsWorld) -> None:
    """A call whose session comes and goes all the time is told to come back."""
    caller = await signed(world)
    await send(world, caller)
    world.issuer._store = FickleStore(world.store)

    with pytest.raises(StoreUnavailableError) as caught:
        await send(world, caller)

    assert "signed_call_contended" == caught.value.detail
