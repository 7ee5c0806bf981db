"""Tokens that are good once, at two servers on one Redis (attacks O31 and J58)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import grpc
import pytest

from support.daypassd import Daypassd, refusal_of
from support.oidc_issuer import jwk, key_set_text, sign
from support.redis_server import RedisServer
from support.web_identity_calls import (
    AUDIENCE,
    SUBJECT,
    TrustingOrganisation,
    exchange,
    keys_of,
)

ISSUER = "https://ci.example"


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[tuple[Daypassd, Daypassd]]:
    """Yields two servers whose provider's tokens are good once."""
    organisation = TrustingOrganisation(
        tmp_path, ISSUER, ", key_set: {file: ci.json}, single_use: true"
    )
    text = key_set_text(jwk("ES256"))
    (organisation.directory / "ci.json").write_text(text, encoding="utf-8")
    with ExitStack() as running:
        redis = running.enter_context(RedisServer())
        flags = ("--store", redis.url, "--revocation-lease", "3")
        first = Daypassd(organisation, *flags, name="first").init()
        second = Daypassd(organisation, *flags, name="second").share_keys_of(first)
        yield running.enter_context(first), running.enter_context(second)


def test_one_of_many_succeeds(servers: tuple[Daypassd, Daypassd]) -> None:
    """Of twenty exchanges of one token at two servers exactly one succeeds."""
    now = int(time.time())
    claims = {"iss": ISSUER, "sub": SUBJECT, "aud": AUDIENCE, "iat": now}
    token = sign({**claims, "exp": now + 600})

    def attempt(number: int) -> str | None:
        try:
            answer = exchange(servers[number % 2], token)
        except grpc.RpcError:
            return None
        return servers[0].caller(keys_of(answer))

    with ThreadPoolExecutor(max_workers=10) as threads:
        outcomes = list(threads.map(attempt, range(20)))

    assert 1 == len([one for one in outcomes if one is not None])
    for server in servers:
        error = refusal_of(partial(exchange, server, token))
        assert "good only once" in error.details()
