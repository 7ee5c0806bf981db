"""The page of metrics: for whom it is, and how often it is made."""

from __future__ import annotations

from daypass.core import http_limits
from daypass.gateway.exchange import NOT_FOUND, Received, Request
from daypass.gateway.probes import MetricsPage
from support.sts_world import CALL
from support.world import ManualClock


class Pages:
    """Counts how often the page is made."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> bytes:
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
