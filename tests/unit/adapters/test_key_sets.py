"""Key sets that are remembered, renewed, and dropped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from daypass.adapters.http_fetcher import (
    ProviderUnreachableError,
)
from daypass.adapters.key_sets import KeySets
from daypass.core import provider_limits as limits
from support.oidc_documents import Documents, Watched, World, running, settle
from support.oidc_issuer import ISSUER, jwk, key_set_text
from support.world import ManualClock

BOTH = key_set_text(jwk("ES256"), jwk("ES256", 1))

OTHER = key_set_text(jwk("ES256", 1))

DOWN = ProviderUnreachableError("no_connection")

COOL_DOWN = limits.KEY_SET_COOL_DOWN.total_seconds()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Returns key sets over one provider that answers."""
    async with running(Documents()) as made:
        yield made


async def test_first_fetch(world: World) -> None:
    """The first who asks waits for the keys, and the watcher is told."""
    assert ["ES256-0"] == await world.names()
    assert [ISSUER] == [issuer for issuer, _ in world.watched.fetched]


async def test_keys_are_remembered(world: World) -> None:
    """Keys are fetched once while they are fresh."""
    await world.names()
    world.advance(299)
    await world.names()

    assert 1 == world.fetches


async def test_keys_are_fetched_anew(world: World) -> None:
    """Keys that are no longer fresh are fetched before they are used again (O14)."""
    await world.names()
    world.documents.keys[ISSUER] = OTHER
    world.advance(300)

    assert ["ES256-1"] == await world.names()
    assert 2 == world.fetches


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("max-age=60", 60), ("max-age=0", 30), ("max-age=315360000", 300), ("junk", 300)],
)
async def test_age_within_bounds(world: World, header: str, seconds: int) -> None:
    """How long keys are fresh is the issuer's to say, within our bounds (O27)."""
    world.documents.cache_control = header
    await world.names()
    world.advance(seconds - 1)
    await world.names()
    assert 1 == world.fetches

    world.advance(1)
    await world.names()

    assert 2 == world.fetches


async def test_longest_age_is_a_choice() -> None:
    """An operator may let keys be fresh for up to a day."""
    day = limits.KEY_SET_LIFETIME_MAX
    async with running(Documents(), lifetime_max=day) as world:
        world.documents.cache_control = "max-age=315360000"
        await world.names()
        world.advance(day.total_seconds() - 1)
        await world.names()

        assert 1 == world.fetches


@pytest.mark.parametrize("seconds", [0, 29, 86_401])
def test_longest_age_in_its_range(seconds: int) -> None:
    """No operator lets keys be fresh for less than 30 s or more than a day."""
    with pytest.raises(ValueError, match="lifetime of key sets"):
        KeySets(
            fetcher=Documents(),
            clock=ManualClock(),
            watcher=Watched(),
            lifetime_max=timedelta(seconds=seconds),
        )


async def test_unknown_keys_do_not_fetch(world: World) -> None:
    """Ten thousand tokens of unknown keys cost one fetch in half a minute (O12)."""
    await world.names()
    world.advance(COOL_DOWN)
    for number in range(10_000):
        await world.ask(f"unknown-{number}")
    assert 2 == world.fetches

    world.advance(COOL_DOWN - 1)
    await world.ask("unknown")

    assert 2 == world.fetches


async def test_new_key_is_found(world: World) -> None:
    """A new key is known 30 s after the fetch that missed it (O13)."""
    await world.names()
    world.documents.keys[ISSUER] = BOTH
    world.advance(COOL_DOWN - 1)
    assert ["ES256-0"] == await world.names("ES256-1")

    world.advance(1)

    assert ["ES256-0", "ES256-1"] == await world.names("ES256-1")


async def test_unknown_key_leaves_the_others_alone(world: World) -> None:
    """While an unknown key is looked for, known ones do not wait for it."""
    await world.names()
    world.advance(COOL_DOWN)
    world.documents.held[ISSUER] = asyncio.Event()
    looking = asyncio.ensure_future(world.ask("unknown"))
    await settle()

    assert ["ES256-0"] == await world.names()

    assert not looking.done()
    world.documents.held[ISSUER].set()
    await looking


async def test_absent_name_with_several_keys(world: World) -> None:
    """A token that names no key is no reason to fetch without end."""
    world.documents.keys[ISSUER] = BOTH
    for _ in range(100):
        await world.ask(None)

    assert 1 == world.fetches


async def test_one_fetch_for_all(world: World) -> None:
    """All who ask at once wait for one fetch, which opens one connection at a time."""
    found = await asyncio.gather(*(world.ask() for _ in range(50)))

    assert 50 == len(found)
    assert (1, 1) == (world.fetches, world.documents.at_once)


async def test_caller_who_leaves(world: World) -> None:
    """A caller who is cancelled does not end the fetch that others wait for."""
    world.documents.held[ISSUER] = asyncio.Event()
    leaving = asyncio.ensure_future(world.ask())
    staying = asyncio.ensure_future(world.ask())
    await settle()

    leaving.cancel()
    await settle()
    world.documents.held[ISSUER].set()

    assert (await staying).keys
    assert leaving.cancelled()
    assert 1 == world.fetches


async def test_withdrawn_keys_are_gone(world: World) -> None:
    """An issuer that publishes no keys has withdrawn them all (O14)."""
    await world.names()
    world.documents.keys[ISSUER] = '{"keys":[]}'
    world.advance(300)

    assert [] == await world.names()


async def test_forgotten_keys_are_gone_at_once(world: World) -> None:
    """Keys that an operator drops are not used on, be the issuer down (O14)."""
    await world.names()
    world.documents.keys[ISSUER] = DOWN

    world.key_sets.forget(ISSUER)

    await world.failure()


async def test_forgotten_keys_are_fetched_anew(world: World) -> None:
    """What an operator drops is fetched anew, without a pause."""
    await world.names()
    world.documents.keys[ISSUER] = OTHER

    world.key_sets.forget(ISSUER)

    assert ["ES256-1"] == await world.names()


async def test_forgotten_in_flight(world: World) -> None:
    """What was on its way when the keys were dropped is not kept."""
    world.documents.held[ISSUER] = asyncio.Event()
    asking = asyncio.ensure_future(world.ask())
    await settle()
    world.key_sets.forget(ISSUER)
    world.documents.held[ISSUER].set()
    await asking

    await world.names()

    assert 2 == world.fetches
