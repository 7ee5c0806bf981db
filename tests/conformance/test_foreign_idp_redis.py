"""An assertion is good once on all servers together, and when the store was away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest

from support.daypassd import Daypassd
from support.redis_server import RedisServer
from support.saml_federation import PAIR, SESSION, Federation, trusting

REPLAYED = (grpc.StatusCode.UNAUTHENTICATED, "InvalidIdentityToken")


@dataclass(frozen=True)
class Pair:
    """Two servers that trust one provider, and the store that they share."""

    first: Federation
    second: Federation
    redis: RedisServer


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Yields two running servers."""
    made = trusting(tmp_path)
    with closing(made.idp), ExitStack() as running:
        redis = running.enter_context(RedisServer())
        flags = ("--store", redis.url)
        first = Daypassd(made.organisation, *flags, name="first").init()
        second = Daypassd(made.organisation, *flags, name="second")
        second.share_keys_of(first)
        servers = (running.enter_context(first), running.enter_context(second))
        federations = [
            Federation(server, made.idp, tmp_path, made.certificate)
            for server in servers
        ]
        yield Pair(federations[0], federations[1], redis)


def test_replayed_on_other_worker(pair: Pair) -> None:
    """What one server has taken the other one refuses, and it itself too (S43)."""
    text = pair.first.idp.response(roles=(PAIR,))

    assert SESSION == pair.first.exchange(text).assumed_role_user.arn
    assert REPLAYED == pair.second.refused(text)
    assert REPLAYED == pair.first.refused(text)


def test_store_away(pair: Pair) -> None:
    """While the store is away nothing is issued."""
    text = pair.first.idp.response(roles=(PAIR,))
    pair.redis.kill()

    code, reason = pair.first.refused(text)
    assert (grpc.StatusCode.UNAVAILABLE, "ServiceUnavailable") == (code, reason)
