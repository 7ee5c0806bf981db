"""The application itself: what no route of a real server does."""

from __future__ import annotations

import asyncio

import pytest

from daypass.gateway.app import HttpApp, Route
from daypass.gateway.exchange import Answer, Received, Request
from daypass.gateway.origin import Origins
from support.http_world import ListedRequests
from support.world import ManualClock, SeededEntropy


class Broken:
    """A route with a fault."""

    methods = frozenset({"GET"})

    def __init__(self, fault: BaseException) -> None:
        self._fault = fault

    async def answer(self, request: Request) -> Answer:
        """Fails."""
        del request
        raise self._fault


class Incoming:
    """A request for one path, without a body."""

    def __init__(self, path: str) -> None:
        host = ("host", "localhost")
        self.received = Received("GET", path, b"", (host,), None, secure=False)

    async def body(self, seconds_max: float) -> bytes:
        """Returns the body."""
        del seconds_max
        return b""


class Telling:
    """A route that says in a header what cannot be said there."""

    methods = frozenset({"GET"})

    async def answer(self, request: Request) -> Answer:
        """Answers."""
        del request
        return Answer(200, headers=(("location", "hunter2\r\nset-cookie: a"),))


async def _ask(route: Route) -> tuple[Answer, ListedRequests]:
    observer = ListedRequests()
    app = HttpApp(
        routes={"/route": route},
        origins=Origins(),
        observer=observer,
        clock=ManualClock(),
        entropy=SeededEntropy(),
    )
    try:
        answer, _ = await app.respond(Incoming("/route"))
    except asyncio.CancelledError:
        answer = Answer(-1)
    return answer, observer


@pytest.mark.parametrize("fault", [RuntimeError("hunter2"), MemoryError("hunter2")])
async def test_fault_of_a_route(fault: BaseException) -> None:
    """A fault is an answer in the envelope, and its text is for the log alone."""
    answer, observer = await _ask(Broken(fault))

    assert 500 == answer.status
    assert b"<Code>InternalFailure</Code>" in answer.body
    assert b"hunter2" not in answer.body
    ((_, outcome),) = observer.finished
    assert outcome.answer is not None
    assert fault is outcome.answer.fault


async def test_header_that_is_none() -> None:
    """An answer with a header that could be read as two is a fault, and not sent."""
    answer, observer = await _ask(Telling())

    assert 500 == answer.status
    assert () == answer.headers
    assert b"hunter2" not in answer.body
    ((_, outcome),) = observer.finished
    assert answer is outcome.answer


async def test_cancelled_request_is_observed() -> None:
    """A request that is cancelled is let go, and whoever watches learns of it."""
    answer, observer = await _ask(Broken(asyncio.CancelledError()))

    assert -1 == answer.status
    ((_, outcome),) = observer.finished
    assert None is outcome.answer
