"""BatchAssumeRole: many AssumeRole in one call, each with its own outcome.

The items run side by side, so that their store writes and audit records travel
together. One that fails undoes nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from daypass.core import limits
from daypass.core.errors import DaypassError
from daypass.core.validation import Violations
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest
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
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(
                    self._item(
                        request,
                        caller.of_item(number),
                        call,
                        f"{call.request_id}.{number}",
                    )
                )
                for number, request in enumerate(requests)
            ]
        return tuple(task.result() for task in tasks)

    async def _item(
        self,
        request: AssumeRoleRequest,
        caller: Caller,
        call: CallContext,
        decision_id: str,
    ) -> BatchItem:
        try:
            return BatchItem(
                await self._assume_role.run(
                    request, caller, call, decision_id=decision_id
                )
            )
        except DaypassError as error:
            return BatchItem(error)
