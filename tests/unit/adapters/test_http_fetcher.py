"""Fetching from providers, most of them hostile (attacks O05 to O10, O24 to O26).

Every server is a real one, with TLS, on loopback.
"""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path

import pytest

from daypass.adapters.http_fetcher import (
    FetchedDocument,
    FetchFailedError,
    HttpFetcher,
    ProviderUnreachableError,
)
from daypass.adapters.tls_trust import trusting
from daypass.core import provider_limits as limits
from support.oidc_fetching import BODY, SHORT, URL, Fetching, fetching_from
from support.oidc_server import (
    HOST,
    answer,
)


async def test_good_answer(fetching: Fetching) -> None:
    """A document is fetched with what its headers say of its age."""
    document = await fetching.fetch()

    assert FetchedDocument(BODY.encode(), "max-age=60") == document


async def test_what_is_sent(fetching: Fetching) -> None:
    """The request asks for JSON as it is, by the name of the host, and says no more."""
    fetching.server.answers["/a%20b?q=%41"] = answer(BODY)

    await fetching.fetch(f"https://{HOST}/a%20b?q=%41")

    first, *lines = fetching.server.requests[0].strip().split("\r\n")
    assert "GET /a%20b?q=%41 HTTP/1.1" == first
    assert {
        f"Host: {HOST}",
        "Accept: application/json, application/jwk-set+json",
        "Accept-Encoding: identity",
        "Connection: close",
        "User-Agent: daypass",
    } == set(lines)


async def test_answer_without_age(fetching: Fetching) -> None:
    """A document need not say how long it is good."""
    fetching.server.answers["/doc"] = answer(BODY)

    assert "" == (await fetching.fetch()).cache_control


@pytest.mark.parametrize(
    "content_type",
    [
        "application/jwk-set+json",
        "Application/JSON; charset=utf-8",
        "application/x+json",
    ],
)
async def test_kinds_of_json(fetching: Fetching, content_type: str) -> None:
    """JSON is what says that it is."""
    fetching.server.answers["/doc"] = answer(BODY, content_type=content_type)

    assert BODY.encode() == (await fetching.fetch()).body


@pytest.mark.parametrize(
    "content_type",
    ["text/html", "text/plain", "application/octet-stream", "text/x+json", "", None],
)
async def test_other_kinds_refused(
    fetching: Fetching, content_type: str | None
) -> None:
    """What does not say that it is JSON is refused (O10)."""
    fetching.server.answers["/doc"] = answer(BODY, content_type=content_type)

    assert "not_json" == await fetching.refusal()


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P"])
async def test_redirects_not_followed(fetching: Fetching, status: str) -> None:
    """A redirect is no answer, and leads nowhere (O07)."""
    there = f"https://{HOST}/other"
    fetching.server.answers |= {
        "/doc": answer(BODY, status=status, Location=there),
        "/other": answer(BODY),
    }

    assert "status_not_ok" == await fetching.refusal()
    assert 1 == fetching.server.connections
    assert [(HOST, 443)] == fetching.names.asked


async def test_refresh_header_not_followed(fetching: Fetching) -> None:
    """A header that asks for another page does nothing (O07)."""
    fetching.server.answers["/doc"] = answer(
        BODY, Refresh="0; url=https://evil.example/"
    )

    assert BODY.encode() == (await fetching.fetch()).body
    assert 1 == fetching.server.connections


@pytest.mark.parametrize(
    "status", ["400 B", "401 U", "403 F", "404 N", "204 N", "206 P"]
)
async def test_other_status_refused(fetching: Fetching, status: str) -> None:
    """Only 200 is an answer."""
    fetching.server.answers["/doc"] = answer(BODY, status=status)

    assert "status_not_ok" == await fetching.refusal()


@pytest.mark.parametrize(
    "status", ["500 I", "502 B", "503 S", "599 X", "429 T", "408 R"]
)
async def test_fault_of_provider(fetching: Fetching, status: str) -> None:
    """A fault of the provider, or its asking for patience, may pass."""
    fetching.server.answers["/doc"] = answer(BODY, status=status)

    assert "status_of_fault" == await fetching.failure()


async def test_largest_body(fetching: Fetching) -> None:
    """A body of 256 KiB is taken, one of a byte more is not (O08)."""
    largest = b"x" * limits.PROVIDER_DOCUMENT_BYTES_MAX

    fetching.server.answers["/doc"] = answer(largest + b"x")
    assert "body_too_large" == await fetching.refusal()
    fetching.server.answers["/doc"] = answer(largest)
    assert largest == (await fetching.fetch()).body


async def test_endless_body_is_cut(fetching: Fetching) -> None:
    """A body without end is read up to the cap, and the connection closed (O08)."""
    sent = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        while True:
            writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            await writer.drain()
            sent += 65_536

    fetching.server.answers["/doc"] = endless

    assert "body_too_large" == await fetching.refusal()
    assert sent < 64 * limits.PROVIDER_DOCUMENT_BYTES_MAX


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "gzip, identity", "x"])
async def test_packed_body_refused_unread(fetching: Fetching, coding: str) -> None:
    """A packed body is refused before anything unpacks it (O08)."""
    bomb = gzip.compress(bytes(50_000_000), compresslevel=1)
    fetching.server.answers["/doc"] = answer(bomb, Content_Encoding=coding)

    assert "body_packed" == await fetching.refusal()


async def test_body_that_says_it_is_plain(fetching: Fetching) -> None:
    """A body may say that it is not packed."""
    fetching.server.answers["/doc"] = answer(BODY, Content_Encoding="Identity")

    assert BODY.encode() == (await fetching.fetch()).body


@pytest.mark.parametrize("count", [101, 5_000])
async def test_many_headers_refused(fetching: Fetching, count: int) -> None:
    """More headers than any provider sends are refused (O08)."""
    headers = {f"X_{number}": "v" for number in range(count)}
    fetching.server.answers["/doc"] = answer(BODY, **headers)

    with pytest.raises(FetchFailedError):
        await fetching.fetch()


async def test_large_headers_refused(fetching: Fetching) -> None:
    """Headers of more than 32 KiB are refused (O08)."""
    fetching.server.answers["/doc"] = answer(BODY, X_Large="v" * 33_000)

    assert "headers_too_large" == await fetching.refusal()


async def test_endless_headers_are_cut(fetching: Fetching) -> None:
    """Headers without end are read up to a bound (O08)."""

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-More: " + b"v" * 8_192 + b"\r\n")
            await writer.drain()

    fetching.server.answers["/doc"] = endless

    assert "connection_broken" == await fetching.failure()


async def _drip(writer: asyncio.StreamWriter, data: bytes) -> None:
    for byte in data:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n",
    ],
)
async def test_slow_answer_ends_in_time(fetching: Fetching, begun: bytes) -> None:
    """A byte now and then does not prolong the deadline, in head or body (O09)."""

    async def slow(writer: asyncio.StreamWriter) -> None:
        writer.write(begun)
        await _drip(writer, b"H" * 1_000)

    fetching.server.answers["/doc"] = slow

    assert "too_slow" == await fetching.failure(time_max=SHORT)


async def test_silent_answer_ends_in_time(fetching: Fetching) -> None:
    """A server that takes the request and says nothing is left in time (O09)."""

    async def silent(_: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    fetching.server.answers["/doc"] = silent

    assert "too_slow" == await fetching.failure(time_max=SHORT)


async def test_slow_handshake_ends_in_time(trust: Path) -> None:
    """A server that accepts and does not shake hands is left in time (O09)."""
    async with fetching_from({}, trust=trust, certificate=None) as made:
        assert await made.failure(time_max=SHORT) in {"too_slow", "no_connection"}
        # It does not come back for the connection, but closes it.
        await asyncio.wait_for(made.server.all_closed(), 5)


async def test_slow_names_end_in_time(fetching: Fetching) -> None:
    """A resolver that does not answer is not waited for (O09)."""

    class Silent:
        """A resolver that never answers."""

        async def resolve(self, host: str, port: int) -> tuple[object, ...]:
            """Waits for ever."""
            await asyncio.Event().wait()
            return host, port

    fetcher = HttpFetcher(
        resolver=Silent(),  # type: ignore[arg-type]
        tls=trusting(fetching.trust),
        time_max=SHORT,
    )

    with pytest.raises(ProviderUnreachableError) as caught:
        await fetcher.fetch(URL)
    assert "too_slow" == caught.value.reason


async def test_truncated_body(fetching: Fetching) -> None:
    """A body that ends before its length is no document (O10)."""
    fetching.server.answers["/doc"] = answer(BODY)[:-1]

    assert "connection_broken" == await fetching.failure()


@pytest.mark.parametrize(
    "junk", [b"junk\r\n\r\n", b"SSH-2.0-x\r\n\r\n", b"\0" * 64, b""]
)
async def test_junk_is_no_answer(fetching: Fetching, junk: bytes) -> None:
    """What is not HTTP is no answer."""

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(junk)

    fetching.server.answers["/doc"] = say

    assert "connection_broken" == await fetching.failure()


async def test_fetches_do_not_share_state(fetching: Fetching) -> None:
    """Each fetch has a connection of its own, and no cookie of an earlier one."""
    fetching.server.answers["/doc"] = answer(BODY, Set_Cookie="a=b; Path=/")

    await fetching.fetch()
    await fetching.fetch()

    assert 2 == fetching.server.connections
    assert not any("cookie" in request.lower() for request in fetching.server.requests)


async def test_cancelled_fetch_closes(fetching: Fetching) -> None:
    """A fetch that is cancelled leaves no connection behind."""
    closed = asyncio.Event()

    async def silent(writer: asyncio.StreamWriter) -> None:
        try:
            while not writer.is_closing():
                writer.write(b"H")
                await writer.drain()
                await asyncio.sleep(0.005)
        finally:
            closed.set()

    fetching.server.answers["/doc"] = silent
    task = asyncio.ensure_future(fetching.fetch())
    while not fetching.server.requests:
        await asyncio.sleep(0.001)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(closed.wait(), 5)
