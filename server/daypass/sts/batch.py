"""BatchAssumeRole: many AssumeRole in one call, each with its own outcome.

The items are decided and signed one after the other, a few at a turn of the event
loop, so that a batch does not starve other calls. Then they are stored in one go, and
recorded in one go. One that fails undoes nothing of the others; what takes an item
longer, such as the explanation of its refusal, holds up none of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, Protocol, TypeVar

from daypass.core import limits
from daypass.core.batch_limits import ANSWERS_A_TURN_MAX, MINTS_A_TURN_MAX
from daypass.core.errors import (
    AccessKeyTakenError,
    AuditUnavailableError,
    DaypassError,
    StoreUnavailableError,
)
from daypass.core.quick import quick_init
from daypass.core.validation import Violations
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.audit import AuditEntry, Auditor
from daypass.sts.caller import CallContext, Caller
from daypass.sts.pipeline import (
    DecisionKeeper,
    Invocation,
    explain_refusal,
    take_back,
)

PreparedT = TypeVar("PreparedT")


@quick_init
@dataclass(frozen=True, slots=True)
class BatchItem:
    """The outcome of one item: its result or its error."""

    outcome: AssumeRoleResult | DaypassError


class StagedAssumption(Protocol[PreparedT]):
    """AssumeRole in its stages; see `sts.assume_role`."""

    # The name in audit records.
    name: ClassVar[str]

    async def prepare(
        self, request: AssumeRoleRequest, invocation: Invocation
    ) -> PreparedT:
        """Checks and decides, and makes the session; nothing is stored yet."""
        ...

    async def store_all(
        self, prepared: Sequence[PreparedT]
    ) -> Sequence[AccessKeyTakenError | StoreUnavailableError | None]:
        """Stores the sessions of several, each by itself."""
        ...

    async def settle(
        self, prepared: PreparedT, taken: AccessKeyTakenError
    ) -> AssumeRoleResult:
        """Issues one whose name was taken."""
        ...

    def answer(self, prepared: PreparedT) -> AssumeRoleResult:
        """Returns the answer of one that is stored."""
        ...


class BatchAssumeRole(Generic[PreparedT]):
    """The batch form of AssumeRole; each item is decided and recorded by itself.

    Args:
        assume_role: does what an item asks for.
        auditor: records each outcome.
        decisions: keeps the explanations of denials.
    """

    def __init__(
        self,
        *,
        assume_role: StagedAssumption[PreparedT],
        auditor: Auditor,
        decisions: DecisionKeeper,
    ) -> None:
        self._assume_role = assume_role
        self._auditor = auditor
        self._decisions = decisions

    async def run(
        self, requests: tuple[AssumeRoleRequest, ...], caller: Caller, call: CallContext
    ) -> tuple[BatchItem, ...]:
        """Runs all items and returns their outcomes in order.

        What has been issued is taken back, of all items, if the call ends before
        this returns.

        Raises:
            ValidationError: there is no item, or there are too many.
        """
        found = Violations()
        if not requests:
            found.require(("requests",), None)
        found.check_count(("requests",), len(requests), most=limits.BATCH_ITEMS_MAX)
        found.raise_if_any()
        items: list[_Item] = []
        try:
            async with asyncio.TaskGroup() as apart:
                prepared = await self._prepare(requests, caller, call, items, apart)
                if prepared:
                    await self._store(prepared, apart)
            await self._record(items)
        except BaseException:
            await self._take_back(items)
            raise
        return tuple([BatchItem(item.known_outcome) for item in items])

    async def _prepare(
        self,
        requests: tuple[AssumeRoleRequest, ...],
        caller: Caller,
        call: CallContext,
        items: list[_Item],
        apart: asyncio.TaskGroup,
    ) -> list[tuple[_Item, PreparedT]]:
        """Decides all items and makes their sessions; returns those that have one."""
        prepared: list[tuple[_Item, PreparedT]] = []
        name = self._assume_role.name
        for number, request in enumerate(requests):
            if number and number % MINTS_A_TURN_MAX == 0:
                await asyncio.sleep(0)
            entry = AuditEntry(name, call, caller, f"{call.request_id}.{number}")
            item: _Item = _Item(Invocation(caller, call, entry, number))
            items.append(item)
            try:
                made = await self._assume_role.prepare(request, item.invocation)
            except DaypassError as error:
                apart.create_task(self._refuse(item, error))
                continue
            prepared.append((item, made))
            if entry.denial is not None:
                apart.create_task(self._decisions.keep(entry))
        return prepared

    async def _store(
        self,
        prepared: Sequence[tuple[_Item, PreparedT]],
        apart: asyncio.TaskGroup,
    ) -> None:
        """Stores all sessions that were made."""
        outcomes = await self._assume_role.store_all([made for _, made in prepared])
        stored = zip(prepared, outcomes, strict=True)
        for number, ((item, made), outcome) in enumerate(stored):
            if number and number % ANSWERS_A_TURN_MAX == 0:
                await asyncio.sleep(0)
            if outcome is None:
                item.outcome = self._assume_role.answer(made)
            elif isinstance(outcome, AccessKeyTakenError):
                apart.create_task(self._settle(item, made, outcome))
            else:
                apart.create_task(self._refuse(item, outcome))

    async def _settle(
        self, item: _Item, made: PreparedT, taken: AccessKeyTakenError
    ) -> None:
        try:
            item.outcome = await self._assume_role.settle(made, taken)
        except DaypassError as error:
            await self._refuse(item, error)

    async def _refuse(self, item: _Item, error: DaypassError) -> None:
        """Records a refusal or failure, and takes back what may have been issued."""
        item.outcome = error
        try:
            await explain_refusal(
                self._auditor, self._decisions, item.invocation.audit, error
            )
        finally:
            await take_back(self._auditor, item.invocation)

    async def _record(self, items: Sequence[_Item]) -> None:
        """Returns when all grants are on record; without it they are none."""
        granted = [item for item in items if isinstance(item.outcome, AssumeRoleResult)]
        records = []
        for number, item in enumerate(granted):
            if number and number % ANSWERS_A_TURN_MAX == 0:
                await asyncio.sleep(0)
            records.append(self._auditor.grant(item.invocation.audit))
        if not records:
            return
        try:
            await self._auditor.granted_all(records)
        except AuditUnavailableError as error:
            await self._take_back(granted)
            for item in granted:
                item.outcome = error

    async def _take_back(self, items: Sequence[_Item]) -> None:
        """Takes back what the items have issued, all at once."""
        async with asyncio.TaskGroup() as group:
            for item in items:
                if item.invocation.undo:
                    group.create_task(take_back(self._auditor, item.invocation))


@dataclass(slots=True)
class _Item:
    """One item on its way; it has an outcome at the end."""

    invocation: Invocation
    outcome: AssumeRoleResult | DaypassError | None = None

    @property
    def known_outcome(self) -> AssumeRoleResult | DaypassError:
        """The outcome, when all items have theirs."""
        assert self.outcome is not None, "an item has no outcome"
        return self.outcome
