"""The record of each decision, made before its answer leaves.

A decision that grants something, or changes what is granted, waits for its record
to be durable. One that only answers does not, so that verifying goes on while the
audit log is away (reliability, promise 7).
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from daypass.core.decision_record import DecisionRecord
from daypass.core.errors import DaypassError, RejectedError
from daypass.core.ports import AuditRecord, AuditSink, Clock
from daypass.sts.caller import CallContext, Caller

# The details of records of credentials that were issued and did not leave.
TAKEN_BACK: Final = "taken_back"
TAKE_BACK_FAILED: Final = "take_back_failed"
# The same call was sent again meanwhile, and got them as the answer to that.
GIVEN_TO_REPEAT: Final = "given_to_repeat"


@dataclass(slots=True)
class AuditEntry:
    """What an operation has learned about itself so far, for its record.

    The operation fills it in as it goes, so that a refusal half way is recorded
    with what was known by then. `decision_id` names the record to the caller, and
    `denial` is the explanation of a refusal by policy, to be kept under it.
    """

    operation: str
    call: CallContext
    caller: Caller | None
    decision_id: str
    resource: str = ""
    decided_by: str = ""
    issued_access_key_id: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    denial: DecisionRecord | None = None


class Auditor:
    """Writes audit records.

    Args:
        sink: where records become durable.
        clock: dates them.
    """

    def __init__(self, *, sink: AuditSink, clock: Clock) -> None:
        self._sink = sink
        self._clock = clock

    def granted(self, entry: AuditEntry) -> Awaitable[None]:
        """Records a grant; what this returns is to be awaited, before anything leaves.

        Raises:
            AuditUnavailableError: at once or as it is awaited; it is not on record.
        """
        return self._sink.write(self._record(entry, "allowed"))

    def grant(self, entry: AuditEntry) -> AuditRecord:
        """Returns the record of a grant, for `granted_all`."""
        return self._record(entry, "allowed")

    async def granted_all(self, records: Sequence[AuditRecord]) -> None:
        """Returns when all these grants are on record; nothing may leave before."""
        await self._sink.write_many(records)

    def answered(self, entry: AuditEntry) -> None:
        """Records an answer that grants nothing, without waiting."""
        self._sink.note(self._record(entry, "allowed"))

    def refused(self, entry: AuditEntry, error: DaypassError) -> None:
        """Records a refusal or failure, without waiting."""
        outcome = "refused" if isinstance(error, RejectedError) else "failed"
        record = self._record(
            entry, outcome, reason=error.row.reason, detail=error.detail
        )
        self._sink.note(record)

    def taken_back(self, entry: AuditEntry, access_key_id: str, detail: str) -> None:
        """Records that credentials do not leave after all, without waiting.

        Args:
            entry: the call that had issued them.
            access_key_id: their name.
            detail: whether the store has forgotten them, too.
        """
        record = self._record(entry, "failed", detail=detail)
        self._sink.note(replace(record, issued_access_key_id=access_key_id))

    def _record(
        self, entry: AuditEntry, outcome: str, *, reason: str = "", detail: str = ""
    ) -> AuditRecord:
        caller, call, attributes = entry.caller, entry.call, entry.attributes
        # NOTE: by place, which is quicker; there is a record for every decision.
        return AuditRecord(
            self._clock.now(),
            call.request_id,
            entry.decision_id,
            entry.operation,
            caller.principal.arn if caller else None,
            caller.access_key_id if caller else None,
            call.source_address,
            outcome,
            reason,
            detail,
            entry.resource,
            entry.decided_by,
            entry.issued_access_key_id,
            tuple(sorted(attributes.items())) if attributes else (),
        )
