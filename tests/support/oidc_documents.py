"""A fetcher with behaviour, and a watcher that remembers what it was told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from daypass.adapters.http_fetcher import FetchedDocument
from daypass.adapters.key_sets import KeySets
from daypass.core.errors import IdpCommunicationError
from daypass.federation.oidc.jwk_set import JwkSet
from daypass.federation.oidc.urls import HttpsUrl
from support.oidc_issuer import ISSUER, jwk, key_set_text
from support.world import ManualClock

Content = str | Exception


class Documents:
    """Fetches documents that a test has put there, one provider or many.

    Attributes:
        keys: by issuer, the text of its key set or what its fetch raises.
        cache_control: what every key set says of its age.
        fetched: by issuer, how often its keys were asked for.
        at_once: the most fetches that ran together.
        held: issuers whose fetches wait until a test lets them go.
    """

    def __init__(self, keys: Mapping[str, Content] | None = None) -> None:
        self.keys: dict[str, Content] = {ISSUER: key_set_text(jwk("ES256"))}
        if keys is not None:
            self.keys = dict(keys)
        self.discovery: dict[str, Content] = {}
        self.cache_control = ""
        self.fetched: dict[str, int] = {}
        self.at_once = 0
        self.held: dict[str, asyncio.Event] = {}
        self._running = 0

    async def fetch(self, url: HttpsUrl) -> FetchedDocument:
        """Returns a document; see the protocol."""
        self._running += 1
        self.at_once = max(self.at_once, self._running)
        try:
            # So that those who come at once do come at once.
            await asyncio.sleep(0)
            return await self._answer(url)
        finally:
            self._running -= 1

    async def _answer(self, url: HttpsUrl) -> FetchedDocument:
        issuer, well_known, _ = url.text.partition("/.well-known/")
        if well_known:
            self.fetched[issuer] = self.fetched.get(issuer, 0) + 1
            if issuer in self.held:
                await self.held[issuer].wait()
            document = {"issuer": issuer, "jwks_uri": f"{issuer}/keys"}
            content = self.discovery.get(issuer, json.dumps(document))
            return _document(content, "")
        return _document(self.keys[issuer.removesuffix("/keys")], self.cache_control)


class Watched:
    """Remembers what became of key sets.

    Attributes:
        fetched: issuer and set of each fetch that went well.
        failed: issuer and reason of each that did not.
    """

    def __init__(self) -> None:
        self.fetched: list[tuple[str, JwkSet]] = []
        self.failed: list[tuple[str, str]] = []

    def key_set_fetched(self, issuer: str, key_set: JwkSet, span: timedelta) -> None:
        """Notes a set; see the protocol."""
        assert timedelta() <= span
        self.fetched.append((issuer, key_set))

    def key_set_failed(self, issuer: str, reason: str, span: timedelta) -> None:
        """Notes a failure; see the protocol."""
        assert timedelta() <= span
        self.failed.append((issuer, reason))


class World:
    """Key sets with all that is around them."""

    def __init__(
        self, documents: Documents, *, lifetime_max: timedelta, time_max: timedelta
    ) -> None:
        self.documents = documents
        self.clock = ManualClock()
        self.watched = Watched()
        self.key_sets = KeySets(
            fetcher=documents,
            clock=self.clock,
            watcher=self.watched,
            lifetime_max=lifetime_max,
            time_max=time_max,
        )

    async def ask(self, key_id: str | None = "ES256-0", issuer: str = ISSUER) -> JwkSet:
        """Asks for the keys of an issuer."""
        return await self.key_sets.key_set(
            issuer, provider_arn=f"arn:{issuer}", key_id=key_id
        )

    async def names(self, key_id: str | None = "ES256-0") -> list[str | None]:
        """Asks for the keys of the issuer and returns their names."""
        return [key.key_id for key in (await self.ask(key_id)).keys]

    async def failure(self, issuer: str = ISSUER) -> IdpCommunicationError:
        """Asks for the keys of an issuer that fails, and returns how it does."""
        with pytest.raises(IdpCommunicationError) as caught:
            await self.ask(issuer=issuer)
        return caught.value

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        self.clock.advance(timedelta(seconds=seconds))

    @property
    def fetches(self) -> int:
        """How often the issuer was asked."""
        return self.documents.fetched.get(ISSUER, 0)


@asynccontextmanager
async def running(
    documents: Documents,
    *,
    lifetime_max: timedelta = timedelta(minutes=5),
    time_max: timedelta = timedelta(seconds=3),
) -> AsyncIterator[World]:
    """Runs key sets over documents."""
    world = World(documents, lifetime_max=lifetime_max, time_max=time_max)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(world.key_sets.run())
        await asyncio.sleep(0)
        try:
            yield world
        finally:
            task.cancel()


async def settle() -> None:
    """Lets all that can go on without time or network go on."""
    for _ in range(20):
        await asyncio.sleep(0)


def _document(content: Content, cache_control: str) -> FetchedDocument:
    if isinstance(content, Exception):
        raise content
    return FetchedDocument(content.encode(), cache_control)
