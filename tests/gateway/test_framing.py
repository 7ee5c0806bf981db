"""Framing attacks over raw sockets: one reading, or an answer and an end.

SPEC: RFC 9112; attacks V06, V07, V20 and V21.
"""

from __future__ import annotations

import pytest

from support.http_client import (
    FORM,
    HttpAnswer,
    Keys,
    ask,
    connection,
    exchange,
    get,
    read_answers,
    signed,
    unsigned,
)
from support.http_world import HttpWorld

IDENTITY = {"Action": "GetCallerIdentity"}
# A request that would be answered if it were taken for one of its own.
SMUGGLED = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def _head(*lines: str, start: str = "POST / HTTP/1.1") -> bytes:
    return "\r\n".join([start, "Host: localhost", *lines, "", ""]).encode("latin-1")


def _only_refused(answers: list[HttpAnswer]) -> None:
    """Checks that there is one answer, a refusal, and that the connection ends."""
    assert [400] == [answer.status for answer in answers]
    assert "close" == answers[0].headers["connection"]
    assert b"" == answers[0].body


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 5", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 5"),
        ("Transfer-Encoding: chunked",),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: gzip, chunked",),
        ("Transfer-Encoding:\tchunked",),
        ("Content-Length: 5", "Content-Length: 5"),
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: 5, 5",),
        ("Content-Length: -5",),
        ("Content-Length: +5",),
        ("Content-Length: 0x5",),
        ("Content-Length: 99999999999999999999999",),
    ],
)
def test_v07_lengths(world: HttpWorld, lines: tuple[str, ...]) -> None:
    """A body whose length can be read in two ways is refused, and nothing after it."""
    answers = exchange(world, _head(*lines) + b"0\r\n\r\n" + SMUGGLED)

    _only_refused(answers)


def test_v07_chunk_extensions(world: HttpWorld) -> None:
    """Chunks are refused whole, with extensions, trailers or without."""
    chunks = b"2;a=b\r\nhi\r\n0\r\nAuthorization: x\r\n\r\n"

    _only_refused(exchange(world, _head("Transfer-Encoding: chunked") + chunks))


@pytest.mark.parametrize(
    "raw",
    [
        b"POST / HTTP/1.1\nHost: localhost\n\n",
        b"POST / HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\rX: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
    ],
)
def test_v07_bare_line_ends(world: HttpWorld, raw: bytes) -> None:
    """A line ends in both characters, and a header has no others of control."""
    _only_refused(exchange(world, raw + SMUGGLED))


@pytest.mark.parametrize(
    "lines",
    [
        ("X-A: b", " folded"),
        ("X-A: b", "\tfolded"),
        ("X-Amz-Date : 20260102T030405Z",),
        (": nameless",),
        ("X A: b",),
        ("X-A",),
    ],
)
def test_v06_header_lines(world: HttpWorld, lines: tuple[str, ...]) -> None:
    """Folded lines, blanks before the colon and names that are none are refused."""
    _only_refused(exchange(world, _head(*lines, start="GET / HTTP/1.1") + SMUGGLED))


@pytest.mark.parametrize(
    "header",
    [
        ("Host", "localhost"),
        ("Authorization", "x"),
        ("X-Amz-Date", "20260102T030405Z"),
        ("x_amz_date", "20260102T030405Z"),
        ("Content-Type", FORM),
    ],
)
def test_v06_headers_before_proof(
    world: HttpWorld, dev: Keys, header: tuple[str, str]
) -> None:
    """A decisive header that stands twice is refused before any proof is read."""
    call = signed(world, dev, IDENTITY)

    answer = ask(world, call.plus(header))

    _only_refused([answer])
    assert () == world.sts.audit.records


@pytest.mark.parametrize(
    "start",
    [
        "GET http://localhost/ HTTP/1.1",
        "GET http://evil.test/healthz HTTP/1.1",
        "OPTIONS * HTTP/1.1",
        "CONNECT localhost:80 HTTP/1.1",
        "GET localhost/ HTTP/1.1",
        "GET /?a#b HTTP/1.1",
        "GET /?a b HTTP/1.1",
        "GET /\xe9 HTTP/1.1",
        "GET / HTTP/9.9",
        "get / HTTP/1.1",
        "BREW / HTTP/1.1",
        "PRI * HTTP/2.0",
        "GET /",
    ],
)
def test_v20_request_lines(world: HttpWorld, start: str) -> None:
    """Only a path of ours is a target, and a line that is no request ends it all."""
    _only_refused(exchange(world, _head(start=start) + SMUGGLED))


@pytest.mark.parametrize("host", ["evil.test", "sts.amazonaws.com", "a b", "", "[::1"])
def test_v20_hosts(world: HttpWorld, dev: Keys, host: str) -> None:
    """A host that is not served is refused, however well it is signed."""
    call = signed(world, dev, IDENTITY).having("Host", host)

    _only_refused([ask(world, call)])


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_v20_no_host(world: HttpWorld, version: str) -> None:
    """A request without a host is refused, that of HTTP/1.0 as well."""
    _only_refused(exchange(world, f"GET /healthz HTTP/{version}\r\n\r\n".encode()))


def test_v21_old_version(world: HttpWorld) -> None:
    """A request of HTTP/1.0 is answered, and its connection ends."""
    raw = b"GET /healthz HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n"

    (answer,) = exchange(world, raw + SMUGGLED)

    assert (200, "close") == (answer.status, answer.headers["connection"])


def test_v21_pipelined(world: HttpWorld, dev: Keys) -> None:
    """Requests that come before the first is answered are answered in order."""
    calls = [
        signed(world, dev, IDENTITY) if turn % 2 else get(world, f"/nope{turn}")
        for turn in range(40)
    ]

    answers = exchange(world, b"".join(call.raw() for call in calls), answers=40)

    assert [200 if turn % 2 else 404 for turn in range(40)] == [
        answer.status for answer in answers
    ]


def test_v21_pipelined_too_many(world: HttpWorld) -> None:
    """A thousand at once end the connection, and other clients do not notice."""
    answers = exchange(world, SMUGGLED * 1_000)

    assert len(answers) < 1_000
    assert {200} >= {answer.status for answer in answers}
    assert 200 == ask(world, get(world, "/healthz")).status


def test_v21_expect_continue(world: HttpWorld, dev: Keys) -> None:
    """A client that waits to be asked for its body is asked, and then answered."""
    call = signed(world, dev, IDENTITY).plus(("Expect", "100-continue"))

    with connection(world) as link:
        link.sendall(call.but(body=b"").raw())
        asked = link.recv(1024)
        link.sendall(call.body)
        (answer,) = read_answers(link, 1)

    assert b"HTTP/1.1 100 Continue\r\n\r\n" == asked
    assert 200 == answer.status


def test_v21_expect_of_nothing(world: HttpWorld) -> None:
    """A client that waits and is refused is not asked for its body."""
    head = _head("Content-Length: 5", "Expect: 100-continue", start="POST /x HTTP/1.1")

    (answer,) = exchange(world, head)

    assert (404, "close") == (answer.status, answer.headers["connection"])


def test_upgrade_is_ignored(world: HttpWorld) -> None:
    """A wish for another protocol is answered as if there were none, and ends."""
    call = get(world, "/healthz", ("Connection", "Upgrade"), ("Upgrade", "h2c"))

    (answer,) = exchange(world, call.raw(), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")

    assert (200, "close") == (answer.status, answer.headers["connection"])


def test_upgrade_with_body(world: HttpWorld, dev: Keys) -> None:
    """Such a wish with a body is refused: where the body ends is not agreed."""
    wish = (("Connection", "Upgrade"), ("Upgrade", "h2c"))

    _only_refused(exchange(world, signed(world, dev, IDENTITY).plus(*wish).raw()))


def test_keep_alive(world: HttpWorld, dev: Keys) -> None:
    """One connection carries one request after another, refusals between them."""
    calls = [signed(world, dev, IDENTITY), unsigned(world, IDENTITY)] * 3
    raw = [call.raw() for call in calls]

    answers = exchange(world, *raw, answers=6)

    assert [200, 403] * 3 == [answer.status for answer in answers]
