"""Explanations of denials as tests need them."""

from __future__ import annotations

from datetime import datetime, timedelta

from daypass.core.decision_record import DecisionRecord
from daypass.sts.audit import AuditEntry

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "123456789012"


class NothingKept:
    """A `DecisionKeeper` that keeps nothing, for operations that policy never sees."""

    async def keep(self, entry: AuditEntry) -> None:
        """Forgets the explanation."""


def decision_record(
    number: int = 0,
    *,
    now: datetime,
    lasts: timedelta = timedelta(hours=1),
    resource_view: str = '{"side":"resource"}',
) -> DecisionRecord:
    """Returns a record that is told from others by its number."""
    return DecisionRecord(
        decision_id=f"decision-{number}",
        decide_time=now,
        expire_time=now + lasts,
        operation="AssumeRole",
        caller_arn=f"arn:aws:iam::{ACCOUNT}:user/Dörte",
        caller_account_id=ACCOUNT,
        resource_account_id=OTHER_ACCOUNT,
        reason=f"User: {number} is not authorized",
        caller_view='{"side":"caller"}',
        resource_view=resource_view,
    )
