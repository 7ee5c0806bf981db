"""Requests that are broken anywhere: an answer of the client's fault, or none.

Good requests of each kind are cut, doubled, mixed and spoiled, byte by byte.

SPEC: attacks V06 to V10, V20, V21, G16 and L29.
"""

from __future__ import annotations

import contextlib
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.http_client import (
    HttpAnswer,
    HttpCall,
    Keys,
    connection,
    form,
    get,
    presigned,
    read_answers,
    signed_body,
    unsigned,
)
from support.http_organisation import DEV, READER, VISITORS
from support.http_world import DoorOptions, HttpWorld
from support.oauth_world import EXCHANGE, TYPE, secret
from support.oauth_world import FILES as SHOP
from support.properties import tries

EXAMPLES = 80
# The first is for who asks to be asked for its body.
STATUSES = {100, 200, 304, 400, 401, 403, 404, 405, 408, 413, 415, 429}
TELLING = re.compile(
    rb"<html|Traceback|File \"|\.py\b|uvicorn|starlette", re.IGNORECASE
)
# Pieces that mean something to some reader of requests.
PIECES = [
    *(b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\x00", b" ", b"\t", b":", b"%", b"%00"),
    *(b"&", b"=", b"+", b";", b"#", b"?", b"/", b"..", b"\xff", b"\xc0\xaf", b"%zz"),
    *(b"HTTP/1.0", b"HTTP/2.0", b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    *(b"Content-Length: 0\r\n", b"Content-Length: 99999\r\n", b"Host: evil.test\r\n"),
    *(b"Expect: 100-continue\r\n", b"Connection: upgrade\r\n", b"Upgrade: h2c\r\n"),
    *(b".member.999999999.", b"\xe2\x80\xae", b"9" * 40, b"{", b'"', b"<", b"arn:aws:"),
    *(b".member.1", b".member.0", b"Action=", b"X-Amz-Signature=", b"Authorization: "),
]


Spoil = Callable[[bytes], bytes]
# Makes a request for a door, with a body that was spoiled before it was signed.
Make = Callable[[HttpWorld, Spoil], HttpCall]


@dataclass(frozen=True)
class Break:
    """One change of the bytes of a request: at which place, of how many, to what."""

    place: int
    length: int
    piece: bytes


BREAKS = st.lists(
    st.builds(
        Break,
        st.integers(0, 9_999),
        st.sampled_from([0, 0, 0, 1, 2, 7, 40, 400]),
        st.sampled_from(PIECES) | st.binary(max_size=4),
    ),
    min_size=1,
    max_size=4,
)


@pytest.fixture(scope="module")
def open_world() -> Iterator[HttpWorld]:
    """Yields one deployment for all of these requests."""
    with HttpWorld() as found:
        yield found


@pytest.fixture(scope="module")
def shop() -> Iterator[HttpWorld]:
    """Yields one that has clients of OAuth."""
    with HttpWorld(DoorOptions(files=SHOP)) as found:
        yield found


def _assume(world: HttpWorld, spoil: Spoil) -> HttpCall:
    tags = {"Tags.member.1.Key": "a", "Tags.member.1.Value": "b", "Policy": "{}"}
    asked = {"Action": "AssumeRole", "RoleArn": READER, "RoleSessionName": "s1"}
    more = {"Version": "2011-06-15", "DurationSeconds": "900", "SourceIdentity": "dev"}
    return signed_body(
        world, Keys.of(world, DEV), spoil(form({**asked, **tags, **more}))
    )


def _visit(world: HttpWorld, spoil: Spoil) -> HttpCall:
    asked = {"Action": "AssumeRoleWithWebIdentity", "RoleArn": VISITORS}
    more = {"RoleSessionName": "visit", "WebIdentityToken": "a.b.c"}
    return _spoiled(unsigned(world, {**asked, **more}), spoil)


def _identity(world: HttpWorld, _: Spoil) -> HttpCall:
    return presigned(world, Keys.of(world, DEV), {"Action": "GetCallerIdentity"})


def _document(world: HttpWorld, _: Spoil) -> HttpCall:
    return get(world, "/.well-known/openid-configuration", ("If-None-Match", '"x"'))


def _token(world: HttpWorld, spoil: Spoil) -> HttpCall:
    fields = {"grant_type": EXCHANGE, "audience": "orders", "scope": "read"}
    subject = {"subject_token": "a.b.c", "subject_token_type": f"{TYPE}id_token"}
    proof = {"client_id": "web", "client_secret": secret("web")}
    call = unsigned(world, {**proof, **fields, **subject})
    return _spoiled(call.but(target="/oauth2/token"), spoil)


def _introspection(world: HttpWorld, spoil: Spoil) -> HttpCall:
    proof = {"client_id": "web", "client_secret": secret("web")}
    call = unsigned(world, {**proof, "token": "a.b.c"})
    return _spoiled(call.but(target="/oauth2/introspect"), spoil)


def _spoiled(call: HttpCall, spoil: Spoil) -> HttpCall:
    body = spoil(call.body)
    return call.having("Content-Length", str(len(body))).but(body=body)


def _whole(body: bytes) -> bytes:
    return body


def _broken(raw: bytes, breaks: list[Break]) -> bytes:
    for each in breaks:
        place = each.place % (len(raw) + 1)
        raw = raw[:place] + each.piece + raw[place + each.length :]
    return raw


def _answers(world: HttpWorld, raw: bytes) -> list[HttpAnswer]:
    """Sends bytes and then nothing more; returns whatever comes back."""
    with connection(world) as link:
        with contextlib.suppress(ConnectionError):
            link.sendall(raw)
        # There may be no connection any more.
        with contextlib.suppress(OSError):
            link.shutdown(socket.SHUT_WR)
        return read_answers(link, None)


def _check(world: HttpWorld, raw: bytes) -> None:
    for answer in _answers(world, raw):
        assert answer.status in STATUSES, raw
        assert TELLING.search(answer.body) is None, raw
    for _, outcome in world.requests.finished:
        assert outcome.answer is None or outcome.answer.fault is None, raw
    world.requests.finished.clear()


@pytest.mark.parametrize("make", [_assume, _visit, _identity, _document])
@tries(EXAMPLES)
@given(breaks=BREAKS)
def test_broken_request(open_world: HttpWorld, make: Make, breaks: list[Break]) -> None:
    """A request that is broken anywhere is no fault of ours."""
    _check(open_world, _broken(make(open_world, _whole).raw(), breaks))


@pytest.mark.parametrize("make", [_assume, _visit])
@tries(EXAMPLES)
@given(breaks=BREAKS)
def test_broken_form(open_world: HttpWorld, make: Make, breaks: list[Break]) -> None:
    """Nor is a form that is broken, in a request that is whole and well signed."""
    call = make(open_world, lambda body: _broken(body, breaks))

    _check(open_world, call.raw())


@pytest.mark.parametrize("make", [_token, _introspection])
@tries(EXAMPLES)
@given(breaks=BREAKS)
def test_broken_request_of_client(
    shop: HttpWorld, make: Make, breaks: list[Break]
) -> None:
    """The same with the requests of OAuth clients, broken anywhere or in their form."""
    _check(shop, _broken(make(shop, _whole).raw(), breaks))
    _check(shop, make(shop, lambda body: _broken(body, breaks)).raw())
