"""Keys that are written down, keys of two issuers, and keys over real HTTPS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import trustme

from daypass.adapters.http_fetcher import (
    HttpFetcher,
)
from daypass.adapters.key_sets import KeySets, StaticKeySets
from daypass.adapters.tls_trust import trusting
from daypass.core.errors import InvalidIdentityTokenError
from daypass.federation.oidc import id_token
from daypass.federation.oidc.errors import DocumentRefusedError
from support.oidc_documents import Documents, Watched, World, running
from support.oidc_issuer import ISSUER, PROVIDER, claims, jwk, key_set_text, sign
from support.oidc_server import ALLOWED, HOST, Names, provider_answers, serving
from support.world import START, ManualClock

ONE = key_set_text(jwk("ES256"))

OTHER = key_set_text(jwk("ES256", 1))


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Returns key sets over one provider that answers."""
    async with running(Documents()) as made:
        yield made


async def test_same_name_at_two_issuers() -> None:
    """Keys of one name belong each to its issuer (O16)."""
    other = "https://other.example"
    theirs = key_set_text(jwk("ES256", 1, kid="ES256-0"))
    async with running(Documents({ISSUER: ONE, other: theirs})) as world:
        keys = await world.ask(issuer=other)

        with pytest.raises(InvalidIdentityTokenError) as caught:
            id_token.verify(sign(claims()), provider=PROVIDER, keys=keys, now=START)

    assert "id_token_wrong_signature" == caught.value.detail


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
