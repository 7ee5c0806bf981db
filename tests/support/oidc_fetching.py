"""A fetcher with a server on loopback that it asks, and the names between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from daypass.adapters.http_fetcher import (
    AnswerRefusedError,
    FetchedDocument,
    HttpFetcher,
    ProviderUnreachableError,
)
from daypass.adapters.tls_trust import trusting
from daypass.federation.oidc.urls import parse_https_url
from support.oidc_server import ALLOWED, HOST, Answer, Names, OidcServer, serving

URL = parse_https_url(f"https://{HOST}/doc")
BODY = '{"a":1}'
SHORT = timedelta(milliseconds=150)


class Fetching:
    """A fetcher, the server that it asks, and what its resolver was asked."""

    def __init__(self, server: OidcServer, names: Names, trust: Path) -> None:
        self.server = server
        self.names = names
        self.trust = trust

    async def fetch(
        self, url: str = URL.text, *, time_max: timedelta = timedelta(seconds=3)
    ) -> FetchedDocument:
        """Fetches a document."""
        fetcher = HttpFetcher(
            resolver=self.names,
            tls=trusting(self.trust),
            allowed_private_networks=ALLOWED,
            time_max=time_max,
        )
        return await fetcher.fetch(parse_https_url(url))

    async def refusal(self, url: str = URL.text) -> str:
        """Returns why an answer is refused; waiting would not help."""
        with pytest.raises(AnswerRefusedError) as caught:
            await self.fetch(url)
        return caught.value.reason

    async def failure(self, *, time_max: timedelta = timedelta(seconds=3)) -> str:
        """Returns why there is no answer for now."""
        with pytest.raises(ProviderUnreachableError) as caught:
            await self.fetch(time_max=time_max)
        return caught.value.reason


@asynccontextmanager
async def fetching_from(
    answers: Mapping[str, Answer],
    *,
    trust: Path,
    certificate: trustme.LeafCert | None,
) -> AsyncIterator[Fetching]:
    """Runs a server for a host, and yields a fetcher that asks it."""
    async with serving(answers, certificate=certificate) as server:
        names = Names(idp_example=[(server.endpoint,)])
        yield Fetching(server, names, trust)
