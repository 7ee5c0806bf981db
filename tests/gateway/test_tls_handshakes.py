"""Handshakes that never end: they are connections, with a time and a number.

On the loop of the standard library, and on the one that servers run on.

SPEC: attacks V21, V30; reliability E14 and E15.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import uvloop

from daypass.adapters.tls_files import TlsFiles
from daypass.gateway.connections import ConnectionBounds
from support.http_client import connection, read_answers
from support.http_world import DoorOptions, HttpWorld, wait_until
from support.tls import Pki, new_pki

ALIVE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
# Announces a body that does not come.
SLOW = (
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
)
CONNECTIONS = 5
SILENT = 40
MOMENT = timedelta(milliseconds=150)
LOOPS = (asyncio.new_event_loop, uvloop.new_event_loop)


@dataclass(frozen=True)
class Places:
    """A door of TLS, and an authority that its clients trust."""

    pki: Pki
    tls: Callable[[], ssl.SSLContext]
    new_loop: Callable[[], asyncio.AbstractEventLoop]

    def door(self, **bounds: timedelta) -> HttpWorld:
        """Returns a door that has few connections."""
        found = ConnectionBounds(connections_max=CONNECTIONS, **bounds)
        return HttpWorld(
            DoorOptions(tls=self.tls, bounds=found, new_loop=self.new_loop)
        )

    def client(self, world: HttpWorld) -> ssl.SSLSocket:
        """Returns a connection that has shaken hands."""
        context = self.pki.context()
        return context.wrap_socket(connection(world), server_hostname="localhost")

    def is_served(self, world: HttpWorld) -> bool:
        """Tells whether a client with a connection of its own is answered."""
        with self.client(world) as link:
            link.sendall(ALIVE)
            return [200] == [answer.status for answer in read_answers(link, 1)]


@pytest.fixture(params=LOOPS, ids=["asyncio", "uvloop"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Places:
    """Returns the certificates of a door, for each loop."""
    pki = new_pki(tmp_path)
    return Places(pki, TlsFiles.open(pki.paths).context, request.param)


@pytest.fixture
def small(places: Places) -> Iterator[HttpWorld]:
    """Yields a door that has few connections, and time."""
    with places.door() as found:
        yield found


def _is_over(link: socket.socket) -> bool:
    """Tells whether the server has ended a connection, without a word."""
    try:
        return b"" == link.recv(4_096)
    except ConnectionResetError:
        return True


def test_e14_silent_handshakes_keep_nobody_out(
    places: Places, small: HttpWorld
) -> None:
    """Many that connect and say nothing are in the count, and clients go on."""
    silent: list[socket.socket] = []
    for turn in range(SILENT):
        silent.append(connection(small))
        if turn % 4 == 0:
            assert places.is_served(small)

    assert places.is_served(small)
    wait_until(lambda: small.server.connections <= CONNECTIONS)
    assert all(_is_over(link) for link in silent[: SILENT - CONNECTIONS])
    for link in silent:
        link.close()
    wait_until(lambda: small.server.connections == 0)


def test_e14_handshake_with_all_busy(places: Places, small: HttpWorld) -> None:
    """Where all connections have requests in work, one more is ended unheard."""
    busy = [places.client(small) for _ in range(CONNECTIONS)]
    for link in busy:
        link.sendall(SLOW)
    wait_until(lambda: len(small.requests.started) == CONNECTIONS)

    with connection(small) as silent:
        assert _is_over(silent)

    for link in busy:
        link.sendall(b"x")
        assert [400] == [answer.status for answer in read_answers(link, 1)]
        link.close()
    wait_until(lambda: small.server.connections == 0)
    assert places.is_served(small)


@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01", ALIVE, b"\x00" * 64])
def test_e15_handshake_without_end(places: Places, said: bytes) -> None:
    """A handshake that does not begin, end or make sense ends when its time is over."""
    with places.door(handshake_time_max=MOMENT) as world:
        with connection(world) as link:
            link.sendall(said)
            # What is no TLS may be told so, in TLS.
            while not _is_over(link):
                continue
        wait_until(lambda: world.server.connections == 0)

        assert places.is_served(world)
        assert (
            [] == [call for call in world.requests.started if not call.user_agent][1:]
        )


def test_client_that_leaves_in_its_handshake(places: Places, small: HttpWorld) -> None:
    """Clients that leave before they were anybody are in no count."""
    for _ in range(3 * CONNECTIONS):
        connection(small).close()

    wait_until(lambda: small.server.connections == 0)
    assert places.is_served(small)


def test_request_with_the_end_of_the_handshake(
    places: Places, small: HttpWorld
) -> None:
    """What a client sends along with the end of its handshake is not lost."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = places.pki.context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with connection(small) as link:
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                link.sendall(outgoing.read())
                incoming.write(link.recv(65_536))
        tls.write(ALIVE * 3)

        link.sendall(outgoing.read())

        heard = b""
        while heard.count(b"HTTP/1.1 200 ") < 3:
            try:
                heard += tls.read(65_536)
            except ssl.SSLWantReadError:
                incoming.write(link.recv(65_536))


def test_drain_ends_silent_handshakes(places: Places) -> None:
    """A server that stops waits a moment for handshakes, and then for none."""
    with places.door() as world:
        silent = connection(world)
        wait_until(lambda: world.server.connections == 1)

        world.stop(timedelta(seconds=9))

        assert 0 == world.server.connections
        assert _is_over(silent)
        silent.close()


def test_stop_at_once_ends_handshakes(places: Places) -> None:
    """A server that stops at once leaves no handshake behind."""
    with places.door() as world:
        silent = [connection(world) for _ in range(CONNECTIONS)]
        wait_until(lambda: world.server.connections == CONNECTIONS)

        world.stop(timedelta(0))

        assert 0 == world.server.connections
        assert all(_is_over(link) for link in silent)
        for link in silent:
            link.close()
