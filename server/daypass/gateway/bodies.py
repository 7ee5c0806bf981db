"""Bodies, read whole and within a time.

SPEC: sts-operations 3.1; attacks V30, L30.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from daypass.gateway.exchange import BODY_WHOLE, CLIENT_LEFT, TIMED_OUT, Answer
from daypass.sts.deadline import Deadline

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]


async def read_body(
    scope: Scope, receive: Receive, *, seconds_max: float
) -> bytes | Answer:
    """Returns a body in whole, or the answer to one that does not come.

    Args:
        scope: what the protocol says of the request.
        receive: gives the next part.
        seconds_max: how long it may take to arrive.
    """
    if BODY_WHOLE in scope:
        # As nearly always: it came with its head, and to read it takes no time.
        body = await _joined(receive)
    else:
        try:
            with Deadline(seconds_max):
                body = await _joined(receive)
        except TimeoutError:
            return TIMED_OUT
    return CLIENT_LEFT if body is None else body


async def _joined(receive: Receive) -> bytes | None:
    """Reads a body, of which no more comes than was announced.

    Returns:
        The whole body, or None where the client has left before its end.
    """
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)
