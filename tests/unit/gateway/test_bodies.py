"""A body is taken whole, within its time, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from daypass.gateway.bodies import read_body
from daypass.gateway.exchange import BODY_WHOLE, CLIENT_LEFT, TIMED_OUT

HOUR = 3600.0
MOMENT = 0.005


class Parts:
    """Gives parts one after the other, and waits for ever behind the last."""

    def __init__(self, *parts: Mapping[str, Any]) -> None:
        """Queues the parts."""
        self._parts = list(parts)

    async def receive(self) -> Mapping[str, Any]:
        """Gives the next part."""
        if not self._parts:
            await asyncio.get_running_loop().create_future()
        return self._parts.pop(0)


def part(body: bytes, *, more: bool) -> dict[str, Any]:
    """Returns a part of a body."""
    return {"type": "http.request", "body": body, "more_body": more}


async def test_too_slow() -> None:
    """A body that does not end in its time is answered as such."""
    parts = Parts(part(b"a", more=True))

    answer = await read_body({}, parts.receive, seconds_max=MOMENT)

    assert answer is TIMED_OUT


async def test_client_left() -> None:
    """A client that leaves before the end has sent no body."""
    for scope in ({}, {BODY_WHOLE: True}):
        parts = Parts(part(b"a", more=True), {"type": "http.disconnect"})
        assert CLIENT_LEFT is await read_body(scope, parts.receive, seconds_max=HOUR)


async def test_parts_are_joined() -> None:
    """A body is all of its parts."""
    parts = Parts(part(b"a", more=True), part(b"b", more=False))

    assert b"ab" == await read_body({}, parts.receive, seconds_max=HOUR)


async def test_whole_body_needs_no_time() -> None:
    """What has come already is taken, however little time there is."""
    parts = Parts(part(b"ab", more=False))

    body = await read_body({BODY_WHOLE: True}, parts.receive, seconds_max=0.0)

    assert body == b"ab"
