"""OAuth at two servers on one Redis: what is used or ended at one is so at both."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from support.daypassd import Daypassd, Organisation
from support.oidc_issuer import jwk, sign
from support.redis_server import RedisServer
from support.surroundings import surroundings

ISSUER = "https://daypass.example"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[Daypassd, Daypassd]]:
    """Yields two servers whose client has a key."""
    organisation = Organisation(tmp_path)
    organisation.write(
        organisation.text()
        + "oauth_clients:\n  web:\n    user: dev\n"
        + "    authentication: [private_key_jwt]\n"
        + f"    jwks: {json.dumps({'keys': [jwk('ES256')]})}\n"
        + "    grants: [client_credentials]\n    audiences: [orders]\n"
    )
    with ExitStack() as running:
        running.enter_context(surroundings(tmp_path))
        redis = running.enter_context(RedisServer())
        flags = (
            *("--store", redis.url),
            *("--issuer-url", ISSUER),
            *("--revocation-lease", "3"),
        )
        first = Daypassd(organisation, *flags, name="first").init()
        second = Daypassd(organisation, *flags, name="second").share_keys_of(first)
        yield running.enter_context(first), running.enter_context(second)


def assertion(name: str) -> str:
    """Returns an assertion of the client, of this name."""
    now = int(time.time())
    claims = {"iss": "web", "sub": "web", "aud": ISSUER, "iat": now, "jti": name}
    return sign({**claims, "exp": now + 60})


def ask(server: Daypassd, path: str, raw: str, **parameters: str) -> httpx.Response:
    """Asks a server something, as the client."""
    proof = {"client_assertion_type": ASSERTION, "client_assertion": raw}
    url = f"http://{server.http_address}/oauth2/{path}"
    return httpx.post(url, data={**proof, **parameters})


def test_assertion_good_once(servers: tuple[Daypassd, Daypassd]) -> None:
    """Of twenty requests with one assertion at two servers exactly one succeeds."""
    raw = assertion("once")

    def attempt(number: int) -> int:
        server = servers[number % 2]
        return ask(server, "token", raw, grant_type="client_credentials").status_code

    with ThreadPoolExecutor(max_workers=10) as threads:
        statuses = sorted(threads.map(attempt, range(20)))

    assert [200, *[401] * 19] == statuses


def test_token_ends_everywhere(servers: tuple[Daypassd, Daypassd]) -> None:
    """A token that one server has ended is not active at the other, at once."""
    first, second = servers
    answer = ask(first, "token", assertion("1"), grant_type="client_credentials")
    token = answer.json()["access_token"]
    assert ask(second, "introspect", assertion("2"), token=token).json()["active"]

    revoked = ask(first, "revoke", assertion("3"), token=token)

    after = ask(second, "introspect", assertion("4"), token=token)
    assert 200 == revoked.status_code
    assert {"active": False} == after.json()
