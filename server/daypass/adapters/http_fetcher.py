"""Fetches documents of identity providers over HTTPS.

What is asked for is named by others, so that everything is bounded and nothing is
followed: https with a verified chain, no redirect, no proxy, no credentials and no
variable of the environment; every address of the host is checked, and one of those
that were checked is connected to; one deadline for all of it; a body of bounded size
that is never unpacked (attacks O05 to O10, O24, O25).

SPEC: RFC 9110, of which only 200 with JSON is an answer; sts-operations 1.3.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Protocol

import httpx

from daypass.adapters.addresses import Network, is_allowed
from daypass.adapters.names import Endpoint, NameResolver
from daypass.core import provider_limits as limits
from daypass.federation.oidc.urls import HttpsUrl

_OK: Final = 200
_SERVER_FAULT: Final = 500
# Answers below 500 that say to come back: Request Timeout, Too Many Requests.
_COME_BACK: Final = frozenset({408, 429})
_JSON: Final = "application/json"
_APPLICATION: Final = "application/"
_JSON_SUFFIX: Final = "+json"
_HEADERS: Final = {
    "Accept": "application/json, application/jwk-set+json",
    # SPEC: RFC 9110 section 12.5.3: nothing is to be packed, and what is packed
    # all the same is refused unread, so that no bomb goes off.
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "daypass",
}


class FetchFailedError(Exception):
    """A document was not fetched.

    Attributes:
        reason: a stable reason for logs; nothing of the answer is in it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ProviderUnreachableError(FetchFailedError):
    """Nobody answers, or with a fault that may pass."""


class AnswerRefusedError(FetchFailedError):
    """What answers is not to be trusted, or not a document; waiting will not help."""


@dataclass(frozen=True, slots=True)
class FetchedDocument:
    """A document as it was received.

    Attributes:
        body: its bytes.
        cache_control: the header of that name, empty where there was none.
    """

    body: bytes
    cache_control: str


class HttpFetcher:
    """Fetches one document at a time for each call; calls do not share connections.

    Args:
        resolver: tells where a host is.
        tls: whom to trust; `tls_trust` makes one.
        allowed_private_networks: private networks in which providers may be.
        time_max: for all of a fetch.
    """

    def __init__(
        self,
        *,
        resolver: NameResolver,
        tls: ssl.SSLContext,
        allowed_private_networks: Sequence[Network] = (),
        time_max: timedelta = limits.PROVIDER_FETCH_TIME_MAX,
    ) -> None:
        self._resolver = resolver
        self._tls = tls
        self._allowed_private = tuple(allowed_private_networks)
        self._seconds_max = time_max.total_seconds()

    async def fetch(self, url: HttpsUrl) -> FetchedDocument:
        """Returns the document at a URL.

        Raises:
            ProviderUnreachableError: there is no answer in time, or none for now.
            AnswerRefusedError: the host may not be connected to, is not the one
                that it should be, or its answer is no document.
        """
        try:
            async with asyncio.timeout(self._seconds_max):
                endpoints = await self._endpoints(url)
                return await self._ask_first(url, endpoints)
        except TimeoutError:
            raise ProviderUnreachableError("too_slow") from None

    async def _endpoints(self, url: HttpsUrl) -> tuple[Endpoint, ...]:
        """Looks the host up once; what is checked here is what is connected to."""
        try:
            found = await self._resolver.resolve(url.host, url.port)
        except OSError:
            raise ProviderUnreachableError("host_not_found") from None
        if not all(
            is_allowed(each.address, allowed_private=self._allowed_private)
            for each in found
        ):
            raise AnswerRefusedError("address_not_allowed")
        return found[: limits.PROVIDER_ADDRESSES_MAX]

    async def _ask_first(
        self, url: HttpsUrl, endpoints: Sequence[Endpoint]
    ) -> FetchedDocument:
        """Asks the first endpoint that takes the connection.

        Each has its share of the time, so that one that is silent is not the last.
        """
        times = httpx.Timeout(
            self._seconds_max, connect=self._seconds_max / max(1, len(endpoints))
        )
        for endpoint in endpoints:
            try:
                return await self._ask(url, endpoint, times)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                if any(_is_untrusted(cause) for cause in _causes(error)):
                    raise AnswerRefusedError("certificate_not_trusted") from None
            except httpx.TransportError:
                raise ProviderUnreachableError("connection_broken") from None
        raise ProviderUnreachableError("no_connection")

    async def _ask(
        self, url: HttpsUrl, endpoint: Endpoint, times: httpx.Timeout
    ) -> FetchedDocument:
        opened = _OpenedConnections()
        request = httpx.Request(
            "GET",
            # NOTE: the address and not the name, so that nobody looks it up again.
            httpx.URL(
                scheme="https",
                host=str(endpoint.address),
                port=endpoint.port,
                raw_path=url.target.encode("ascii"),
            ),
            headers={**_HEADERS, "Host": url.authority},
            extensions={
                # The name that the certificate must have.
                "sni_hostname": url.host,
                "timeout": times.as_dict(),
                "trace": opened.note,
            },
        )
        try:
            # NOTE: the transport alone. The client around it would look at
            # redirects, cookies, netrc and the environment.
            async with httpx.AsyncHTTPTransport(
                verify=self._tls,
                cert=None,
                trust_env=False,
                http1=True,
                http2=False,
                proxy=None,
                retries=0,
                limits=httpx.Limits(max_connections=1, max_keepalive_connections=0),
            ) as transport:
                return await _read(await transport.handle_async_request(request))
        finally:
            await opened.close()


class _OpenedConnections:
    """Closes what a transport has opened, whatever has become of it.

    NOTE: a transport that is cancelled in the middle of a TLS handshake forgets its
    connection, which a slow host would make it do again and again.
    """

    def __init__(self) -> None:
        self._streams: list[_Stream] = []

    async def note(self, event: str, info: Mapping[str, Any]) -> None:
        """Is told by the transport what it does."""
        if event == "connection.connect_tcp.complete":
            self._streams.append(info["return_value"])

    async def close(self) -> None:
        """Closes every connection, once more where it is closed already."""
        for stream in self._streams:
            await stream.aclose()


class _Stream(Protocol):
    """A connection below TLS."""

    async def aclose(self) -> None:
        """Closes it."""
        ...


async def _read(response: httpx.Response) -> FetchedDocument:
    try:
        _check_head(response)
        body = await _read_body(response)
        return FetchedDocument(body, response.headers.get("cache-control", ""))
    finally:
        await response.aclose()


def _check_head(response: httpx.Response) -> None:
    """Refuses an answer by its status and headers, before its body is read."""
    status, headers = response.status_code, response.headers
    if status >= _SERVER_FAULT or status in _COME_BACK:
        raise ProviderUnreachableError("status_of_fault")
    if status != _OK:
        raise AnswerRefusedError("status_not_ok")
    size = sum(len(name) + len(value) for name, value in headers.raw)
    if len(headers.raw) > limits.PROVIDER_HEADERS_MAX or (
        size > limits.PROVIDER_HEADER_BYTES_MAX
    ):
        raise AnswerRefusedError("headers_too_large")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise AnswerRefusedError("body_packed")
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _JSON and not (
        media_type.startswith(_APPLICATION) and media_type.endswith(_JSON_SUFFIX)
    ):
        raise AnswerRefusedError("not_json")


async def _read_body(response: httpx.Response) -> bytes:
    body = bytearray()
    # NOTE: raw, so that nothing is unpacked; a generator, which is closed at the cap.
    chunks = response.aiter_raw()
    assert isinstance(chunks, AsyncGenerator)
    async with aclosing(chunks):
        async for chunk in chunks:
            body += chunk
            if len(body) > limits.PROVIDER_DOCUMENT_BYTES_MAX:
                raise AnswerRefusedError("body_too_large")
    return bytes(body)


def _is_untrusted(error: BaseException) -> bool:
    return isinstance(error, ssl.SSLCertVerificationError)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
