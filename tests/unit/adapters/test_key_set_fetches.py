"""Fetches of key sets have bounds, and never trouble another issuer."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from daypass.adapters.http_fetcher import (
    ProviderUnreachableError,
)
from daypass.core import provider_limits as limits
from support.oidc_documents import Documents, running, settle
from support.oidc_issuer import ISSUER, jwk, key_set_text

ONE = key_set_text(jwk("ES256"))

DOWN = ProviderUnreachableError("no_connection")


async def test_fetch_has_one_deadline() -> None:
    """All of a fetch together has a deadline, whatever the fetcher does (O09)."""
    documents = Documents()
    documents.held[ISSUER] = asyncio.Event()

    async with running(documents, time_max=timedelta(milliseconds=20)) as world:
        assert "provider_too_slow" == (await world.failure()).detail


async def test_slow_issuers_leave_the_others_alone() -> None:
    """Fifty silent issuers do not delay a healthy one (O09, O34)."""
    slow = [f"https://slow{number}.example" for number in range(50)]
    async with running(Documents({ISSUER: ONE, **dict.fromkeys(slow, ONE)})) as world:
        world.documents.held = {issuer: asyncio.Event() for issuer in slow}
        asking = [asyncio.ensure_future(world.ask(issuer=issuer)) for issuer in slow]
        await settle()

        assert ["ES256-0"] == await world.names()

        assert not any(task.done() for task in asking)
        for event in world.documents.held.values():
            event.set()
        await asyncio.gather(*asking)


async def test_fetches_are_bounded() -> None:
    """Past the bound an issuer is not asked, and asked when there is room again."""
    slow = [f"https://s{n}.example" for n in range(limits.KEY_SET_FETCHES_MAX)]
    async with running(Documents({ISSUER: ONE, **dict.fromkeys(slow, ONE)})) as world:
        world.documents.held = {issuer: asyncio.Event() for issuer in slow}
        asking = [asyncio.ensure_future(world.ask(issuer=issuer)) for issuer in slow]
        await settle()

        assert "provider_not_asked" == (await world.failure()).detail

        for event in world.documents.held.values():
            event.set()
        await asyncio.gather(*asking)
        assert ["ES256-0"] == await world.names()


async def test_failing_issuers_get_half_the_places() -> None:
    """Issuers that failed leave half of the places to those that did not."""
    bad = [f"https://b{n}.example" for n in range(limits.KEY_SET_FETCHES_MAX)]
    async with running(Documents({ISSUER: ONE, **dict.fromkeys(bad, DOWN)})) as world:
        for issuer in bad:
            await world.failure(issuer)
        world.documents.held = {issuer: asyncio.Event() for issuer in bad}
        world.advance(10)
        asking = [asyncio.ensure_future(world.failure(issuer)) for issuer in bad]
        await settle()

        waiting = [task for task in asking if not task.done()]
        assert limits.KEY_SET_FETCHES_MAX // 2 == len(waiting)
        assert ["ES256-0"] == await world.names()

        for event in world.documents.held.values():
            event.set()
        await asyncio.gather(*asking)


async def test_not_running() -> None:
    """Before and after its run nobody is asked, and the answer is a failure."""
    documents = Documents()
    async with running(documents) as world:
        pass

    assert "provider_not_asked" == (await world.failure()).detail
    assert {} == documents.fetched


async def test_end_of_run_frees_callers() -> None:
    """Who waits when the run ends is told that there is no answer."""
    documents = Documents()
    documents.held[ISSUER] = asyncio.Event()
    async with running(documents) as world:
        asking = asyncio.ensure_future(world.failure())
        await settle()

    assert "provider_not_asked" == (await asking).detail


async def test_asking_while_the_run_ends() -> None:
    """Who asks while the run is ending begins no fetch that it would wait for."""
    documents = Documents({ISSUER: ONE, "https://other.example": ONE})
    documents.held[ISSUER] = asyncio.Event()
    async with running(documents) as world:
        asking = asyncio.ensure_future(world.failure())
        await settle()
        late = asyncio.ensure_future(world.failure("https://other.example"))

    assert "provider_not_asked" == (await late).detail
    await asking
