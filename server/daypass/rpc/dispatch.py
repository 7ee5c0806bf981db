"""The steps of a call, in the one order in which they are taken.

Request id, load, deadline, message, access rule, authentication, kind of caller,
parsing, handler, status. The message is read as bytes, because what a caller has
signed are the bytes, and is parsed only when their signature has been checked.

SPEC: design 5; sts-operations 0.1 and 0.12; attacks G08 to G16.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from daypass.core import limits
from daypass.core.errors import (
    DaypassError,
    InternalFailureError,
    RequestTimeoutError,
    ThrottlingError,
)
from daypass.core.log_context import bind_call
from daypass.core.ports import Clock, Entropy
from daypass.rpc.admission import (
    Authenticator,
    Progress,
    Route,
    admit,
    check_complete,
    message_missing,
)
from daypass.rpc.call_facts import ServicerContext, new_call
from daypass.rpc.methods import Handlers, RpcInvocation
from daypass.rpc.observe import CallObserver, CallOutcome
from daypass.rpc.status import REQUEST_ID_KEY, ErrorAnswer, error_answer
from daypass.rpc.streams import StreamRunner
from daypass.rpc.unimplemented import UNIMPLEMENTED
from daypass.sts.audit import Auditor
from daypass.sts.deadline import Deadlines

# Answers one call; what came before the context is what its messages are read from.
Serve = Callable[[object, ServicerContext], Awaitable[bytes]]

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
        self._deadlines = Deadlines(
            seconds_default=deadline_default.total_seconds(),
            seconds_max=deadline_max.total_seconds(),
        )

    @property
    def calls_in_work(self) -> int:
        """How many calls are in work now."""
        return self._deadlines.begun

    def serving(self, method: str) -> Serve:
        """Returns what answers the calls of a method, in the form that gRPC wants.

        The request id travels in the trailers. Headers of its own would cost each
        call a second trip through gRPC core, a tenth of its time, and a failed
        call with headers is one that clients do not retry.
        """
        route = Route.of(method, self._handlers.get(method))
        streams = method in self._streams.handlers
        steps = self._streams.run if streams else self._steps

        async def serve(_: object, context: ServicerContext) -> bytes:
            try:
                progress = self._begun(route, context)
                try:
                    answer = await steps(progress, context)
                except BaseException as raised:  # noqa: BLE001 - attacks G16: of every type.
                    refusal = self._refused(progress, raised)
                else:
                    trailers = ((REQUEST_ID_KEY, progress.call.request_id),)
                    context.set_trailing_metadata(trailers)
                    self._ended(progress, "OK")
                    return answer
            except (KeyboardInterrupt, SystemExit, asyncio.CancelledError):
                raise
            except BaseException:  # noqa: BLE001 - the last one before gRPC, which tells.
                # Whatever happens, no exception's text gets out.
                _log.exception("a call could not be answered")
                refusal = error_answer(InternalFailureError("door_fault"), "")
            await context.abort(refusal.code, refusal.message, refusal.trailers)
            raise AssertionError("gRPC sends the status, and raises")

        return serve

    def serving_stream(
        self, method: str
    ) -> Callable[[object, ServicerContext], Awaitable[None]]:
        """Returns the same for a method that streams; its messages are on their way."""
        serve = self.serving(method)

        async def serve_stream(messages: object, context: ServicerContext) -> None:
            await serve(messages, context)

        return serve_stream

    def drain(self) -> None:
        """Ends the streams, and opens no more."""
        self._streams.drain()

    def _begun(self, route: Route, context: ServicerContext) -> Progress:
        """Takes note of a call that has come in."""
        call, metadata = new_call(context, self._entropy)
        bind_call(call.request_id, route.label)
        started = self._clock.monotonic()
        if self._observer.sees_starts:
            self._observer.call_started(route.label, call)
        return Progress(context, route, call, metadata, started)

    def _ended(
        self, progress: Progress, code: str, error: DaypassError | None = None
    ) -> None:
        """Tells how a call ended."""
        duration = timedelta(seconds=self._clock.monotonic() - progress.started)
        outcome = CallOutcome(code, duration, progress.caller, error, progress.fault)
        self._observer.call_finished(progress.route.label, progress.call, outcome)

    def _refused(self, progress: Progress, raised: BaseException) -> ErrorAnswer:
        """Returns what a caller is told of what was raised.

        Raises:
            BaseException: nobody is to be told of it.
        """
        code, error = "CANCELLED", None
        try:
            error = _error_of(progress, raised)
            answer = error_answer(error, progress.call.request_id)
            code = answer.code.name
            return answer
        finally:
            self._ended(progress, code, error)

    async def _steps(self, progress: Progress, context: ServicerContext) -> bytes:
        """Takes a call of a unary method to its answer.

        Raises:
            BaseException: it has failed, in any way.
        """
        route = progress.route
        handler = route.handler
        full = self._deadlines.begun >= self._concurrent_calls_max
        if full and (handler is None or handler.sheds):
            raise ThrottlingError(
                "worker_full", retry_after=limits.THROTTLING_RETRY_DELAY
            )
        # Our own engine has it at hand, where to ask for it takes a system call.
        task = getattr(context, "task", None) or asyncio.current_task()
        self._deadlines.begin(progress, task)
        try:
            # NOTE: gRPC has an object of its own for "nothing came".
            body = await context.read()
            if not isinstance(body, bytes):
                raise message_missing(proven=route.proven)
            if route.proven:
                progress.caller = self._authenticator.authenticate(
                    route.method, progress.metadata, body, call=progress.call
                )
            admitted, message = admit(progress, handler, body, self._auditor)
            invocation = RpcInvocation(progress.call, progress.caller)
            answer = await admitted.handle(invocation, message)
            if admitted.write is not None:
                return admitted.write(answer)
            return answer if isinstance(answer, bytes) else answer.SerializeToString()
        finally:
            self._deadlines.end(progress)


def _error_of(progress: Progress, raised: BaseException) -> DaypassError:
    """Returns the error that stands for what was raised, and keeps a fault of ours.

    Raises:
        BaseException: the call is to end without an answer.
    """
    if isinstance(raised, DaypassError):
        return raised
    if isinstance(raised, KeyboardInterrupt | SystemExit):
        raise raised
    if isinstance(raised, asyncio.CancelledError):
        if progress.is_expired:
            return RequestTimeoutError("deadline")
        # Cancellation by the client or by the server's stop is let through.
        # One that came from inside would leave the client without an answer.
        if _is_cancelled_from_outside():
            raise raised
    progress.fault = raised
    return InternalFailureError("fault")


def _is_cancelled_from_outside() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
