"""However calls, faults and cancellations meet, one call has one session.

SPEC: attacks V01, C14; reliability, invariant I4.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from daypass.adapters.memory import MemoryAuditSink, MemorySessionStore
from daypass.core.errors import AuditUnavailableError, StoreUnavailableError
from daypass.core.ports import AuditRecord
from daypass.core.session import SessionRecord
from support.one_by_one import WritesEach
from support.properties import tries
from support.sts_world import StsWorld
from unit.sts import managed_organisation as org
from unit.sts.credentials import holder
from unit.sts.signed_calls import (
    SECOND,
    Issued,
    StoreAround,
    send,
    sessions,
    shown,
    signed,
)

PAUSES = st.lists(st.integers(0, 4), min_size=1, max_size=40)
FAULTS = st.lists(st.sampled_from(["", "", "before", "after"]), max_size=24)


@dataclass(frozen=True)
class Attempt:
    """One sending of one of two calls: when it begins, and when it is given up."""

    call: int
    begins: int
    given_up: int | None


ATTEMPTS = st.lists(
    st.builds(
        Attempt,
        call=st.integers(0, 1),
        begins=st.integers(0, 12),
        given_up=st.none() | st.integers(0, 20),
    ),
    min_size=2,
    max_size=8,
)


class Weather:
    """Draws how long each step takes, and whether it fails before or after it acts."""

    def __init__(self, pauses: list[int], faults: list[str]) -> None:
        self._pauses = pauses
        self._faults = faults
        self._steps = 0

    async def step(self) -> str:
        """Waits for as long as is drawn, and returns the fault that is."""
        number = self._steps
        self._steps += 1
        for _ in range(self._pauses[number % len(self._pauses)]):
            await asyncio.sleep(0)
        return self._faults[number] if number < len(self._faults) else ""


class WeatheredStore(StoreAround):
    """A session store that is slow and fails as the weather says."""

    def __init__(self, inner: MemorySessionStore, weather: Weather) -> None:
        super().__init__(inner)
        self._weather = weather

    async def add(self, record: SessionRecord) -> None:
        """Adds a record."""
        fault = await self._before()
        await super().add(record)
        await self._after(fault)

    async def share(self, record: SessionRecord) -> bool:
        """Shares a record."""
        fault = await self._before()
        shared = await super().share(record)
        await self._after(fault)
        return shared

    async def discard(self, record: SessionRecord) -> bool:
        """Discards a record."""
        fault = await self._before()
        gone = await super().discard(record)
        await self._after(fault)
        return gone

    async def _before(self) -> str:
        fault = await self._weather.step()
        if fault == "before":
            raise StoreUnavailableError("down")
        return fault

    async def _after(self, fault: str) -> None:
        if await self._weather.step() or fault == "after":
            raise StoreUnavailableError("answer_lost")


class WeatheredAudit(WritesEach):
    """An audit log that is slow and fails as the weather says."""

    def __init__(self, inner: MemoryAuditSink, weather: Weather) -> None:
        self._inner = inner
        self._weather = weather
        self.note = inner.note

    async def write(self, record: AuditRecord) -> None:
        """Writes a record."""
        if await self._weather.step():
            raise AuditUnavailableError("full")
        await self._inner.write(record)


async def outcome_of(attempt: Attempt, sending: asyncio.Task[Issued]) -> Issued | None:
    """Returns the answer of an attempt, unless it fails or is given up before."""
    if attempt.given_up is not None:
        for _ in range(attempt.given_up):
            await asyncio.sleep(0)
        sending.cancel()
    (outcome,) = await asyncio.gather(sending, return_exceptions=True)
    if isinstance(outcome, BaseException):
        assert isinstance(
            outcome,
            (asyncio.CancelledError, StoreUnavailableError, AuditUnavailableError),
        )
        return None
    return outcome


async def run(
    attempts: list[Attempt], pauses: list[int], faults: list[str]
) -> tuple[StsWorld, list[set[tuple[str, str, str, str]]]]:
    """Runs all attempts at once and returns what was shown of each call."""
    world = await org.managed()
    callers = [await signed(world)]
    world.clock.advance(SECOND)
    callers.append(await signed(world))
    weather = Weather(pauses, faults)
    world.issuer._store = WeatheredStore(world.store, weather)
    world.auditor._sink = WeatheredAudit(world.audit, weather)

    async def one(attempt: Attempt) -> Issued | None:
        for _ in range(attempt.begins):
            await asyncio.sleep(0)
        sending = asyncio.create_task(send(world, callers[attempt.call]))
        return await outcome_of(attempt, sending)

    answers = await asyncio.gather(*(one(each) for each in attempts))
    seen: list[set[tuple[str, str, str, str]]] = [set(), set()]
    live = {record.access_key_id for record in await sessions(world)}
    for attempt, answer in zip(attempts, answers, strict=True):
        if answer is not None:
            seen[attempt.call].add(shown(answer.credentials))
            assert (await holder(world, answer.credentials)).session is not None
            assert answer.credentials.access_key_id in live, "given, and not on record"
    return world, seen


@tries(150)
@given(attempts=ATTEMPTS, pauses=PAUSES, faults=FAULTS)
def test_one_call_has_one_session(
    attempts: list[Attempt], pauses: list[int], faults: list[str]
) -> None:
    """V01: whatever fails, all answers to a call are one, and it is on record."""
    world, seen = asyncio.run(run(attempts, pauses, faults))

    assert all(len(answers) <= 1 for answers in seen)
    assert len(asyncio.run(sessions(world))) <= 2
    audited = {record.issued_access_key_id for record in world.audit.records}
    assert {key for answers in seen for key, *_ in answers} <= audited
