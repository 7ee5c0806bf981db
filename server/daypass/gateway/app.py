"""What answers a request: routes, bodies, and who learns of it.

A path is compared as it stood on the wire, so that nothing that merely decodes to a
route is one.

SPEC: sts-operations 3.1 to 3.3; attacks V06, V11, V20, V29 to V33, L29; detail 50.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final, Protocol

from daypass.core import http_limits, limits
from daypass.core.errors import InternalFailureError
from daypass.core.log_context import bind_call
from daypass.core.ports import Clock, Entropy
from daypass.core.request_ids import new_request_id
from daypass.core.trace_context import TraceParent
from daypass.gateway.answer_writer import AnswerWriter, check_headers
from daypass.gateway.errors import error_body
from daypass.gateway.exchange import (
    AMBIGUOUS,
    BODIES_FULL,
    NOT_FOUND,
    NOT_SERVED,
    TOO_LARGE,
    Answer,
    Received,
    Request,
    is_ambiguous,
    is_too_large,
    not_allowed,
)
from daypass.gateway.large_bodies import LargeBodies
from daypass.gateway.observe import RequestObserver, RequestOutcome
from daypass.gateway.origin import Origin, Origins
from daypass.gateway.render import Format
from daypass.sts.caller import CallContext

_TRACE_PARENT: Final = "traceparent"
_METHODS: Final = frozenset(
    {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}
)
_OTHER_METHOD: Final = "_OTHER"


class Incoming(Protocol):
    """A request whose head is whole."""

    @property
    def received(self) -> Received:
        """The head."""
        ...

    async def body(self, seconds_max: float) -> bytes | Answer:
        """Returns the body, or the answer to one that does not come in time."""
        ...


class Route(Protocol):
    """What answers the requests of one path."""

    @property
    def methods(self) -> frozenset[str]:
        """The methods that it has."""
        ...

    async def answer(self, request: Request) -> Answer:
        """Answers a request of one of these methods."""
        ...


class MoreRoutes(Protocol):
    """Finds what answers paths that are not fixed."""

    @property
    def label(self) -> str:
        """What stands for all of them in metrics."""
        ...

    def find(self, path: str) -> Route | None:
        """Returns what answers a path, or None."""
        ...


class HttpApp:
    """The application.

    Args:
        routes: what answers, by path.
        more: finds what answers other paths, if anything does.
        origins: finds out where requests come from.
        observer: learns of every request.
        clock: times requests and dates answers.
        entropy: makes request ids.
        body_time_max: how long a body may take to arrive.
        bodies: how many bytes of large ones there may be.
    """

    def __init__(
        self,
        *,
        routes: Mapping[str, Route],
        origins: Origins,
        observer: RequestObserver,
        clock: Clock,
        entropy: Entropy,
        more: MoreRoutes | None = None,
        body_time_max: timedelta = http_limits.BODY_TIME_MAX,
        bodies: LargeBodies | None = None,
    ) -> None:
        self.writer = AnswerWriter(clock)
        self._routes = dict(routes)
        self._more = more
        self._origins = origins
        self._observer = observer
        self._clock = clock
        self._entropy = entropy
        self._body_seconds_max = body_time_max.total_seconds()
        self._bodies = LargeBodies() if bodies is None else bodies

    async def respond(self, incoming: Incoming) -> tuple[Answer, str]:
        """Returns the answer to a request, and the id of the request.

        Whatever happens, no exception's text gets out.
        """
        received = incoming.received
        started = self._clock.monotonic()
        request_id = new_request_id(self._entropy)
        label, route = self._route(received.path)
        origin = None if is_ambiguous(received) else self._origins.find(received)
        call = _call(received, origin, request_id)
        bind_call(request_id, label or "unknown")
        self._observer.request_started(call)
        answer = None
        try:
            answer = await self._answer(incoming, route, origin, call)
            if answer.headers:
                check_headers(answer.headers)
        except (KeyboardInterrupt, SystemExit, asyncio.CancelledError):
            raise
        except BaseException as fault:  # noqa: BLE001 - attacks G16: of every type.
            answer = _internal_failure(fault, request_id)
        finally:
            known = received.method in _METHODS
            outcome = RequestOutcome(
                received.method if known else _OTHER_METHOD,
                label,
                answer,
                timedelta(seconds=self._clock.monotonic() - started),
            )
            self._observer.request_finished(call, outcome)
        return answer, request_id

    def _route(self, path: str) -> tuple[str, Route | None]:
        """Returns the name of a route in metrics, empty for none, and the route."""
        if path in self._routes:
            return path, self._routes[path]
        if self._more is not None and (found := self._more.find(path)) is not None:
            return self._more.label, found
        return "", None

    async def _answer(
        self,
        incoming: Incoming,
        route: Route | None,
        origin: Origin | None,
        call: CallContext,
    ) -> Answer:
        received = incoming.received
        if origin is None:
            return AMBIGUOUS if is_ambiguous(received) else NOT_SERVED
        if route is None or received.method not in route.methods:
            lost = NOT_FOUND if route is None else not_allowed(route.methods)
            return _unread(lost, received)
        size = received.body_length
        if is_too_large(size):
            return TOO_LARGE
        if not self._bodies.take(size):
            return BODIES_FULL
        try:
            body = await incoming.body(self._body_seconds_max)
            if isinstance(body, Answer):
                return body
            return await route.answer(
                Request(origin.received, origin.host, origin.proxied, call, body)
            )
        finally:
            self._bodies.leave(size)


def _call(received: Received, origin: Origin | None, request_id: str) -> CallContext:
    agent = received.header("user-agent")
    parent = None
    if _TRACE_PARENT in received.names:
        parent = TraceParent.read(received.values(_TRACE_PARENT))
    return CallContext(
        request_id,
        received.peer if origin is None else origin.source,
        agent[: limits.USER_AGENT_CHARACTERS_MAX] if agent else None,
        received.secure if origin is None else origin.secure,
        parent,
    )


def _unread(answer: Answer, received: Received) -> Answer:
    """Returns the answer to a request whose body, if it has one, was not read."""
    return replace(answer, close=True) if received.body_length else answer


def _internal_failure(fault: BaseException, request_id: str) -> Answer:
    error = InternalFailureError("door_fault")
    body = error_body(error, request_id, Format.XML)
    status = error.row.http_status
    return Answer(status, body.content, body.media_type, error=error, fault=fault)
