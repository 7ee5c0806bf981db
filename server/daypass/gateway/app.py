"""The application behind the HTTP server: routes, bodies, and what every answer has.

It speaks ASGI. A path is compared as it stood on the wire, so that nothing that
merely decodes to a route is one.

SPEC: sts-operations 3.1 to 3.3; attacks V06, V11, V20, V29 to V33, L29; detail 50.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import Any, Final, Protocol

from structlog.contextvars import bind_contextvars, clear_contextvars

from daypass.core import http_limits, limits
from daypass.core.errors import InternalFailureError
from daypass.core.ports import Clock, Entropy
from daypass.core.request_ids import new_request_id
from daypass.core.trace_context import TraceParent
from daypass.gateway.bodies import Receive, Scope, read_body
from daypass.gateway.errors import error_body
from daypass.gateway.exchange import (
    AMBIGUOUS,
    BODIES_FULL,
    CLIENT_CERTIFICATE,
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

_log: Final = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]
# Reads a body, or returns the answer to one that does not come.
ReadBody = Callable[[], Awaitable["bytes | Answer"]]

REQUEST_ID_HEADER: Final = "x-amzn-requestid"
_REQUEST_ID: Final = REQUEST_ID_HEADER.encode()
_NO_STORE: Final = (b"cache-control", b"no-store")
_TRACE_PARENT: Final = "traceparent"
_METHODS: Final = frozenset(
    {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"}
)
_OTHER_METHOD: Final = "_OTHER"
# SPEC: RFC 9110 section 8.6: it has no body, and the length of none would be wrong.
_NOT_MODIFIED: Final = 304


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
        self._routes = dict(routes)
        self._more = more
        self._origins = origins
        self._observer = observer
        self._clock = clock
        self._entropy = entropy
        self._body_seconds_max = body_time_max.total_seconds()
        self._bodies = LargeBodies() if bodies is None else bodies
        self._draining = False
        self._dated: tuple[datetime, bytes] | None = None

    def drain(self) -> None:
        """Lets every connection end with its next answer."""
        self._draining = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        clear_contextvars()
        received = _received(scope)
        request_id = new_request_id(self._entropy)
        read = partial(read_body, scope, receive, seconds_max=self._body_seconds_max)
        answer = await self._observed(received, request_id, read)
        await self._send(answer, request_id, send)

    async def _observed(
        self, received: Received, request_id: str, read: ReadBody
    ) -> Answer:
        """Answers a request; whatever happens, no exception's text gets out."""
        started = self._clock.monotonic()
        route, answering = self._route(received.path)
        origin = self._origin(received)
        call = _call(received, origin, request_id)
        bind_contextvars(request_id=request_id, method=route or "unknown")
        self._observer.request_started(call)
        answer = None
        try:
            answer = await self._answer(received, answering, origin, call, read)
        except (KeyboardInterrupt, SystemExit, asyncio.CancelledError):
            raise
        except BaseException as fault:  # noqa: BLE001 - attacks G16: of every type.
            answer = _internal_failure(fault, request_id)
        finally:
            known = received.method in _METHODS
            outcome = RequestOutcome(
                method=received.method if known else _OTHER_METHOD,
                route=route,
                answer=answer,
                duration=timedelta(seconds=self._clock.monotonic() - started),
            )
            self._observer.request_finished(call, outcome)
        return answer

    def _route(self, path: str) -> tuple[str, Route | None]:
        """Returns the name of a route in metrics, empty for none, and the route."""
        if path in self._routes:
            return path, self._routes[path]
        if self._more is not None and (found := self._more.find(path)) is not None:
            return self._more.label, found
        return "", None

    def _origin(self, received: Received) -> Origin | None:
        """Returns where a request comes from, or None where it is not for us."""
        return None if is_ambiguous(received) else self._origins.find(received)

    async def _answer(
        self,
        received: Received,
        route: Route | None,
        origin: Origin | None,
        call: CallContext,
        read: ReadBody,
    ) -> Answer:
        if origin is None:
            return AMBIGUOUS if is_ambiguous(received) else NOT_SERVED
        if route is None:
            return _unread(NOT_FOUND, received)
        if received.method not in route.methods:
            return _unread(not_allowed(route.methods), received)
        if is_too_large(received):
            return TOO_LARGE
        with self._bodies.room(received.body_length) as has_room:
            body = await read() if has_room else BODIES_FULL
            if isinstance(body, Answer):
                return body
            return await route.answer(
                Request(origin.received, origin.host, origin.proxied, call, body)
            )

    async def _send(self, answer: Answer, request_id: str, send: Send) -> None:
        headers = [
            (b"date", self._date()),
            (_REQUEST_ID, request_id.encode()),
            (b"x-content-type-options", b"nosniff"),
        ]
        headers += (
            (name.encode(), value.encode("latin-1")) for name, value in answer.headers
        )
        if not any(name == "cache-control" for name, _ in answer.headers):
            headers.append(_NO_STORE)
        if answer.status != _NOT_MODIFIED:
            headers.append((b"content-length", str(len(answer.body)).encode()))
        if answer.media_type:
            headers.append((b"content-type", answer.media_type.encode()))
        if answer.close or self._draining:
            headers.append((b"connection", b"close"))
        start = {"status": answer.status, "headers": headers}
        await send({"type": "http.response.start", **start})
        await send({"type": "http.response.body", "body": answer.body})

    def _date(self) -> bytes:
        """Returns the value of `Date`, by which SDKs set their clocks."""
        now = self._clock.now().replace(microsecond=0)
        if self._dated is None or self._dated[0] != now:
            self._dated = (now, format_datetime(now, usegmt=True).encode())
        return self._dated[1]


def _received(scope: Scope) -> Received:
    client = scope.get("client")
    return Received(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1"),
        query=scope["query_string"],
        headers=tuple(
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in scope["headers"]
        ),
        peer=client[0] if client else None,
        secure=scope["scheme"] == "https",
        client_certificate=scope.get(CLIENT_CERTIFICATE),
    )


def _call(received: Received, origin: Origin | None, request_id: str) -> CallContext:
    agent = received.header("user-agent")
    parents = received.values(_TRACE_PARENT)
    return CallContext(
        request_id=request_id,
        source_address=received.peer if origin is None else origin.source,
        user_agent=agent[: limits.USER_AGENT_CHARACTERS_MAX] if agent else None,
        secure_transport=received.secure if origin is None else origin.secure,
        trace_parent=TraceParent.read(parents),
    )


def _unread(answer: Answer, received: Received) -> Answer:
    """Returns the answer to a request whose body, if it has one, was not read."""
    return replace(answer, close=True) if received.body_length else answer


def _internal_failure(fault: BaseException, request_id: str) -> Answer:
    error = InternalFailureError("door_fault")
    body = error_body(error, request_id, Format.XML)
    status = error.row.http_status
    return Answer(status, body.content, body.media_type, error=error, fault=fault)
