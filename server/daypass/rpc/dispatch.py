"""The steps of a call, in the one order in which they are taken.

Request id, load, deadline, message, access rule, authentication, kind of caller,
parsing, handler, status. The message is read as bytes, because what a caller has
signed are the bytes, and is parsed only when their signature has been checked.

SPEC: design 5; sts-operations 0.1 and 0.12; attacks G08 to G16.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from daypass.core import limits
from daypass.core.errors import (
    DaypassError,
    InternalFailureError,
    RequestTimeoutError,
    ThrottlingError,
)
from daypass.core.log_context import bind_call
from daypass.core.ports import Clock, Entropy
from daypass.rpc.access import ACCESS
from daypass.rpc.admission import (
    Authenticator,
    Progress,
    admit,
    check_complete,
    message_missing,
    parse,
    record_refusal_at_door,
)
from daypass.rpc.call_facts import ServicerContext, new_call
from daypass.rpc.methods import Handlers, MethodHandler, RpcInvocation
from daypass.rpc.observe import UNKNOWN_METHOD, CallObserver, CallOutcome
from daypass.rpc.status import REQUEST_ID_KEY, ErrorAnswer, error_answer
from daypass.rpc.streams import StreamRunner
from daypass.rpc.unimplemented import UNIMPLEMENTED
from daypass.sts.access_rules import Unproven
from daypass.sts.audit import Auditor
from daypass.sts.deadline import DeadlinePassedError, SharedTimers, within

_log: Final = logging.getLogger(__name__)


class Dispatcher:
    """Takes every call through its steps.

    Args:
        handlers: one for each unary method that is built.
        streams: answers the calls of the methods that stream.
        authenticator: proves callers.
        auditor: records what the door itself refuses to proven callers.
        observer: learns of every call.
        clock: times calls.
        entropy: makes request ids.
        concurrent_calls_max: how many calls may be in work at once.
        deadline_default: the time of a call that names no deadline.
        deadline_max: the longest time that a call may have.
        unbuilt: the methods that are declared and have no handler.

    Raises:
        ValueError: the handlers are not exactly the methods that are built.
    """

    def __init__(  # noqa: PLR0913 - collaborators and bounds, each by name.
        self,
        *,
        handlers: Handlers,
        streams: StreamRunner,
        authenticator: Authenticator,
        auditor: Auditor,
        observer: CallObserver,
        clock: Clock,
        entropy: Entropy,
        concurrent_calls_max: int = limits.CONCURRENT_CALLS_MAX,
        deadline_default: timedelta = limits.CALL_DEADLINE_DEFAULT,
        deadline_max: timedelta = limits.CALL_DEADLINE_MAX,
        unbuilt: frozenset[str] = UNIMPLEMENTED,
    ) -> None:
        check_complete(handlers, streams.handlers, unbuilt)
        self._handlers = MappingProxyType(dict(handlers))
        self._streams = streams
        self._authenticator = authenticator
        self._auditor = auditor
        self._observer = observer
        self._clock = clock
        self._entropy = entropy
        self._concurrent_calls_max = concurrent_calls_max
        self._deadline_default = deadline_default
        self._deadline_max = deadline_max
        self._calls_in_work = 0
        self._timers = SharedTimers()

    @property
    def calls_in_work(self) -> int:
        """How many calls are in work now."""
        return self._calls_in_work

    async def serve(self, method: str, _: object, context: ServicerContext) -> bytes:
        """Answers one call, in the form that gRPC wants of what answers.

        The request id travels in the trailers. Headers of its own would cost each
        call a second trip through gRPC core, a tenth of its time, and a failed
        call with headers is one that clients do not retry.
        """
        try:
            answer = await self._observed(method, context)
        except (KeyboardInterrupt, SystemExit, asyncio.CancelledError):
            raise
        except BaseException:  # noqa: BLE001 - the last one before gRPC, which tells.
            # Whatever happens, no exception's text gets out.
            _log.exception("a call could not be answered")
            answer = error_answer(InternalFailureError("door_fault"), "")
        if isinstance(answer, ErrorAnswer):
            # NOTE: this raises, so that gRPC sends the status; nothing follows.
            await context.abort(answer.code, answer.message, answer.trailers)
        return answer

    async def serve_stream(
        self, method: str, messages: object, context: ServicerContext
    ) -> None:
        """Answers one call of a method that streams; its messages go on their way."""
        await self.serve(method, messages, context)

    def drain(self) -> None:
        """Ends the streams, and opens no more."""
        self._streams.drain()

    async def _observed(
        self, method: str, context: ServicerContext
    ) -> bytes | ErrorAnswer:
        # gRPC makes it anew each time it is asked.
        metadata = context.invocation_metadata() or ()
        call = new_call(context, metadata, self._entropy)
        label = method if method in ACCESS else UNKNOWN_METHOD
        bind_call(call.request_id, label)
        progress = Progress(method, call, metadata)
        started = self._clock.monotonic()
        self._observer.call_started(label, call)
        code, error = "CANCELLED", None
        try:
            result = await self._attempt(progress, context)
            if isinstance(result, DaypassError):
                error = result
                answer = error_answer(result, call.request_id)
                code = answer.code.name
                return answer
            code = "OK"
            context.set_trailing_metadata(((REQUEST_ID_KEY, call.request_id),))
            return result
        finally:
            duration = timedelta(seconds=self._clock.monotonic() - started)
            outcome = CallOutcome(
                code, duration, progress.caller, error, progress.fault
            )
            self._observer.call_finished(label, call, outcome)

    async def _attempt(
        self, progress: Progress, context: ServicerContext
    ) -> bytes | DaypassError:
        """Returns the response, or the error of a call that failed in any way."""
        try:
            if progress.method in self._streams.handlers:
                return await self._streams.run(progress, context)
            handler = self._admitted(progress.method)
            self._calls_in_work += 1
            try:
                return await within(
                    self._steps(progress, handler, context),
                    partial(self._seconds_left, context),
                    self._timers,
                )
            finally:
                self._calls_in_work -= 1
        except DaypassError as error:
            return error
        except DeadlinePassedError:
            return RequestTimeoutError("deadline")
        except asyncio.CancelledError as cancelled:
            # Cancellation by the client or by the server's stop is let through.
            # One that came from inside would leave the client without an answer.
            if _is_cancelled_from_outside():
                raise
            progress.fault = cancelled
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as fault:  # noqa: BLE001 - attacks G16: of every type.
            progress.fault = fault
        return InternalFailureError("fault")

    def _admitted(self, method: str) -> MethodHandler[Any] | None:
        """Returns what answers a method, if there is room for one more call.

        Raises:
            ThrottlingError: there is none.
        """
        handler = self._handlers.get(method)
        sheds = handler is None or handler.sheds
        if sheds and self._calls_in_work >= self._concurrent_calls_max:
            raise ThrottlingError(
                "worker_full", retry_after=limits.THROTTLING_RETRY_DELAY
            )
        return handler

    async def _steps(
        self,
        progress: Progress,
        handler: MethodHandler[Any] | None,
        context: ServicerContext,
    ) -> bytes:
        proven = not isinstance(ACCESS.get(progress.method), Unproven)
        # NOTE: gRPC has an object of its own for "nothing came".
        body = await context.read()
        if not isinstance(body, bytes):
            raise message_missing(proven=proven)
        if proven:
            progress.caller = await self._authenticator.authenticate(
                progress.method, progress.metadata, body, call=progress.call
            )
        try:
            admitted = admit(progress, handler)
            message = parse(admitted.read or admitted.request.FromString, body)
        except DaypassError as error:
            record_refusal_at_door(self._auditor, progress, error)
            raise
        invocation = RpcInvocation(progress.call, progress.caller)
        answer = await admitted.handle(invocation, message)
        return answer if isinstance(answer, bytes) else answer.SerializeToString()

    def _seconds_left(self, context: ServicerContext) -> float:
        """Returns the time a call has: what it asks for, within what we allow."""
        asked = context.time_remaining()
        if asked is None:
            return self._deadline_default.total_seconds()
        return min(asked, self._deadline_max.total_seconds())


def _is_cancelled_from_outside() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
