"""Two servers on one Redis: what they share, and what they do when it is away."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from support.daypassd import (
    ACCOUNT,
    Daypassd,
    Keys,
    Organisation,
    refusal_of,
    wait_until,
)
from support.redis_server import RedisServer

UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Reader/s1"


@dataclass(frozen=True)
class Pair:
    """Two servers with the same keys, and the store that they share."""

    first: Daypassd
    second: Daypassd
    redis: RedisServer

    @property
    def both(self) -> tuple[Daypassd, Daypassd]:
        """Returns both servers."""
        return self.first, self.second


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Yields two running servers, whose lease is short and survives a busy machine."""
    organisation = Organisation(tmp_path)
    with ExitStack() as running:
        redis = running.enter_context(RedisServer())
        flags = ("--store", redis.url, "--revocation-lease", "3")
        first = Daypassd(organisation, *flags, name="first").init()
        second = Daypassd(organisation, *flags, name="second").share_keys_of(first)
        yield Pair(running.enter_context(first), running.enter_context(second), redis)


def _retry_seconds(error: Any) -> float | None:
    """Returns when an error says that asking again can help."""
    status = rpc_status.from_call(error)
    assert status is not None
    for detail in status.details:
        retry = error_details_pb2.RetryInfo()
        if detail.Unpack(retry):
            return float(retry.retry_delay.ToTimedelta().total_seconds())
    return None


def _ready(server: Daypassd) -> tuple[int, dict[str, Any]]:
    """Returns what the server says of its readiness."""
    connection = http.client.HTTPConnection(server.http_address, timeout=10)
    try:
        connection.request("GET", "/readyz")
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def _readiness_comes_to(server: Daypassd, status: int) -> None:
    """Returns when the server answers so to who asks whether it is ready."""
    wait_until(lambda: _ready(server)[0] == status, f"readiness {status}")


def _comes_to(server: Daypassd, keys: Keys, code: grpc.StatusCode) -> None:
    """Returns when a call with these credentials has this code."""

    def has_code() -> bool:
        try:
            server.caller(keys)
        except grpc.RpcError as error:
            return code is error.code()
        return code is grpc.StatusCode.OK

    wait_until(has_code, code.name)


def test_session_is_known_to_both(pair: Pair) -> None:
    """What one server issues the other takes, without having seen it."""
    session = pair.first.assume()

    assert SESSION == pair.second.caller(session)
    assert "verified" == pair.second.verdict(session)


def test_revocation_is_known_to_both(pair: Pair) -> None:
    """A session is refused by both as soon as one has answered that it is revoked."""
    for revoked_at, asked in (pair.both, pair.both[::-1]):
        session, other = asked.assume(), asked.assume()
        assert SESSION == asked.caller(session)

        assert revoked_at.revoke(session)

        assert "REASON_REVOKED" == asked.verdict(session)
        assert UNAUTHENTICATED is refusal_of(partial(asked.caller, session)).code()
        assert SESSION == asked.caller(other)


def test_new_server_knows_revocations(pair: Pair) -> None:
    """A server that starts after a revocation knows it before it answers anyone."""
    session = pair.first.assume()
    assert pair.first.revoke(session)

    pair.second.stop()
    pair.second.start()

    assert "REASON_REVOKED" == pair.second.verdict(session)


def test_dead_server_holds_nobody_up(pair: Pair) -> None:
    """A server that was killed delays a revocation by its lease and no longer."""
    session = pair.first.assume()
    pair.second.process.kill()
    pair.second.wait()

    assert pair.first.revoke(session)

    assert "REASON_REVOKED" == pair.first.verdict(session)


def test_store_away(pair: Pair) -> None:
    """Without the store nothing is issued, and verifying goes on for one lease."""
    session = pair.first.assume()
    pair.redis.kill()

    # The lease was renewed a moment ago.
    assert "verified" == pair.second.verdict(session)
    refused = refusal_of(pair.first.assume)
    assert UNAVAILABLE is refused.code()
    assert 0 < (_retry_seconds(refused) or 0) <= 5
    assert UNAVAILABLE is refusal_of(lambda: pair.first.revoke(session)).code()
    for server in pair.both:
        _comes_to(server, session, UNAVAILABLE)
        stale = refusal_of(partial(server.caller, session))
        assert 0 < (_retry_seconds(stale) or 0) <= 5


def test_store_comes_back_empty(pair: Pair) -> None:
    """A store that lost everything ends all sessions, and new ones are issued."""
    session = pair.first.assume()
    port = pair.redis.port
    pair.redis.kill()
    pair.redis.start()
    assert port == pair.redis.port

    for server in pair.both:
        _comes_to(server, session, UNAUTHENTICATED)
        assert "verified" != server.verdict(session)
    fresh = pair.first.assume()
    _comes_to(pair.second, fresh, grpc.StatusCode.OK)
    assert pair.second.revoke(fresh)
    assert "REASON_REVOKED" == pair.first.verdict(fresh)
    assert "Traceback" not in pair.first.log + pair.second.log


def test_e09_store_that_may_evict(pair: Pair) -> None:
    """E09: servers whose store is set to evict are not ready, say why, and recover."""
    session = pair.first.assume()
    assert pair.first.revoke(session)
    pair.redis.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    for server in pair.both:
        _readiness_comes_to(server, 503)
        report = _ready(server)[1]
        assert ("unfit", "ok") == (report["checks"]["store"], report["checks"]["clock"])
        assert "allkeys-lru" in report["reasons"]["store"]
        assert "store unfit, not ready" in server.log
        assert "REASON_REVOKED" == server.verdict(session)

    pair.redis.command("CONFIG", "SET", "maxmemory-policy", "noeviction")

    for server in pair.both:
        _readiness_comes_to(server, 200)
        assert "reasons" not in _ready(server)[1]


def test_hanging_store(pair: Pair) -> None:
    """A store that hangs is as good as one that is away, until it goes on."""
    session = pair.first.assume()
    pair.redis.pause()
    try:
        _comes_to(pair.first, session, UNAVAILABLE)
        assert UNAVAILABLE is refusal_of(pair.first.assume).code()
    finally:
        pair.redis.resume()

    for server in pair.both:
        _comes_to(server, session, grpc.StatusCode.OK)
    assert pair.second.revoke(session)
    assert "REASON_REVOKED" == pair.first.verdict(session)
