"""The steps of a request in the Query protocol, in the one order they are taken.

Form, operation, load, proof, kind of caller, parameters, operation, answer. A caller
whose signature is bad learns nothing of its parameters; one that may not call learns
that they are malformed.

SPEC: sts-operations 0.1, 0.2, 3 and 3.5; attacks V01 to V34; details 3 to 16, 50, 51.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from daypass.core import http_limits, limits
from daypass.core.errors import (
    DaypassError,
    InternalFailureError,
    MalformedInputError,
    RequestTimeoutError,
    ThrottlingError,
)
from daypass.gateway.asked import AskedReader
from daypass.gateway.errors import error_body
from daypass.gateway.exchange import UNSUPPORTED, Answer, Headers, Request, is_form
from daypass.gateway.operations import Operations
from daypass.gateway.render import Body, Format, Tree, accepted_format, render
from daypass.gateway.usual_answers import envelope
from daypass.sigv4.http_request import HttpExpectations, HttpRequest
from daypass.sts.access_rules import STS_ACCESS, Unproven, check_caller_kind
from daypass.sts.audit import AuditEntry, Auditor
from daypass.sts.caller import CallContext, Caller
from daypass.sts.deadline import Deadline, SharedTimers
from daypass.sts.pipeline import record_refusal

_log: Final = logging.getLogger(__name__)

METHODS: Final = frozenset({"GET", "POST"})
_SERVICE: Final = "sts"
_EXPECTATIONS: Final = HttpExpectations(
    _SERVICE, presigned_lifetime_max=http_limits.PRESIGNED_LIFETIME
)
# SPEC: 3.5: tokens of this form say a minute and are shown for a quarter of an hour.
_IDENTITY_EXPECTATIONS: Final = HttpExpectations(
    _SERVICE,
    presigned_lifetime_max=http_limits.PRESIGNED_LIFETIME,
    ignore_expires=True,
)
_IDENTITY: Final = "GetCallerIdentity"
# What an error's variables are called in headers, for tools that explain denials.
_ERROR_HEADERS: Final = {
    "decision_id": "x-daypass-decision-id",
    "encoded_authorization_message": "x-daypass-encoded-authorization-message",
}


class Authenticator(Protocol):
    """Proves callers."""

    def authenticate(
        self,
        operation: str,
        request: HttpRequest,
        expectations: HttpExpectations,
        *,
        call: CallContext,
    ) -> Caller:
        """Returns the caller that signed this request.

        Raises:
            DaypassError: there is no proof, or it is not good.
        """
        ...


@dataclass(slots=True)
class _Progress:
    """What is known of a request so far."""

    operation: str = "unknown"
    caller: Caller | None = None
    fault: BaseException | None = None


class QueryDoor:
    """Answers requests in the Query protocol.

    Args:
        operations: the table of operations.
        authenticator: proves callers.
        auditor: records what the door itself refuses to proven callers.
        concurrent_calls_max: how many requests may be in work at once.
        deadline: the time that a request may take.
    """

    methods = METHODS

    def __init__(
        self,
        *,
        operations: Operations,
        authenticator: Authenticator,
        auditor: Auditor,
        concurrent_calls_max: int = limits.CONCURRENT_CALLS_MAX,
        deadline: timedelta = limits.CALL_DEADLINE_DEFAULT,
    ) -> None:
        self._reader = AskedReader(operations)
        self._authenticator = authenticator
        self._auditor = auditor
        self._concurrent_calls_max = concurrent_calls_max
        self._seconds = deadline.total_seconds()
        self._timers = SharedTimers()
        self._calls_in_work = 0

    async def answer(self, request: Request) -> Answer:
        """Answers a request; whatever happens inside, it is an answer."""
        if not is_form(request.received):
            return UNSUPPORTED
        form = accepted_format(request.received.joined("accept"))
        progress = _Progress()
        result = await self._attempt(request, progress, form)
        request_id = request.call.request_id
        if isinstance(result, DaypassError):
            body = error_body(result, request_id, form)
            return Answer(
                result.row.http_status,
                body.content,
                body.media_type,
                headers=_error_headers(result),
                operation=progress.operation,
                caller=progress.caller,
                error=result,
                fault=progress.fault,
            )
        return _success(result, request_id, form, progress)

    async def _attempt(
        self, request: Request, progress: _Progress, form: Format
    ) -> Tree | Body | DaypassError:
        """Returns the result, or the error of a request that failed in any way."""
        if self._calls_in_work >= self._concurrent_calls_max:
            delay = limits.THROTTLING_RETRY_DELAY
            return ThrottlingError("worker_full", retry_after=delay)
        deadline = Deadline(self._seconds, self._timers)
        self._calls_in_work += 1
        try:
            with deadline:
                return await self._steps(request, progress, form)
        except DaypassError as error:
            return error
        except (KeyboardInterrupt, SystemExit, asyncio.CancelledError):
            raise
        except BaseException as fault:  # noqa: BLE001 - attacks G16: of every type.
            if deadline.expired and isinstance(fault, TimeoutError):
                return RequestTimeoutError("deadline")
            progress.fault = fault
        finally:
            self._calls_in_work -= 1
        return InternalFailureError("fault")

    async def _steps(
        self, request: Request, progress: _Progress, form: Format
    ) -> Tree | Body:
        received = request.received
        if request.body and received.method == "GET":
            raise MalformedInputError("body_of_get")
        asked = self._reader.read(received.query, request.body)
        name = progress.operation = asked.name
        rule = STS_ACCESS.get(name)
        # SPEC: 0.1: where the request is the proof, a signature is ignored.
        if rule is not Unproven.PROOF_IN_REQUEST:
            progress.caller = self._prove(name, request)
        try:
            if progress.caller is not None:
                check_caller_kind(name, rule, progress.caller.kind)
            wanted = asked.request()
        except DaypassError as error:
            call = request.call
            entry = AuditEntry(name, call, progress.caller, call.request_id)
            record_refusal(self._auditor, entry, error)
            raise
        operation, call = asked.operation, request.call
        result = await operation.pipeline.run(wanted, progress.caller, call)
        if form is Format.XML and operation.write_usual is not None:
            body = operation.write_usual(result, call.request_id)
            if body is not None:
                return body
        return operation.show(result)

    def _prove(self, operation: str, request: Request) -> Caller:
        """Proves who calls."""
        received = request.received
        described = HttpRequest(
            received.method,
            received.path,
            received.query.decode("ascii"),
            received.headers,
            hashlib.sha256(request.body).hexdigest(),
            scheme="https" if request.call.secure_transport else "http",
        )
        identity = operation == _IDENTITY
        return self._authenticator.authenticate(
            operation,
            described,
            _IDENTITY_EXPECTATIONS if identity else _EXPECTATIONS,
            call=request.call,
        )


def _success(
    shown: Tree | Body, request_id: str, form: Format, progress: _Progress
) -> Answer:
    name = progress.operation
    if not isinstance(shown, Body):
        tree = envelope(name, shown, request_id)
        shown = render(f"{name}Response", tree, form)
    return Answer(
        200,
        shown.content,
        shown.media_type,
        operation=name,
        caller=progress.caller,
    )


def _error_headers(error: DaypassError) -> Headers:
    return tuple(
        (header, error.metadata[key])
        for key, header in _ERROR_HEADERS.items()
        if key in error.metadata
    )
