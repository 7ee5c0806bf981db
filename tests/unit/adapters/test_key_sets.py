"""Key sets that are remembered, renewed, and never the trouble of another issuer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import trustme

from daypass.adapters.http_fetcher import (
    AnswerRefusedError,
    HttpFetcher,
    ProviderUnreachableError,
    trusting,
)
from daypass.adapters.key_sets import KeySets, StaticKeySets
from daypass.core import provider_limits as limits
from daypass.core.errors import IdpCommunicationError, InvalidIdentityTokenError
from daypass.federation.oidc import id_token
from daypass.federation.oidc.errors import DocumentRefusedError
from support.oidc_documents import Documents, Watched, World, running, settle
from support.oidc_issuer import ISSUER, PROVIDER, claims, jwk, key_set_text, sign
from support.oidc_server import ALLOWED, HOST, Names, provider_answers, serving
from support.world import START, ManualClock

ONE = key_set_text(jwk("ES256"))
BOTH = key_set_text(jwk("ES256"), jwk("ES256", 1))
OTHER = key_set_text(jwk("ES256", 1))
DOWN = ProviderUnreachableError("no_connection")
HOUR = 3_600.0
COOL_DOWN = limits.KEY_SET_COOL_DOWN.total_seconds()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Returns key sets over one provider that answers."""
    async with running(Documents()) as made:
        yield made


async def _failure(world: World, issuer: str = ISSUER) -> IdpCommunicationError:
    with pytest.raises(IdpCommunicationError) as caught:
        await world.ask(issuer=issuer)
    return caught.value


async def _refusal(world: World) -> str:
    with pytest.raises(InvalidIdentityTokenError) as caught:
        await world.ask()
    assert caught.value.message.startswith("Couldn't retrieve verification key")
    return caught.value.detail


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


@pytest.mark.parametrize("reason", ["no_connection", "too_slow", "status_of_fault"])
async def test_unreachable_issuer(world: World, reason: str) -> None:
    """An issuer that cannot be reached is a failure that clients retry (detail 52)."""
    world.documents.keys[ISSUER] = ProviderUnreachableError(reason)

    error = await _failure(world)

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
        await _failure(world)
        if world.fetches > before:
            times.append(second)
        world.advance(1)

    assert [0, 1, 3, 7, 15, 31, 63, 123, 183, 243] == times


async def test_pause_is_told(world: World) -> None:
    """A caller is told when to come back."""
    world.documents.keys[ISSUER] = DOWN
    for seconds in (0, 1, 2, 4):
        world.advance(seconds)
        await _failure(world)
    world.advance(3)

    assert timedelta(seconds=5) == (await _failure(world)).retry_after


async def test_issuer_that_recovers(world: World) -> None:
    """An issuer that answers again is as good as one that never failed."""
    world.documents.keys[ISSUER] = DOWN
    await _failure(world)
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

    await _failure(world)


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


async def test_fetch_has_one_deadline() -> None:
    """All of a fetch together has a deadline, whatever the fetcher does (O09)."""
    documents = Documents()
    documents.held[ISSUER] = asyncio.Event()

    async with running(documents, time_max=timedelta(milliseconds=20)) as world:
        assert "provider_too_slow" == (await _failure(world)).detail


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

        assert "provider_not_asked" == (await _failure(world)).detail

        for event in world.documents.held.values():
            event.set()
        await asyncio.gather(*asking)
        assert ["ES256-0"] == await world.names()


async def test_failing_issuers_get_half_the_places() -> None:
    """Issuers that failed leave half of the places to those that did not."""
    bad = [f"https://b{n}.example" for n in range(limits.KEY_SET_FETCHES_MAX)]
    async with running(Documents({ISSUER: ONE, **dict.fromkeys(bad, DOWN)})) as world:
        for issuer in bad:
            await _failure(world, issuer)
        world.documents.held = {issuer: asyncio.Event() for issuer in bad}
        world.advance(10)
        asking = [asyncio.ensure_future(_failure(world, issuer)) for issuer in bad]
        await settle()

        waiting = [task for task in asking if not task.done()]
        assert limits.KEY_SET_FETCHES_MAX // 2 == len(waiting)
        assert ["ES256-0"] == await world.names()

        for event in world.documents.held.values():
            event.set()
        await asyncio.gather(*asking)


async def test_same_name_at_two_issuers() -> None:
    """Keys of one name belong each to its issuer (O16)."""
    other = "https://other.example"
    theirs = key_set_text(jwk("ES256", 1, kid="ES256-0"))
    async with running(Documents({ISSUER: ONE, other: theirs})) as world:
        keys = await world.ask(issuer=other)

        with pytest.raises(InvalidIdentityTokenError) as caught:
            id_token.verify(sign(claims()), provider=PROVIDER, keys=keys, now=START)

    assert "id_token_wrong_signature" == caught.value.detail


async def test_not_running() -> None:
    """Before and after its run nobody is asked, and the answer is a failure."""
    documents = Documents()
    async with running(documents) as world:
        pass

    assert "provider_not_asked" == (await _failure(world)).detail
    assert {} == documents.fetched


async def test_end_of_run_frees_callers() -> None:
    """Who waits when the run ends is told that there is no answer."""
    documents = Documents()
    documents.held[ISSUER] = asyncio.Event()
    async with running(documents) as world:
        asking = asyncio.ensure_future(_failure(world))
        await settle()

    assert "provider_not_asked" == (await asking).detail


async def test_asking_while_the_run_ends() -> None:
    """Who asks while the run is ending begins no fetch that it would wait for."""
    documents = Documents({ISSUER: ONE, "https://other.example": ONE})
    documents.held[ISSUER] = asyncio.Event()
    async with running(documents) as world:
        asking = asyncio.ensure_future(_failure(world))
        await settle()
        late = asyncio.ensure_future(_failure(world, "https://other.example"))

    assert "provider_not_asked" == (await late).detail
    await asking


async def test_static_keys(world: World) -> None:
    """A provider whose keys are written down is never asked."""
    source = StaticKeySets(texts={"arn:static": OTHER}, otherwise=world.key_sets)

    found = await source.key_set(ISSUER, provider_arn="arn:static", key_id="unknown")

    assert ["ES256-1"] == [key.key_id for key in found.keys]
    assert 0 == world.fetches


async def test_static_keys_of_others(world: World) -> None:
    """A provider of the same issuer without written keys is asked (O33)."""
    source = StaticKeySets(texts={"arn:static": OTHER}, otherwise=world.key_sets)

    found = await source.key_set(ISSUER, provider_arn="arn:other", key_id="ES256-0")

    assert ["ES256-0"] == [key.key_id for key in found.keys]


@pytest.mark.parametrize("text", ["junk", '{"keys":[]}', '{"keys":[{"kty":"OKP"}]}'])
async def test_static_keys_must_be_usable(world: World, text: str) -> None:
    """Written keys of which none can be used are a mistake, found at the start."""
    with pytest.raises(DocumentRefusedError):
        StaticKeySets(texts={"arn:static": text}, otherwise=world.key_sets)


async def test_whole_way_over_https(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A token is proven with keys that were fetched over real HTTPS."""
    issuer = f"https://{HOST}"
    authority = trustme.CA()
    trust = tmp_path_factory.mktemp("trust") / "authorities.pem"
    authority.cert_pem.write_to_path(trust)
    answers = provider_answers(jwk("ES256"), Cache_Control="max-age=60")
    async with serving(answers, certificate=authority.issue_cert(HOST)) as server:
        fetcher = HttpFetcher(
            resolver=Names(idp_example=[(server.endpoint,)]),
            tls=trusting(trust),
            allowed_private_networks=ALLOWED,
        )
        key_sets = KeySets(fetcher=fetcher, clock=ManualClock(), watcher=Watched())
        async with asyncio.TaskGroup() as tasks:
            run = tasks.create_task(key_sets.run())
            await asyncio.sleep(0)
            token = id_token.parse(sign(claims(iss=issuer)))
            keys = await key_sets.key_set(
                issuer, provider_arn="arn", key_id=token.key_id
            )
            run.cancel()

    assert [token.key_id] == [key.key_id for key in keys.keys]
    assert (2, 1) == (server.connections, server.at_once)
