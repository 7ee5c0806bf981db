"""BatchAssumeRole: many AssumeRole in one call, each with its own outcome.

The items are decided a few at a turn of the event loop, so that a batch does not
starve other calls, and wait for each other before they write, so that their store
writes and audit records travel together. One that fails undoes nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from daypass.core import limits
from daypass.core.batch_limits import MINTS_A_TURN_MAX
from daypass.core.errors import DaypassError
from daypass.core.validation import Violations
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.batch_part import BatchPart, Gathering
from daypass.sts.caller import CallContext, Caller
from daypass.sts.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class BatchItem:
    """The outcome of one item: its result or its error."""

    outcome: AssumeRoleResult | DaypassError


class BatchAssumeRole:
    """The batch form of AssumeRole; each item is decided and recorded by itself.

    Args:
        assume_role: runs one item.
    """

    def __init__(
        self, *, assume_role: Pipeline[AssumeRoleRequest, AssumeRoleResult]
    ) -> None:
        self._assume_role = assume_role

    async def run(
        self, requests: tuple[AssumeRoleRequest, ...], caller: Caller, call: CallContext
    ) -> tuple[BatchItem, ...]:
        """Runs all items and returns their outcomes in order.

        Raises:
            ValidationError: there is no item, or there are too many.
        """
        found = Violations()
        if not requests:
            found.require(("requests",), None)
        found.check_count(("requests",), len(requests), most=limits.BATCH_ITEMS_MAX)
        found.raise_if_any()
        gathering = Gathering(len(requests))
        tasks: list[asyncio.Task[BatchItem]] = []
        async with asyncio.TaskGroup() as group:
            for number, request in enumerate(requests):
                if number and number % MINTS_A_TURN_MAX == 0:
                    # The items so far run now, and then whoever else is ready.
                    await asyncio.sleep(0)
                item = self._item(
                    request,
                    caller.of_item(number),
                    call,
                    f"{call.request_id}.{number}",
                    gathering.part(),
                )
                tasks.append(group.create_task(item))
        return tuple(task.result() for task in tasks)

    async def _item(
        self,
        request: AssumeRoleRequest,
        caller: Caller,
        call: CallContext,
        decision_id: str,
        part: BatchPart,
    ) -> BatchItem:
        try:
            return BatchItem(
                await self._assume_role.run(
                    request, caller, call, decision_id=decision_id, part=part
                )
            )
        except DaypassError as error:
            return BatchItem(error)
        finally:
            part.end()
