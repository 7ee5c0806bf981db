"""Workers that ask each other for their pages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial

import pytest

from daypass.adapters.peer_pages import PeerPages, Peers, PeerSockets
from daypass.core import worker_limits

LARGEST = worker_limits.PEER_PAGE_BYTES_MAX


@pytest.fixture
def sockets() -> Iterator[PeerSockets]:
    """Yields the sockets of three workers."""
    made = PeerSockets.open(3)
    yield made
    made.close()


def _peers(sockets: PeerSockets, number: int) -> Peers:
    """Returns what a worker of this number has, without closing those of others."""
    addresses = tuple(each.getsockname() for each in sockets._sockets)
    return Peers(number, sockets._sockets[number], addresses)


def _page(number: int) -> bytes:
    return b"page %d" % number


async def test_each_tells_all(sockets: PeerSockets) -> None:
    """Whoever is asked has the pages of all, in their order; who is silent has none."""
    workers = [
        PeerPages(_peers(sockets, number), page=partial(_page, number))
        for number in (0, 2)
    ]
    for worker in workers:
        await worker.open()

    found = [await worker.pages() for worker in workers]

    assert [[b"page 0", None, b"page 2"]] * 2 == found
    for worker in workers:
        worker.close()


async def test_next_worker_answers(sockets: PeerSockets) -> None:
    """The next worker of a number answers where the one before did."""
    asking = PeerPages(_peers(sockets, 0), page=lambda: b"own")
    # The one before has died, and its socket is kept by the supervisor.
    first = _peers(sockets, 1)
    second = Peers(1, first.own.dup(), first.addresses)
    before = PeerPages(first, page=lambda: b"before")
    await before.open()
    assert b"before" == (await asking.pages())[1]
    before.close()

    after = PeerPages(second, page=lambda: b"after")
    await after.open()

    assert b"after" == (await asking.pages())[1]
    after.close()


@pytest.mark.parametrize("size", [1, LARGEST, LARGEST + 1])
async def test_page_is_bounded(sockets: PeerSockets, size: int) -> None:
    """A page of the largest size is taken, and a larger one is not."""
    asking = PeerPages(_peers(sockets, 0), page=lambda: b"own")
    telling = PeerPages(_peers(sockets, 1), page=lambda: b"." * size)
    await telling.open()

    page = (await asking.pages())[1]

    assert (size <= LARGEST) == (page is not None and len(page) == size)
    telling.close()


def test_worker_keeps_its_own() -> None:
    """A worker closes the sockets of the others, and knows where they are."""
    sockets = PeerSockets.open(3)
    names = [each.getsockname() for each in sockets._sockets]

    peers = sockets.keep(1)

    assert (1, tuple(names)) == (peers.number, peers.addresses)
    assert [True, False, True] == [each.fileno() < 0 for each in sockets._sockets]
    sockets.close()


async def test_nobody_waits_for_ever(sockets: PeerSockets) -> None:
    """A worker that does not answer costs a bounded time, however many do not."""
    asking = PeerPages(_peers(sockets, 0), page=lambda: b"own")

    async with asyncio.timeout(10):
        assert [b"own", None, None] == await asking.pages()
