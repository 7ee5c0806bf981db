"""Many providers over real HTTPS, half of which do not answer (attacks O09 and O34).

No time is measured: callers of a provider that answers are served while those of
the others still wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import trustme

from daypass.adapters.http_fetcher import HttpFetcher
from daypass.adapters.key_sets import KeySets
from daypass.adapters.tls_trust import trusting
from daypass.core.errors import (
    IdpCommunicationError,
    InvalidIdentityTokenError,
    ThrottlingError,
)
from support.oidc_documents import Watched
from support.oidc_issuer import claims, jwk, sign
from support.oidc_server import (
    ALLOWED,
    Names,
    OidcServer,
    provider_answers,
    serving,
)
from support.sts_world import StsWorld, ready
from unit.sts import web_identity as web
from unit.sts.federated import ACCOUNT
from unit.sts.web_identity import Exchange

PAIRS = 10


def host(kind: str, number: int) -> str:
    """Returns the name of a provider."""
    return f"{kind}{number}.example"


HOSTS = [host(kind, number) for kind in ("good", "slow") for number in range(PAIRS)]


def account() -> str:
    """Returns an account with all providers, and a role for each."""
    roles = "".join(
        f"  {name.split('.')[0]}: {{trust: "
        f"{web.trusting(provider=f'arn:aws:iam::{ACCOUNT}:oidc-provider/{name}')}}}\n"
        for name in HOSTS
    )
    providers = "".join(
        f"  https://{name}: {{client_ids: [daypass-client]}}\n" for name in HOSTS
    )
    return (
        f'account: {{id: "{ACCOUNT}", name: production}}\nroles:\n{roles}'
        f"oidc_providers:\n{providers}"
    )


class Providers:
    """The servers, and the operation that asks them."""

    def __init__(self, exchange: Exchange, servers: Mapping[str, OidcServer]) -> None:
        self.exchange = exchange
        self.servers = servers

    async def token_of(self, name: str, **header: str) -> str:
        """Exchanges a token of a provider, and returns whose it was."""
        token = sign(claims(iss=f"https://{name}"), **header)  # type: ignore[arg-type]
        role = f"arn:aws:iam::{ACCOUNT}:role/{name.split('.', maxsplit=1)[0]}"
        return (await self.exchange(token, role_arn=role)).provider_arn

    async def asked(self, name: str) -> None:
        """Returns when a provider has been connected to."""
        while not self.servers[name].connections:
            await asyncio.sleep(0.001)


@asynccontextmanager
async def providers(folder: Path, **bounds: int) -> AsyncIterator[Providers]:
    """Runs a server for each provider; those that are slow never answer."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))

    async def never(_: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with AsyncExitStack() as stack:
        servers: dict[str, OidcServer] = {}
        for name in HOSTS:
            answers = provider_answers(
                jwk("ES256"), issuer=f"https://{name}", jwks_uri=f"https://{name}/keys"
            )
            if name.startswith("slow"):
                answers = dict.fromkeys(answers, never)
            servers[name] = await stack.enter_async_context(
                serving(answers, certificate=authority.issue_cert(name))
            )
        names = Names()
        names.known = {name: [(server.endpoint,)] for name, server in servers.items()}
        world = await ready(StsWorld(account()))
        key_sets = KeySets(
            fetcher=HttpFetcher(
                resolver=names,
                tls=trusting(folder / "ca.pem"),
                allowed_private_networks=ALLOWED,
            ),
            clock=world.clock,
            watcher=Watched(),
        )
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        running = tasks.create_task(key_sets.run())
        stack.callback(running.cancel)
        await asyncio.sleep(0)
        yield Providers(Exchange(world, keys=key_sets, **bounds), servers)


async def test_healthy_providers_are_not_delayed(tmp_path: Path) -> None:
    """Callers of providers that answer are served while those of slow ones wait."""
    async with providers(tmp_path) as world:
        slow = [
            asyncio.ensure_future(world.token_of(host("slow", number)))
            for number in range(PAIRS)
        ]
        for number in range(PAIRS):
            await world.asked(host("slow", number))

        for _ in range(2):
            for number in range(PAIRS):
                await world.token_of(host("good", number))

        assert not [one for one in slow if one.done()]
        ended = await asyncio.gather(*slow, return_exceptions=True)
    assert {IdpCommunicationError} == set(map(type, ended))


async def test_slow_callers_are_bounded(tmp_path: Path) -> None:
    """However many callers slow providers have, those of others are let in."""
    async with providers(tmp_path, per_provider_max=3, exchanges_max=6) as world:
        slow = [
            asyncio.ensure_future(world.token_of(host("slow", number % 3)))
            for number in range(30)
        ]
        for number in range(3):
            await world.asked(host("slow", number))

        await world.token_of(host("good", 0))

        turned_away = [one for one in slow if one.done()]
        ended = await asyncio.gather(*slow, return_exceptions=True)
    assert {ThrottlingError} == {type(one.exception()) for one in turned_away}
    kinds = [type(one) for one in ended]
    assert 9 >= kinds.count(IdpCommunicationError)
    assert 30 == kinds.count(IdpCommunicationError) + kinds.count(ThrottlingError)


async def test_garbage_makes_one_fetch(tmp_path: Path) -> None:
    """Tokens with made-up key names make one fetch in the cool-down (O12)."""
    name = host("good", 0)
    async with providers(tmp_path) as world:
        await world.token_of(name)
        before = world.servers[name].connections

        for number in range(50):
            with pytest.raises(InvalidIdentityTokenError):
                await world.token_of(name, key_id=f"made-up-{number}")
        await world.token_of(name)

    # Each fetch connects twice, for the document and for the keys.
    assert 2 >= world.servers[name].connections - before
