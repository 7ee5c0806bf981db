"""Key sets of an issuer that cannot be reached, or answers with nothing of use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from daypass.adapters.http_fetcher import (
    AnswerRefusedError,
    ProviderUnreachableError,
)
from daypass.core.errors import IdpCommunicationError, InvalidIdentityTokenError
from support.oidc_documents import Documents, World, running, settle
from support.oidc_issuer import ISSUER, jwk, key_set_text

ONE = key_set_text(jwk("ES256"))

BOTH = key_set_text(jwk("ES256"), jwk("ES256", 1))

DOWN = ProviderUnreachableError("no_connection")

HOUR = 3_600.0


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Returns key sets over one provider that answers."""
    async with running(Documents()) as made:
        yield made


async def _refusal(world: World) -> str:
    with pytest.raises(InvalidIdentityTokenError) as caught:
        await world.ask()
    assert caught.value.message.startswith("Couldn't retrieve verification key")
    return caught.value.detail


@pytest.mark.parametrize("reason", ["no_connection", "too_slow", "status_of_fault"])
async def test_unreachable_issuer(world: World, reason: str) -> None:
    """An issuer that cannot be reached is a failure that clients retry (detail 52)."""
    world.documents.keys[ISSUER] = ProviderUnreachableError(reason)

    error = await world.failure()

    assert f"provider_{reason}" == error.detail
    assert timedelta(seconds=1) == error.retry_after
    assert [(ISSUER, reason)] == world.watched.failed


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (AnswerRefusedError("certificate_not_trusted"), "certificate_not_trusted"),
        (AnswerRefusedError("address_not_allowed"), "address_not_allowed"),
        ("<html></html>", "key_set_not_json"),
        ("", "key_set_not_json"),
        ('{"keys":[{"kty":"oct","k":"AA"}]}', "key_set_private"),
        (RuntimeError("surprise"), "fault_RuntimeError"),
    ],
)
async def test_useless_answer(
    world: World, content: str | Exception, reason: str
) -> None:
    """An issuer that answers and has no keys to give is no failure to retry."""
    world.documents.keys[ISSUER] = content

    assert f"id_token_provider_{reason}" == await _refusal(world)
    assert [(ISSUER, reason)] == world.watched.failed


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ('{"issuer":"https://evil.example"}', "discovery_issuer_differs"),
        (f'{{"issuer":"{ISSUER}"}}', "discovery_without_jwks_uri"),
        (f'{{"issuer":"{ISSUER}","jwks_uri":"file:///etc/passwd"}}', "url_malformed"),
    ],
)
async def test_useless_discovery(world: World, document: str, reason: str) -> None:
    """A discovery document of another issuer, or to nowhere, gives no keys (O03)."""
    world.documents.discovery[ISSUER] = document

    assert f"id_token_provider_{reason}" == await _refusal(world)


async def test_issuer_that_is_none(world: World) -> None:
    """A URL that is no issuer is not asked (O01)."""
    with pytest.raises(InvalidIdentityTokenError):
        await world.ask(issuer="http://idp.example")

    assert {} == world.documents.fetched


async def test_advertised_algorithms_count(world: World) -> None:
    """Keys are good for the algorithms that their issuer names (O20)."""
    world.documents.keys[ISSUER] = key_set_text(jwk("ES256"), jwk("RS256"))
    world.documents.discovery[ISSUER] = (
        f'{{"issuer":"{ISSUER}","jwks_uri":"{ISSUER}/keys",'
        '"id_token_signing_alg_values_supported":["none","HS256","RS256"]}'
    )

    found = await world.ask("RS256-0")

    assert [("RS256-0", {"RS256"})] == [
        (key.key_id, {each.value for each in key.algorithms}) for key in found.keys
    ]


async def test_failing_issuer_is_asked_less(world: World) -> None:
    """Between fetches that fail lies a pause that doubles, up to a minute."""
    world.documents.keys[ISSUER] = DOWN
    times = []
    for second in range(300):
        before = world.fetches
        await world.failure()
        if world.fetches > before:
            times.append(second)
        world.advance(1)

    assert [0, 1, 3, 7, 15, 31, 63, 123, 183, 243] == times


async def test_pause_is_told(world: World) -> None:
    """A caller is told when to come back."""
    world.documents.keys[ISSUER] = DOWN
    for seconds in (0, 1, 2, 4):
        world.advance(seconds)
        await world.failure()
    world.advance(3)

    assert timedelta(seconds=5) == (await world.failure()).retry_after


async def test_issuer_that_recovers(world: World) -> None:
    """An issuer that answers again is as good as one that never failed."""
    world.documents.keys[ISSUER] = DOWN
    await world.failure()
    world.documents.keys[ISSUER] = ONE
    world.advance(1)

    assert ["ES256-0"] == await world.names()
    world.advance(300)
    world.documents.keys[ISSUER] = DOWN
    assert ["ES256-0"] == await world.names()
    world.advance(1)
    await world.names()
    await settle()
    assert 4 == world.fetches


@pytest.mark.parametrize(
    "content", [DOWN, "<html>", "", AnswerRefusedError("status_not_ok"), '{"keys":{}}']
)
async def test_last_good_keys_stay(world: World, content: str | Exception) -> None:
    """Keys stay for a day when they cannot be fetched anew, and not longer (O10, O15)."""
    await world.names()
    world.documents.keys[ISSUER] = content
    world.advance(24 * HOUR - 1)
    assert ["ES256-0"] == await world.names()

    world.advance(1)

    with pytest.raises((IdpCommunicationError, InvalidIdentityTokenError)):
        await world.ask()


async def test_nobody_waits_for_a_failing_issuer(world: World) -> None:
    """Once an issuer has failed, those whose key is known do not wait for it."""
    await world.names()
    world.documents.keys[ISSUER] = DOWN
    world.advance(300)
    await world.names()
    world.documents.held[ISSUER] = asyncio.Event()
    world.advance(10)

    assert ["ES256-0"] == await world.names()
    await settle()
    assert 3 == world.fetches

    world.documents.keys[ISSUER] = BOTH
    world.documents.held[ISSUER].set()
    await settle()
    assert ["ES256-0", "ES256-1"] == await world.names()
