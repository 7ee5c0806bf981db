"""What a connection may take: sizes, times and numbers, with small bounds.

SPEC: attacks V21, V30; reliability E14 and E15.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest

from daypass.core import http_limits
from daypass.gateway.connections import ConnectionBounds
from support.http_client import (
    Keys,
    ask,
    connection,
    exchange,
    get,
    read_answers,
    signed,
)
from support.http_organisation import DEV
from support.http_world import DoorOptions, HttpWorld, wait_until

IDENTITY = {"Action": "GetCallerIdentity"}
MOMENT = timedelta(milliseconds=150)
ALIVE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
# Announces a body that does not come.
SLOW = (
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
)
CONNECTIONS = 5


@pytest.fixture
def hasty() -> Iterator[HttpWorld]:
    """Yields a door that waits for nobody, and has few connections."""
    bounds = ConnectionBounds(
        head_time_max=MOMENT,
        idle_time_max=timedelta(seconds=1),
        connections_max=CONNECTIONS,
    )
    with HttpWorld(DoorOptions(bounds=bounds, body_time_max=MOMENT)) as found:
        yield found


@pytest.fixture
def small() -> Iterator[HttpWorld]:
    """Yields a door that has few connections, and time."""
    bounds = ConnectionBounds(connections_max=CONNECTIONS)
    with HttpWorld(DoorOptions(bounds=bounds)) as found:
        yield found


def _drip(link: socket.socket, text: bytes) -> bytes:
    """Sends a byte at a time until the server ends it, and returns what it says."""
    link.settimeout(0.01)
    for byte in text:
        try:
            link.sendall(bytes([byte]))
            return link.recv(4_096)
        except TimeoutError:
            continue
        except (BrokenPipeError, ConnectionResetError):
            return b""
    raise AssertionError("it was never ended")


def test_e15_slow_head(hasty: HttpWorld) -> None:
    """A head that drips is cut off, and others are served meanwhile."""
    head = b"GET /healthz HTTP/1.1\r\n" + b"X-A: b\r\n" * 200
    with connection(hasty) as link:
        link.sendall(head[:10])
        assert 200 == ask(hasty, get(hasty, "/healthz")).status

        said = _drip(link, head[10:])

    assert b"" == said


def test_e15_head_behind_a_request() -> None:
    """A head that begins right behind a request has the same time as any other."""
    bounds = ConnectionBounds(head_time_max=MOMENT)
    with HttpWorld(DoorOptions(bounds=bounds)) as world, connection(world) as link:
        link.sendall(ALIVE + ALIVE[:9])

        assert [200] == [answer.status for answer in read_answers(link, None)]


def test_e15_silent_connection(hasty: HttpWorld) -> None:
    """A connection that says nothing is ended."""
    with connection(hasty) as link:
        assert [] == read_answers(link, None)


def test_v30_slow_body(hasty: HttpWorld) -> None:
    """A body that drips is refused when its time is over, before it is hashed."""
    call = signed(hasty, Keys.of(hasty, DEV), IDENTITY)
    with connection(hasty) as link:
        link.sendall(call.but(body=b"").raw())

        said = _drip(link, call.body * 200)

    assert said.startswith(b"HTTP/1.1 408 ")
    assert () == hasty.sts.audit.records


def test_idle_connection(hasty: HttpWorld) -> None:
    """A connection that is idle between two requests is ended."""
    with connection(hasty) as link:
        link.sendall(ALIVE)

        answers = read_answers(link, None)

    assert [200] == [answer.status for answer in answers]


def test_e14_many_connections(small: HttpWorld) -> None:
    """Past the number that there may be, connections are ended unheard."""
    links = [connection(small) for _ in range(CONNECTIONS)]
    for link in links:
        link.sendall(SLOW)
    wait_until(lambda: len(small.requests.started) == CONNECTIONS)

    refused = _unheard(small)
    for link in links:
        link.close()

    assert refused
    wait_until(lambda: small.server.connections == 0)
    assert 200 == ask(small, get(small, "/healthz")).status


def test_e14_idle_connections_keep_nobody_out(small: HttpWorld) -> None:
    """A client that holds all connections and asks for nothing keeps nobody out."""
    silent = [connection(small) for _ in range(CONNECTIONS - 1)]
    wait_until(lambda: small.server.connections == CONNECTIONS - 1)
    busy = connection(small)
    busy.sendall(SLOW)
    wait_until(lambda: len(small.requests.started) == 1)

    for _ in range(3 * CONNECTIONS):
        with connection(small) as link:
            link.sendall(ALIVE)
            assert [200] == [answer.status for answer in read_answers(link, 1)]

    assert b"" == _end_of(silent[0])
    busy.sendall(b"x")
    assert [400] == [answer.status for answer in read_answers(busy, 1)]
    for link in (busy, *silent):
        link.close()


def test_e14_longest_idle_is_ended(small: HttpWorld) -> None:
    """It is the connection that has waited longest that ends, answered or not."""
    links = [connection(small) for _ in range(CONNECTIONS)]
    wait_until(lambda: small.server.connections == CONNECTIONS)
    for link in reversed(links):
        link.sendall(ALIVE)
        assert [200] == [answer.status for answer in read_answers(link, 1)]

    assert 200 == ask(small, get(small, "/healthz")).status

    ended = links.pop()
    assert b"" == _end_of(ended)
    ended.close()
    for link in links:
        link.sendall(ALIVE)
        assert [200] == [answer.status for answer in read_answers(link, 1)]
        link.close()


@pytest.mark.parametrize("extra", [0, 1])
def test_v30_body_size(world: HttpWorld, dev: Keys, extra: int) -> None:
    """The largest body is read, and one that is a byte larger is not."""
    padding = http_limits.BODY_BYTES_MAX + extra - 64
    parameters = {**IDENTITY, "X": ""}
    base = len(signed(world, dev, parameters).body)
    parameters["X"] = "a" * (padding + 64 - base)
    call = signed(world, dev, parameters)

    assert http_limits.BODY_BYTES_MAX + extra == len(call.body)
    sent = call if extra == 0 else call.but(body=b"")
    assert (413 if extra else 200) == exchange(world, sent.raw(), answers=1)[0].status


def test_v30_announced_body(world: HttpWorld) -> None:
    """A body of ten megabytes is refused before any of it has come."""
    call = get(world, "/").but(method="POST").plus(("Content-Length", "10000000"))

    (answer,) = exchange(world, call.raw())

    assert (413, b"", "close") == (
        answer.status,
        answer.body,
        answer.headers["connection"],
    )


def test_head_size(world: HttpWorld) -> None:
    """A head of almost the largest size is read, and a longer one is not."""
    most = http_limits.HEAD_BYTES_MAX
    for size, status in ((most - 200, 200), (most, 400)):
        call = get(world, "/healthz", ("X-A", "a" * size))

        assert status == exchange(world, call.raw(), answers=1)[0].status


@pytest.mark.parametrize(
    "begin",
    [
        b"GET /?",
        b"GET / HTTP/1.1\r\nX-A: ",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX",
    ],
)
def test_head_without_end(world: HttpWorld, begin: bytes) -> None:
    """A head that never ends is refused when it is as long as one may be."""
    (answer,) = exchange(world, begin, b"a" * (http_limits.HEAD_BYTES_MAX + 1))

    assert (400, "close") == (answer.status, answer.headers["connection"])


@pytest.mark.parametrize("extra", [0, 1])
def test_number_of_headers(world: HttpWorld, extra: int) -> None:
    """As many headers as there may be are read, and one more is not."""
    count = http_limits.HEADERS_MAX - 1 + extra
    call = get(world, "/healthz", *[("X-A", "b")] * count)

    status = exchange(world, call.raw(), answers=1)[0].status
    assert (400 if extra else 200) == status


def test_l30_parameters(world: HttpWorld, dev: Keys) -> None:
    """More parameters than any request has are refused unread."""
    pairs = [("x", "")] * http_limits.PARAMETERS_MAX

    answer = ask(world, signed(world, dev, [*IDENTITY.items(), *pairs]))

    assert (400, "MalformedInput") == answer.refusal


def test_client_that_leaves(world: HttpWorld, dev: Keys) -> None:
    """A client that leaves in the middle of its body has asked for nothing."""
    call = signed(world, dev, IDENTITY)

    with connection(world) as link:
        link.sendall(call.raw()[:-5])
    wait_until(lambda: len(world.requests.finished) == 1)

    outcome = world.requests.finished[0][1]
    assert outcome.answer is not None
    assert 400 == outcome.answer.status
    assert () == world.sts.audit.records


def _end_of(link: socket.socket) -> bytes:
    """Returns what a connection says that was ended."""
    try:
        return link.recv(4_096)
    except ConnectionResetError:
        return b""


def _unheard(world: HttpWorld) -> bool:
    """Tells whether one more connection is ended without an answer."""
    with connection(world) as link:
        try:
            link.sendall(ALIVE)
            return [] == read_answers(link, None)
        except (BrokenPipeError, ConnectionResetError):
            return True
