"""The steps that every operation shares and none can skip.

A caller comes in, proven unless the request is the proof; the parameters are checked, the operation decides and
acts, the audit log takes its record, and only then the answer leaves. Which kinds
of credential may call an operation at all is decided first, before any policy
(spec 0.9), with the texts that clients know.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import ClassVar, Generic, Protocol, TypeVar

from daypass.core.errors import (
    AuditUnavailableError,
    DaypassError,
    InternalFailureError,
    UnavailableError,
)
from daypass.core.quick import quick_init
from daypass.core.session import SessionRecord
from daypass.sts.audit import (
    GIVEN_TO_REPEAT,
    TAKE_BACK_FAILED,
    TAKEN_BACK,
    AuditEntry,
    Auditor,
)
from daypass.sts.caller import CallContext, Caller

Request_contra = TypeVar("Request_contra", contravariant=True)
Result_co = TypeVar("Result_co", covariant=True)
Request = TypeVar("Request")
Result = TypeVar("Result")


# How the credentials of one session are taken back: its record, and what is to be done
# with it. That tells whether it is gone; False where the credentials were given to
# another call, which was the same one sent again.
TakeBack = tuple[SessionRecord, Callable[[SessionRecord], Awaitable[bool]]]


@quick_init
@dataclass(frozen=True, slots=True)
class Invocation:
    """One call of an operation: by whom, and where its record is being made.

    Attributes:
        proven: the caller; None for an operation whose request is the proof.
        call: the facts of the call.
        audit: the record of it.
        item: its number, where it is one of several things that a call asks for. What
            it issues is bound to that item of the signed call.
        undo: what is taken back, last first, if the call fails or is cancelled
            before its answer may leave.
    """

    proven: Caller | None
    call: CallContext
    audit: AuditEntry
    item: int | None = None
    undo: list[TakeBack] = field(default_factory=list)

    @property
    def caller(self) -> Caller:
        """The caller of an operation that needs a proof of who calls.

        Raises:
            InternalFailureError: nobody was proven, which a door should have refused.
        """
        if self.proven is None:
            raise InternalFailureError("caller_unproven")
        return self.proven


class Operation(Protocol[Request_contra, Result_co]):
    """One operation: what it is called, and what it does."""

    # The name in audit records, such as `AssumeRole`.
    name: ClassVar[str]
    # Whether its answer waits for the audit record.
    grants: ClassVar[bool]

    async def perform(
        self, request: Request_contra, invocation: Invocation
    ) -> Result_co:
        """Checks the parameters, decides, and acts.

        Raises:
            DaypassError: it was refused, or could not be done; nothing was issued.
        """
        ...


class DecisionKeeper(Protocol):
    """Keeps the explanations of denials; see `sts.decisions`."""

    async def keep(self, entry: AuditEntry) -> None:
        """Keeps the explanation of a denial, if there is one; never fails."""
        ...


class Pipeline(Generic[Request, Result]):
    """Runs one operation for proven callers.

    Args:
        operation: what to run.
        auditor: records each outcome.
        decisions: keeps the explanations of denials.
    """

    def __init__(
        self,
        *,
        operation: Operation[Request, Result],
        auditor: Auditor,
        decisions: DecisionKeeper,
    ) -> None:
        self._operation = operation
        self._auditor = auditor
        self._decisions = decisions

    async def run(
        self,
        request: Request,
        caller: Caller | None,
        call: CallContext,
    ) -> Result:
        """Runs the operation once.

        What a call has issued is taken back if it ends before this returns, and no
        longer then: what becomes of the answer is not known here.

        Args:
            request: its parameters.
            caller: who asks; None where the request itself is the proof.
            call: from where.

        Raises:
            DaypassError: as the operation does, or the audit log is away.
        """
        entry = AuditEntry(self._operation.name, call, caller, call.request_id)
        invocation = Invocation(caller, call, entry)
        try:
            try:
                result = await self._operation.perform(request, invocation)
            except DaypassError as error:
                await explain_refusal(self._auditor, self._decisions, entry, error)
                raise
            if entry.denial is not None:
                await self._decisions.keep(entry)
            if self._operation.grants:
                await self._auditor.granted(entry)
            else:
                record_answer(self._auditor, entry)
        except BaseException:
            await take_back(self._auditor, invocation)
            raise
        return result


async def explain_refusal(
    auditor: Auditor, decisions: DecisionKeeper, entry: AuditEntry, error: DaypassError
) -> None:
    """Keeps the explanation of a refusal, and records it."""
    try:
        await decisions.keep(entry)
    finally:
        # A call that ends while its explanation is being kept is on record.
        record_refusal(auditor, entry, error)


async def take_back(auditor: Auditor, invocation: Invocation) -> None:
    """Undoes what a call that did not succeed has done, as far as possible.

    What the store does not take back ends by itself: nobody has its credentials.
    Either is on record, because the grant may be already.
    """
    while invocation.undo:
        record, discard = invocation.undo.pop()
        detail = TAKE_BACK_FAILED
        try:
            with contextlib.suppress(UnavailableError):
                detail = TAKEN_BACK if await discard(record) else GIVEN_TO_REPEAT
        finally:
            with contextlib.suppress(AuditUnavailableError):
                auditor.taken_back(invocation.audit, record.access_key_id, detail)


def record_refusal(auditor: Auditor, entry: AuditEntry, error: DaypassError) -> None:
    """Records a refusal; a full audit queue does not turn it into anything else."""
    try:
        auditor.refused(entry, error)
    except AuditUnavailableError as unavailable:
        # NOTE: the refusal stands and grants nothing; the sink has counted the loss.
        error.add_note(f"not audited: {unavailable}")


def record_answer(auditor: Auditor, entry: AuditEntry) -> None:
    """Records an answer that grants nothing; it leaves even if the queue is full."""
    try:
        auditor.answered(entry)
    except AuditUnavailableError:
        # NOTE: verifying goes on without the audit log; the sink counts what it lost.
        return
