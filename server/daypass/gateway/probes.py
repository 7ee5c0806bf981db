"""What monitors ask: is it alive, can it work, what has it counted.

Nothing here needs a proof. None of it is a secret, and none of it names a version;
the metrics are for whoever reaches the door itself, and not through a proxy.

SPEC: design 10 and 11; attacks L29.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from daypass.core import http_limits
from daypass.core.ports import Clock
from daypass.gateway.exchange import NOT_FOUND, Answer, Request
from daypass.gateway.readiness import Readiness
from daypass.gateway.render import Node, render_object

_READING: Final = frozenset({"GET", "HEAD"})
_NOT_READY: Final = 503


class LiveProbe:
    """Answers as long as the loop turns."""

    methods = _READING

    async def answer(self, request: Request) -> Answer:
        """Says that the worker lives."""
        del request
        body = render_object({"status": "alive"})
        return Answer(200, body.content, body.media_type)


class ReadyProbe:
    """Says whether the worker can do its work.

    Args:
        readiness: finds out.
    """

    methods = _READING

    def __init__(self, readiness: Readiness) -> None:
        self._readiness = readiness

    async def answer(self, request: Request) -> Answer:
        """Answers 200, or 503 with what is not in order.

        The reasons are for operators, and not for who comes by a proxy.
        """
        report = await self._readiness.report()
        status = "ready" if report.ready else "not ready"
        shown: dict[str, Node] = {"status": status, "checks": dict(report.checks)}
        if report.reasons and not request.proxied:
            shown["reasons"] = dict(report.reasons)
        body = render_object(shown)
        return Answer(
            200 if report.ready else _NOT_READY, body.content, body.media_type
        )


class MetricsPage:
    """Shows what was counted.

    Args:
        page: makes the page.
        media_type: that of the page.
        clock: tells how old a page is; one is shown for a second to all who ask.
    """

    methods = _READING

    def __init__(
        self, *, page: Callable[[], Awaitable[bytes]], media_type: str, clock: Clock
    ) -> None:
        self._page = page
        self._media_type = media_type
        self._clock = clock
        self._making = asyncio.Lock()
        self._made: tuple[float, bytes] | None = None

    async def answer(self, request: Request) -> Answer:
        """Returns the page, or says that there is none to who came by a proxy."""
        if request.proxied:
            return NOT_FOUND
        return Answer(200, await self._current(), self._media_type)

    async def _current(self) -> bytes:
        """Returns the page, made once for all who ask at about the same time."""
        async with self._making:
            now = self._clock.monotonic()
            kept = http_limits.PROBE_KEPT.total_seconds()
            if self._made is None or now - self._made[0] >= kept:
                self._made = (now, await self._page())
            return self._made[1]
