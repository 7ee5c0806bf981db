"""Bad input at the HTTP door of a real `daypassd`, byte for byte.

Each has its documented status, and none a fault of ours: no answer tells what answers
or how it is made, the log has no fault, memory does not grow, and others are served.

SPEC: sts-operations 0.2 and 3.1; attacks V06 to V11, V20, V21, V24, V29, V30, L30.
"""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.daypassd import Daypassd, Organisation
from support.http_client import HttpAnswer, read_answers

VERSION = b"Version=2011-06-15"
# An operation whose parameters are read before anything is proven.
VISIT = (
    b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=visit"
    b"&RoleArn=arn:aws:iam::111122223333:role/Reader&WebIdentityToken=abcd"
)
FORM = "Content-Type: application/x-www-form-urlencoded"
ALIVE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
ROUNDS = 60
WARM_UP_ROUNDS = 20
GROWTH_BYTES_MAX = 32 << 20
ENDLESS_CONNECTIONS = 50
_SECONDS_MAX = 10
# What a page, a fault of Python or the name of a program would look like.
TELLING = re.compile(
    rb"<html|Traceback|File \"|\.py\b|uvicorn|starlette", re.IGNORECASE
)


def post(body: bytes, *lines: str, target: str = "/", version: str = "1.1") -> bytes:
    """Returns a request with a form, and with whatever headers it has besides."""
    form = () if any(line.startswith("Content-Type") for line in lines) else (FORM,)
    length = f"Content-Length: {len(body)}"
    head = [f"POST {target} HTTP/{version}", "Host: localhost", *form, *lines, length]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


def get(target: str, *lines: str) -> bytes:
    """Returns a request without a body."""
    head = [f"GET {target} HTTP/1.1", "Host: localhost", *lines]
    return "\r\n".join([*head, "", ""]).encode("latin-1")


def _visit(more: bytes) -> bytes:
    return post(VISIT + b"&" + more)


MANY = b"&".join(b"Parameter.%d=x" % number for number in range(10_000))
MALFORMED = (400, "MalformedInput")
EMPTY = (400, "")
UNSUPPORTED = (415, "")
# Name: what is sent, and the status and the code of the only answer.
INPUTS: dict[str, tuple[bytes, tuple[int, str]]] = {
    "percent without digits": (post(b"Action=%"), MALFORMED),
    "percent with one digit": (post(b"Action=%4&" + VERSION), MALFORMED),
    "percent with other digits": (post(b"Action=%u0041&" + VERSION), MALFORMED),
    "percent in the query": (get("/?Action=%zz&Version=2011-06-15"), MALFORMED),
    "overlong UTF-8": (post(b"Action=%c0%af&" + VERSION), MALFORMED),
    "half a character": (post(b"Action=%e6%bc&" + VERSION), MALFORMED),
    "a surrogate": (post(b"Action=%ed%a0%80&" + VERSION), MALFORMED),
    "UTF-16": (post("Action=x".encode("utf-16")), MALFORMED),
    "a NUL": (post(b"Action=a\x00b"), MALFORMED),
    "encoded NUL": (post(b"Action=a%00b&" + VERSION), (400, "InvalidAction")),
    "semicolons": (post(b"Action=a;" + VERSION), MALFORMED),
    "plus in the query": (get("/?Action=a+b"), MALFORMED),
    "action twice": (post(b"Action=a&Action=b&" + VERSION), MALFORMED),
    "action in other letters": (post(b"Action=a&aCTION=b"), MALFORMED),
    "twice in the query": (get("/?a=b&a=b&Action=a"), MALFORMED),
    "in query and body": (post(b"Action=a", target="/?Action=a"), MALFORMED),
    "no action": (post(VERSION), (400, "MissingAction")),
    "nothing": (post(b""), (400, "MissingAction")),
    "index zero": (_visit(b"PolicyArns.member.0.arn=a"), MALFORMED),
    "index below zero": (_visit(b"PolicyArns.member.-1.arn=a"), MALFORMED),
    "index too large": (_visit(b"PolicyArns.member.1000000000.arn=a"), MALFORMED),
    "index of many digits": (
        _visit(b"PolicyArns.member." + b"9" * 5_000 + b".arn=a"),
        MALFORMED,
    ),
    "index in other digits": (
        _visit(b"PolicyArns.member.%d9%a1.arn=a"),
        MALFORMED,
    ),
    "index twice": (
        _visit(b"PolicyArns.member.1.arn=a&PolicyArns.member.01.arn=b"),
        MALFORMED,
    ),
    "hole": (_visit(b"PolicyArns.member.90.arn=a"), (400, "ValidationError")),
    "number of many digits": (
        _visit(b"DurationSeconds=" + b"9" * 5_000),
        MALFORMED,
    ),
    "number with a fraction": (_visit(b"DurationSeconds=900.0"), MALFORMED),
    "10,000 parameters": (post(MANY), MALFORMED),
    "10,000 of one name": (post(b"&".join([b"a=b"] * 10_000)), MALFORMED),
    "10,000 of no name": (post(b"&" * 10_000), MALFORMED),
    "10,000 in the query": (get(f"/?{MANY.decode()}"), EMPTY),
    "10,000 headers": (get("/", *["X-A: b"] * 10_000), EMPTY),
    "JSON": (post(b"{}", "Content-Type: application/json"), UNSUPPORTED),
    "XML": (post(b"<a/>", "Content-Type: text/xml"), UNSUPPORTED),
    "several parts": (
        post(b"--a--", "Content-Type: multipart/form-data; boundary=a"),
        UNSUPPORTED,
    ),
    "two types": (post(b"", FORM, FORM), EMPTY),
    "gzip": (post(b"\x1f\x8b", "Content-Encoding: gzip"), UNSUPPORTED),
    "two lengths": (post(b"a=b", "Content-Length: 4"), EMPTY),
    "one length twice": (post(b"a=b", "Content-Length: 3"), EMPTY),
    "length and chunks": (post(b"0\r\n\r\n", "Transfer-Encoding: chunked"), EMPTY),
    "chunks of no known kind": (post(b"", "Transfer-Encoding: x"), EMPTY),
    "endless chunks": (
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"1\r\na\r\n" * 1_000,
        EMPTY,
    ),
    "blank before the colon": (get("/", "Content-Length : 5"), EMPTY),
    "folded header": (get("/", "X-A: b", " Content-Length: 5"), EMPTY),
    "two hosts": (get("/", "Host: evil.test"), EMPTY),
    "two signatures": (get("/", "Authorization: a", "Authorization: b"), EMPTY),
    "line end in a header": (get("/", "X-A: b\nX-B: c"), EMPTY),
    "NUL in a header": (get("/", "X-A: b\x00c"), EMPTY),
    "body on a GET": (
        get("/?Action=GetCallerIdentity", FORM, "Content-Length: 3") + b"a=b",
        MALFORMED,
    ),
    "no HTTP at all": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", EMPTY),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", EMPTY),
    "HTTP/1.0 without a host": (b"GET / HTTP/1.0\r\n\r\n", EMPTY),
    "HTTP/1.0": (post(b"", version="1.0"), (400, "MissingAction")),
    "token, percent": (
        post(b"grant_type=%zz", target="/oauth2/token"),
        (400, "invalid_request"),
    ),
    "token, 10,000 parameters": (
        post(MANY, target="/oauth2/token"),
        (400, "invalid_request"),
    ),
    "token, twice": (
        post(b"client_id=a&client_id=b", target="/oauth2/token"),
        (400, "invalid_request"),
    ),
    "token, JSON": (
        post(b"{}", "Content-Type: application/json", target="/oauth2/token"),
        UNSUPPORTED,
    ),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daypassd]:
    """Yields a server, whose endpoints of OAuth are there, too."""
    organisation = Organisation(tmp_path_factory.mktemp("organisation"))
    issuer = ("--issuer-url", "https://sts.example")
    with Daypassd(organisation, *issuer).init() as door:
        yield door


@contextlib.contextmanager
def connected(server: Daypassd) -> Iterator[socket.socket]:
    """Yields a connection."""
    host, _, port = server.http_address.rpartition(":")
    with socket.create_connection((host, int(port)), _SECONDS_MAX) as link:
        yield link


def answers(server: Daypassd, raw: bytes) -> list[HttpAnswer]:
    """Sends bytes and then nothing more; returns all answers."""
    with connected(server) as link:
        # The rest of what was refused may find nobody who reads it, and an end that
        # the server has come before, no connection.
        with contextlib.suppress(ConnectionError):
            link.sendall(raw)
        with contextlib.suppress(OSError):
            link.shutdown(socket.SHUT_WR)
        return read_answers(link, None)


def code_of(answer: HttpAnswer) -> str:
    """Returns the code of an error in either language, or nothing for no body."""
    if not answer.body:
        return ""
    if "json" in answer.headers["content-type"]:
        return str(answer.json["error"])
    return answer.code


def memory_bytes(server: Daypassd) -> int:
    """Returns how much memory the process has in use."""
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1_024


@pytest.mark.parametrize("name", INPUTS)
def test_bad_input(server: Daypassd, name: str) -> None:
    """An input has one answer, the documented one, and nothing behind it has any."""
    raw, expected = INPUTS[name]

    (answer,) = answers(server, raw)

    assert expected == (answer.status, code_of(answer))
    assert TELLING.search(answer.body) is None
    assert "server" not in answer.headers


def test_pipelined_input(server: Daypassd) -> None:
    """What comes behind a refusal is answered, unless where it begins is not agreed."""
    agreed = post(b"Action=%zz") + get("/?Action=a+b") + ALIVE
    not_agreed = post(b"a=b", "Content-Length: 4") + ALIVE
    with connected(server) as link:
        link.sendall(agreed)
        found = read_answers(link, 3)

    assert [400, 400, 200] == [each.status for each in found]
    assert [400] == [each.status for each in answers(server, not_agreed)]


def test_bodies_that_never_end(server: Daypassd) -> None:
    """Clients that announce bodies and send a bit of them keep nobody out."""
    begun = post(b"a" * 1_000_000)[:5_000]
    with contextlib.ExitStack() as stack:
        links = [
            stack.enter_context(connected(server)) for _ in range(ENDLESS_CONNECTIONS)
        ]
        for link in links:
            link.sendall(begun)

        assert [200] == [each.status for each in answers(server, ALIVE)]


def test_nothing_is_left(server: Daypassd) -> None:
    """However often bad input comes, memory stays as it is, and the log has no fault."""
    before = 0
    for turn in range(ROUNDS):
        if turn == WARM_UP_ROUNDS:
            before = memory_bytes(server)
        for raw, _ in INPUTS.values():
            with connected(server) as link, contextlib.suppress(ConnectionError):
                link.sendall(raw)
                link.recv(1)

    assert memory_bytes(server) - before < GROWTH_BYTES_MAX
    assert "Traceback" not in server.log
    assert '"level":"error"' not in server.log.replace(" ", "")
    assert [200] == [each.status for each in answers(server, ALIVE)]
