"""The page of metrics and the reasons of readiness: for whom they are."""

from __future__ import annotations

import json
from datetime import timedelta

from daypass.core import http_limits
from daypass.core.store_health import ClockDifference, StoreFindings
from daypass.gateway.exchange import NOT_FOUND, Received, Request
from daypass.gateway.probes import MetricsPage, ReadyProbe
from daypass.gateway.readiness import Readiness
from support.http_organisation import FILES
from support.sts_world import CALL, StsWorld, ready
from support.world import ManualClock


class Pages:
    """Counts how often the page is made."""

    def __init__(self) -> None:
        self.made = 0

    async def __call__(self) -> bytes:
        """Makes a page."""
        self.made += 1
        return b"page %d" % self.made


def _request(*, proxied: bool = False) -> Request:
    received = Received("GET", "/metrics", b"", (), None, secure=False)
    return Request(received, "localhost", proxied=proxied, call=CALL, body=b"")


async def test_page_is_kept_for_a_moment(clock: ManualClock) -> None:
    """All who ask at about the same time see one page."""
    pages = Pages()
    metrics = MetricsPage(page=pages, media_type="text/plain", clock=clock)

    bodies = [(await metrics.answer(_request())).body for _ in range(3)]
    clock.advance(http_limits.PROBE_KEPT)
    later = await metrics.answer(_request())

    assert [b"page 1"] * 3 == bodies
    assert (b"page 2", "text/plain") == (later.body, later.media_type)


async def test_l29_no_page_through_a_proxy(clock: ManualClock) -> None:
    """Whoever comes by a proxy finds no metrics."""
    pages = Pages()
    metrics = MetricsPage(page=pages, media_type="text/plain", clock=clock)

    assert NOT_FOUND is await metrics.answer(_request(proxied=True))
    assert 0 == pages.made


async def test_l29_no_reasons_through_a_proxy() -> None:
    """Whoever comes by a proxy reads what is not in order, and no more about it."""
    world = await ready(StsWorld(*FILES))
    span = timedelta(seconds=-2)
    findings = StoreFindings("it evicts", ClockDifference(span, span))
    probe = ReadyProbe(
        Readiness(
            store=world.store,
            ring=world.ring,
            view=world.view,
            directory_faulty=lambda: False,
            store_findings=lambda: findings,
            clock=world.clock,
        )
    )

    own = await probe.answer(_request())
    proxied = await probe.answer(_request(proxied=True))

    told, shown = json.loads(own.body), json.loads(proxied.body)
    assert (503, 503) == (own.status, proxied.status)
    assert findings.reasons == told.pop("reasons")
    assert told == shown
    assert ("unfit", "drifting") == (
        shown["checks"]["store"],
        shown["checks"]["clock"],
    )
