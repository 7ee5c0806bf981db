"""The ports of one replica, each call of which goes over its wire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from daypass.adapters.guard_record import GuardRecord, check_guard_value, guard_name
from daypass.core.decision_record import DecisionRecord
from daypass.core.ports import GuardKey, SessionFilter, SessionPage
from daypass.core.revocation import Epoch, LoggedRevocation, Revocation
from daypass.core.session import SessionRecord
from simulation.model_state import Held, StoreState
from simulation.wire import Wire
from support.one_by_one import AddsEach


class WiredSessions(AddsEach):
    """A `SessionStore` at the other end of a wire."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def add(self, record: SessionRecord) -> None:
        """Stores a record; see the port."""
        store = self._wire.store

        def step(state: StoreState, now: datetime) -> None:
            state.add(record, now)
            store.note_added(record.access_key_id)

        await self._wire.call(step, writes=True)

    async def share(self, record: SessionRecord) -> bool:
        """Keeps a record; see the port."""
        done = await self._wire.call(
            lambda state, now: state.share(record, now), writes=True
        )
        return cast("bool", done)

    async def discard(self, record: SessionRecord) -> bool:
        """Forgets a record; see the port."""
        store = self._wire.store

        def step(state: StoreState, now: datetime) -> bool:
            held = state.sessions.get(record.access_key_id)
            is_other = held is not None and held.record != record
            store.note_discarded(record.access_key_id, is_other=is_other)
            return state.discard(record, now)

        return cast("bool", await self._wire.call(step, writes=True))

    async def get(self, access_key_id: str, *, now: datetime) -> SessionRecord | None:
        """Returns a live record; see the port."""
        found = await self._wire.call(
            lambda state, at: state.session(access_key_id, at), writes=False
        )
        held = cast("Held | None", found)
        return held.record if held and held.record.expire_time > now else None

    async def list_sessions(
        self,
        sessions: SessionFilter,
        *,
        now: datetime,
        limit: int,
        cursor: str | None = None,
    ) -> SessionPage:
        """Returns the first page; no simulated client asks for another one."""
        assert cursor is None, "simulated clients list one page"
        account = sessions.account_id

        def step(state: StoreState, _: datetime) -> list[SessionRecord]:
            return [each.record for each in state.sessions.values()]

        found = cast("list[SessionRecord]", await self._wire.call(step, writes=False))
        live = sorted(
            (each.expire_time, each.access_key_id, each)
            for each in found
            if each.account_id == account and each.expire_time > now
        )
        return SessionPage(tuple(each for _, _, each in live[:limit]), None)

    async def ping(self) -> None:
        """Returns when the store answers."""
        await self._wire.call(lambda _state, _now: None, writes=False)


class WiredGuards:
    """A `GuardStore` at the other end of a wire."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def get(self, key: GuardKey, *, now: datetime) -> bytes | None:
        """Returns a value in force; see the port."""
        name = guard_name(key)
        found = await self._wire.call(
            lambda state, at: state.guard(name, at), writes=False
        )
        held = cast("GuardRecord | None", found)
        return None if held is None else held.live_value(now)

    async def swap(
        self,
        key: GuardKey,
        expected: bytes | None,
        value: bytes,
        *,
        now: datetime,
        expire_time: datetime,
    ) -> bool:
        """Stores a value in the place of another one; see the port."""
        check_guard_value(value)
        new = GuardRecord(guard_name(key), value, expire_time)
        done = await self._wire.call(
            lambda state, at: state.swap(new, expected, now, at), writes=True
        )
        return cast("bool", done)


class WiredDecisions:
    """A `DecisionStore` at the other end of a wire."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def put(self, record: DecisionRecord) -> None:
        """Keeps a record; see the port."""

        def step(state: StoreState, _: datetime) -> None:
            state.decisions[record.decision_id] = record

        await self._wire.call(step, writes=True)

    async def get(self, decision_id: str, *, now: datetime) -> DecisionRecord | None:
        """Returns a live record; see the port."""
        found = await self._wire.call(
            lambda state, _: state.decisions.get(decision_id), writes=False
        )
        record = cast("DecisionRecord | None", found)
        return record if record and record.expire_time > now else None


class WiredLog:
    """A `RevocationLog` at the other end of a wire."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._name: str | None = None

    async def incarnation(self) -> str:
        """Returns the name of the log; see the port."""
        name = await self._wire.call(lambda state, _: state.incarnation, writes=False)
        self._name = cast("str", name)
        return self._name

    async def append(self, revocation: Revocation) -> Epoch:
        """Appends an entry; see the port."""
        name = await self._named()
        place = await self._wire.call(
            lambda state, _: state.append(name, revocation), writes=True
        )
        return cast("Epoch", place)

    async def read_after(
        self, sequence: int, *, limit: int
    ) -> tuple[LoggedRevocation, ...]:
        """Returns the entries behind a number; see the port."""
        name = await self._named()
        found = await self._wire.call(
            lambda state, _: state.read_after(name, sequence, limit), writes=False
        )
        return cast("tuple[LoggedRevocation, ...]", found)

    async def wait_after(self, sequence: int, *, at_most: timedelta) -> None:
        """Waits for an entry behind a number; see the port."""
        await self._wire.wait(sequence, at_most)

    async def report_applied(
        self, worker_id: str, sequence: int, *, lease: timedelta
    ) -> int:
        """Says how far a worker is; see the port."""
        name = await self._named()
        sure = await self._wire.call(
            lambda state, now: state.report(name, worker_id, sequence, lease, now),
            writes=True,
        )
        return cast("int", sure)

    async def withdraw(self, worker_id: str) -> None:
        """Ends the lease of a worker; see the port."""
        await self._wire.call(lambda state, _: state.withdraw(worker_id), writes=True)

    async def applied(self, entry: Epoch) -> Mapping[str, int]:
        """Returns how far the others are; see the port."""
        found = await self._wire.call(
            lambda state, now: state.applied(entry, now), writes=False
        )
        return cast("Mapping[str, int]", found)

    async def _named(self) -> str:
        return self._name or await self.incarnation()
