"""The application itself: what no route of a real server does."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from daypass.gateway.app import HttpApp
from daypass.gateway.exchange import Answer, Request
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


class Sent:
    """What an application sends."""

    def __init__(self) -> None:
        self.status = 0
        self.body = b""

    async def __call__(self, message: Mapping[str, Any]) -> None:
        """Takes a part of an answer."""
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")


async def _nothing() -> Mapping[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _ask(fault: BaseException) -> tuple[Sent, ListedRequests]:
    observer = ListedRequests()
    app = HttpApp(
        routes={"/broken": Broken(fault)},
        origins=Origins(),
        observer=observer,
        clock=ManualClock(),
        entropy=SeededEntropy(),
    )
    scope = {
        "method": "GET",
        "raw_path": b"/broken",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
        "client": None,
        "scheme": "http",
    }
    sent = Sent()
    try:
        await app(scope, _nothing, sent)
    except asyncio.CancelledError:
        sent.status = -1
    return sent, observer


@pytest.mark.parametrize("fault", [RuntimeError("hunter2"), MemoryError("hunter2")])
async def test_fault_of_a_route(fault: BaseException) -> None:
    """A fault is an answer in the envelope, and its text is for the log alone."""
    sent, observer = await _ask(fault)

    assert 500 == sent.status
    assert b"<Code>InternalFailure</Code>" in sent.body
    assert b"hunter2" not in sent.body
    ((_, outcome),) = observer.finished
    assert outcome.answer is not None
    assert fault is outcome.answer.fault


async def test_cancelled_request_is_observed() -> None:
    """A request that is cancelled is let go, and whoever watches learns of it."""
    sent, observer = await _ask(asyncio.CancelledError())

    assert -1 == sent.status
    ((_, outcome),) = observer.finished
    assert None is outcome.answer
